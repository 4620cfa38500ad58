import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { audit } from "../../src/operate/audit/index.ts";
import { unknownPerson, type Person } from "../../src/operate/forget/person.ts";
import { eraseRaw, learnFromRaw, noIds, rawFiles, refuseWaiting } from "../../src/operate/forget/raw.ts";
import type { LedgerFile } from "../../src/operate/ledger/item.ts";
import { Ledger } from "../../src/operate/ledger/ledger.ts";
import { filesOfKey } from "../../src/operate/ledger/read.ts";
import { contentReplaced } from "../../src/operate/ledger/write.ts";
import type { Pipeline } from "../../src/operate/runs/pipeline.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";
import { glueClient } from "../../src/services/glue/client.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { createLedger } from "../harness/ledger.ts";
import { type Emulator, startMoto } from "../harness/moto.ts";
import { worldAt } from "../harness/world.ts";
import { LocalFunction } from "./function/index.ts";
import { collect } from "./support.ts";

/** Raw files and the ledger of a forgotten person: S3 and DynamoDB are moto's, the function is the project's own. */
let emulator: Emulator;
let lambda: LocalFunction;
let ctx: AwsContext;
let pipeline: Pipeline;
let sequence = 10;

beforeAll(async () => {
  emulator = await startMoto();
  lambda = new LocalFunction(emulator.endpoint);
});
afterAll(async () => {
  lambda?.stop();
  await emulator?.stop();
});

beforeEach(async () => {
  ctx = worldAt({ endpoint: emulator.endpoint });
  const id = randomBytes(4).toString("hex");
  await createLedger(await ctx.clients.of(dynamodbClient), `ledger-${id}`, "id");
  const bucket = `raw-${id}`;
  const s3 = await ctx.clients.of(s3Client);
  await s3.createBucket({ Bucket: bucket });
  await s3.createBucket({ Bucket: `bronze-${id}` });
  await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
  const glue = await ctx.clients.of(glueClient);
  await glue.createWorkflow({ Name: `w-${id}` });
  const ledger = new Ledger(ctx, { table: `ledger-${id}`, hashKey: "id" });
  const run = { workflow: `w-${id}`, jobs: {} };
  pipeline = { ctx, ledger, bucket, prefix: "fhir/", function: "f", bronze: `bronze-${id}`, run };
});

/** Puts a file and tells the function of it, as S3 would. */
async function arrive(key: string, body: string | Buffer): Promise<unknown> {
  const s3 = await ctx.clients.of(s3Client);
  const { ETag = "", VersionId = "" } = await s3.putObject({ Bucket: pipeline.bucket, Key: key, Body: body });
  return told(key, ETag.replaceAll('"', ""), Buffer.byteLength(body), VersionId);
}

async function told(key: string, eTag: string, size: number, versionId: string): Promise<unknown> {
  const sequencer = (sequence++).toString(16).toUpperCase().padStart(4, "0");
  const record = {
    eventName: "ObjectCreated:Put",
    eventTime: new Date(Date.now() + sequence).toISOString(),
    s3: { bucket: { name: pipeline.bucket }, object: { key, size, eTag, sequencer, versionId } },
  };
  const environment = { GLUE_WORKFLOW_NAME: "w", LEDGER_TABLE: pipeline.ledger.table, LEDGER_HASH_KEY: "id" };
  return lambda.handle({ Records: [record] }, environment);
}

/** As a run leaves it. */
async function processed(key: string): Promise<void> {
  const dynamo = await ctx.clients.of(dynamodbClient);
  for (const { fileId } of await rows(key))
    await dynamo.updateItem({
      TableName: pipeline.ledger.table,
      Key: pipeline.ledger.key(fileId),
      UpdateExpression: "SET #s = :p, processed_at = :t REMOVE pending",
      ExpressionAttributeNames: { "#s": "status" },
      ExpressionAttributeValues: { ":p": { S: "processed" }, ":t": { S: new Date().toISOString() } },
    });
}

const rows = (key: string): Promise<LedgerFile[]> =>
  filesOfKey(pipeline.ledger, { file: key, bucket: pipeline.bucket });
const lines = (...resources: readonly object[]): string => resources.map((one) => `${JSON.stringify(one)}\n`).join("");
const patient = (id: string): object => ({ resourceType: "Patient", id });
const visit = (id: string, who: string): object => ({
  resourceType: "Encounter",
  id,
  subject: { reference: `Patient/${who}` },
});

async function forgetting(id: string): Promise<Person> {
  const person = unknownPerson();
  person.patients.add(id);
  while (await learnFromRaw(pipeline, person));
  const files = await rawFiles(pipeline, person, () => false, noIds());
  await refuseWaiting(pipeline, files);
  for (const file of files) await eraseRaw(pipeline, file, person);
  return person;
}

/** Every byte of every version, unzipped, and the whole ledger. */
async function everything(): Promise<string> {
  const s3 = await ctx.clients.of(s3Client);
  const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket: pipeline.bucket });
  const texts = await Promise.all(
    Versions.map(async ({ Key = "", VersionId }) => {
      const { Body } = await s3.getObject({ Bucket: pipeline.bucket, Key, VersionId });
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const { opened } = await import("../../src/operate/forget/content.ts");
      return `${Key} ${opened(bytes).bytes.toString()}`;
    }),
  );
  const { Items = [] } = await (await ctx.clients.of(dynamodbClient)).scan({ TableName: pipeline.ledger.table });
  return [...texts, JSON.stringify(DeleteMarkers), JSON.stringify(Items)].join("\n");
}

test("files with others are rewritten, files of theirs alone go, and the ledger follows", async () => {
  await arrive("fhir/both.ndjson", lines(patient("secret1"), patient("q"), visit("e-secret", "secret1")));
  await arrive("fhir/both.ndjson", lines(patient("secret1"), patient("q")));
  await arrive("fhir/secret1.json", lines(patient("secret1")));
  await arrive("fhir/others.ndjson", lines(patient("q"), visit("e2", "q")));
  await arrive("fhir/zipped.gz", gzipSync(lines(visit("e-secret", "secret1"), visit("e3", "q"))));
  const keys = ["fhir/both.ndjson", "fhir/secret1.json", "fhir/others.ndjson", "fhir/zipped.gz"];
  await expect(forgetting("secret1")).rejects.toMatchObject({ code: "forget_waits" });
  for (const key of keys) await processed(key);
  const before = await rows("fhir/both.ndjson");
  await forgetting("secret1");
  expect(await everything()).not.toMatch(/secret/);
  // The rows are the same generations, with what S3 has now; nothing is new to anybody.
  const s3 = await ctx.clients.of(s3Client);
  for (const key of ["fhir/both.ndjson", "fhir/zipped.gz"]) {
    const head = await s3.headObject({ Bucket: pipeline.bucket, Key: key });
    const [row] = await rows(key);
    expect(row).toMatchObject({
      status: "processed",
      etag: (head.ETag ?? "").replaceAll('"', ""),
      size: head.ContentLength,
      versionId: head.VersionId,
    });
    expect(await told(key, row?.etag ?? "", row?.size ?? 0, row?.versionId ?? "")).toMatchObject({ new: 0 });
    expect((await rows(key)).map(({ status }) => status)).not.toContain("received");
  }
  expect((await rows("fhir/both.ndjson")).map(({ fileId }) => fileId)).toEqual(before.map(({ fileId }) => fileId));
  expect(await rows("fhir/secret1.json")).toEqual([]);
  expect((await rows("fhir/others.ndjson")).map(({ status }) => status)).toEqual(["processed"]);
  const findings = (await collect(audit(pipeline))).filter(({ type }) => type === "finding");
  expect(findings).toEqual([]);
  // Once more: there is nothing left to do.
  await forgetting("secret1");
  expect(await everything()).not.toMatch(/secret/);
});

test("what the function made of the event before the ledger was told is taken back", async () => {
  const key = "fhir/a.ndjson";
  await arrive(key, lines(patient("p"), patient("q")));
  await processed(key);
  const [row] = await rows(key);
  if (!row) return expect.fail("no row");
  expect(await told(key, "encrypted", 7, "v9")).toMatchObject({ new: 1 });
  const to = { etag: "encrypted", size: 7, versionId: "v9" };
  expect(await contentReplaced(pipeline.ledger, row, to)).toBe(true);
  expect(await rows(key)).toMatchObject([{ fileId: row.fileId, status: "processed", ...to }]);
  // The same event once more, and what comes after it.
  expect(await told(key, "encrypted", 7, "v9")).toMatchObject({ new: 0 });
  expect(await told(key, "other", 8, "v10")).toMatchObject({ new: 1 });
  expect((await rows(key)).map(({ status }) => status)).toEqual(["received", "processed"]);
});
