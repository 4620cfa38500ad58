import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { audit } from "../../src/operate/audit/index.ts";
import { eraseRaw } from "../../src/operate/forget/erase.ts";
import { unknownPerson, type Person } from "../../src/operate/forget/person.ts";
import { learnFromRaw, noIds, type RawFile, rawFiles, refuseWaiting } from "../../src/operate/forget/raw.ts";
import type { LedgerFile } from "../../src/operate/ledger/item.ts";
import { Ledger } from "../../src/operate/ledger/ledger.ts";
import { filesOfKey } from "../../src/operate/ledger/read.ts";
import { headId, runItemId } from "../../src/operate/ledger/file-id.ts";
import { contentReplaced, forgotten } from "../../src/operate/ledger/write.ts";
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
afterEach(() => {
  vi.restoreAllMocks();
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
  const place = { Bucket: pipeline.bucket, Prefix: pipeline.prefix };
  const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions(place);
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
  expect(await contentReplaced(pipeline.ledger, row, to, "before")).toBe(false);
  expect(await contentReplaced(pipeline.ledger, row, to, "after")).toBe(true);
  expect(await rows(key)).toMatchObject([{ fileId: row.fileId, status: "processed", ...to }]);
  // The same event once more, and what comes after it.
  expect(await told(key, "encrypted", 7, "v9")).toMatchObject({ new: 0 });
  expect(await told(key, "other", 8, "v10")).toMatchObject({ new: 1 });
  expect((await rows(key)).map(({ status }) => status)).toEqual(["received", "processed"]);
});

/** What is to become of one file when `p` is forgotten. */
async function judged(id: string): Promise<RawFile> {
  const person = unknownPerson();
  person.patients.add(id);
  const [file] = await rawFiles(pipeline, person, () => false, noIds());
  return file ?? expect.fail("nothing to forget");
}

async function erase(file: RawFile, id = "p"): Promise<void> {
  const person = unknownPerson();
  person.patients.add(id);
  await eraseRaw(pipeline, file, person);
}

const versions = async (): Promise<(string | undefined)[]> => {
  const s3 = await ctx.clients.of(s3Client);
  return ((await s3.listObjectVersions({ Bucket: pipeline.bucket })).Versions ?? []).map(({ VersionId }) => VersionId);
};

const KEY = "fhir/shared.ndjson";

/** Does something just before the n-th of these calls of S3. */
async function before(name: "putObject" | "deleteObject", work: () => Promise<unknown>): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  const call = s3[name].bind(s3) as (...input: unknown[]) => unknown;
  let first = true;
  vi.spyOn(s3, name).mockImplementation((async (...input: unknown[]) => {
    if (first) {
      first = false;
      await work();
    }
    return call(...input);
  }) as never);
}

test("a key whose earlier content was others' too keeps its rows; by the file goes what held the person alone", async () => {
  await arrive(KEY, lines(patient("p"), patient("q"), visit("e", "q")));
  await arrive(KEY, lines(patient("p")));
  await processed(KEY);
  const [alone, shared] = (await rows(KEY)).map(({ fileId }) => fileId);
  const file = await judged("p");
  expect(file).toMatchObject({ whole: false, rewrite: true });
  expect(file.gone).toEqual(new Set([alone]));
  await erase(file);
  expect((await rows(KEY)).map(({ fileId }) => fileId)).toEqual([alone, shared]);
  expect(await everything()).not.toContain('"id":"p"');
  expect((await collect(audit(pipeline))).filter(({ type }) => type === "finding")).toEqual([]);
});

test("what a delete marker hides is nobody's alone because the person is in it", async () => {
  await arrive(KEY, lines(patient("p"), patient("q")));
  await processed(KEY);
  await (await ctx.clients.of(s3Client)).deleteObject({ Bucket: pipeline.bucket, Key: KEY });
  const file = await judged("p");
  expect(file).toMatchObject({ whole: false, rewrite: false, gone: new Set() });
  await erase(file);
  expect(await versions()).toEqual([]);
  expect(await rows(KEY)).toHaveLength(1);
});

test("without versions a generation that S3 has overwritten may have been others'", async () => {
  const s3 = await ctx.clients.of(s3Client);
  pipeline = { ...pipeline, bucket: `${pipeline.bucket}-plain` };
  await s3.createBucket({ Bucket: pipeline.bucket });
  await arrive(KEY, lines(patient("p"), patient("q")));
  await arrive(KEY, lines(patient("p")));
  await processed(KEY);
  const [alone] = (await rows(KEY)).map(({ fileId }) => fileId);
  const file = await judged("p");
  expect(file).toMatchObject({ whole: false, rewrite: true });
  expect(file.gone).toEqual(new Set([alone]));
  await erase(file);
  const head = await s3.headObject({ Bucket: pipeline.bucket, Key: KEY });
  expect(head.ContentLength).toBe(1);
  expect(await rows(KEY)).toHaveLength(2);
});

test("somebody's upload while the ledger is told is no rewrite, and stays", async () => {
  await arrive(KEY, lines(patient("p"), patient("q")));
  await processed(KEY);
  const [row] = await rows(KEY);
  if (!row) return expect.fail("no row");
  await arrive(KEY, lines(patient("r")));
  for (const when of ["before", "after"] as const)
    expect(await contentReplaced(pipeline.ledger, row, { etag: "e", size: 1, versionId: "" }, when)).toBe(false);
  expect((await rows(KEY)).map(({ status }) => status)).toEqual(["received", "processed"]);
});

test("an upload between reading and putting is not overwritten, and nothing is said of it", async () => {
  await arrive(KEY, lines(patient("p"), patient("q")));
  await processed(KEY);
  const [was] = await rows(KEY);
  const file = await judged("p");
  const s3 = await ctx.clients.of(s3Client);
  const upload = s3.putObject.bind(s3);
  await before("putObject", () => upload({ Bucket: pipeline.bucket, Key: KEY, Body: lines(patient("new")) }));
  await expect(erase(file)).rejects.toMatchObject({ code: "forget_waits" });
  const { Body } = await s3.getObject({ Bucket: pipeline.bucket, Key: KEY });
  expect(await Body?.transformToString()).toBe(lines(patient("new")));
  expect((await rows(KEY))[0]).toMatchObject({ etag: was?.etag, size: was?.size, versionId: was?.versionId });
});

test("what was uploaded since it was looked at keeps a whole file and its rows; a claimed row keeps its versions", async () => {
  await arrive(KEY, lines(patient("p")));
  await processed(KEY);
  const file = await judged("p");
  expect(file.whole).toBe(true);
  const [row] = await rows(KEY);
  if (!row) return expect.fail("no row");
  const dynamo = await ctx.clients.of(dynamodbClient);
  const status = async (S: string): Promise<unknown> =>
    dynamo.updateItem({
      TableName: pipeline.ledger.table,
      Key: pipeline.ledger.key(row.fileId),
      UpdateExpression: "SET #s = :s",
      ExpressionAttributeNames: { "#s": "status" },
      ExpressionAttributeValues: { ":s": { S } },
    });
  await status("claimed");
  await expect(erase(file)).rejects.toMatchObject({ code: "forget_waits" });
  expect(await versions()).toHaveLength(1);
  await status("processed");
  await arrive(KEY, lines(patient("new")));
  await expect(erase(file)).rejects.toMatchObject({ code: "forget_waits" });
  expect(await versions()).toHaveLength(2);
  expect(await rows(KEY)).toHaveLength(2);
});

test("an upload while a whole file goes is told and left", async () => {
  await arrive(KEY, lines(patient("p")));
  await processed(KEY);
  const file = await judged("p");
  await before("deleteObject", () => arrive(KEY, lines(patient("new"))));
  await expect(erase(file)).rejects.toMatchObject({ code: "forget_waits" });
  expect(await everything()).toContain('"id":"new"');
  expect((await rows(KEY)).map(({ status }) => status)).toEqual(["received"]);
});

test("the version `null` that was put where versions are suspended is not deleted", async () => {
  const s3 = await ctx.clients.of(s3Client);
  await arrive(KEY, lines(patient("p"), patient("q")));
  await processed(KEY);
  const file = await judged("p");
  const put = s3.putObject.bind(s3);
  const deleted: unknown[] = [];
  vi.spyOn(s3, "putObject").mockImplementation((async (input: Parameters<typeof put>[0]) => ({
    ...(await put(input)),
    VersionId: "null",
  })) as never);
  vi.spyOn(s3, "deleteObject").mockImplementation((async (input: { VersionId?: string }) => {
    deleted.push(input.VersionId);
    return {};
  }) as never);
  const [old] = file.versions;
  await erase({ ...file, versions: [...file.versions, { key: KEY, versionId: "null", isLatest: true }] });
  expect(deleted).toEqual([old?.versionId]);
});

test("a rewrite is no new file although the row of the key has expired", async () => {
  await arrive(KEY, lines(patient("p"), patient("q")));
  await processed(KEY);
  const [row] = await rows(KEY);
  await (
    await ctx.clients.of(dynamodbClient)
  ).deleteItem({
    TableName: pipeline.ledger.table,
    Key: pipeline.ledger.key(row?.fileId ?? ""),
  });
  await erase(await judged("p"));
  const head = await (await ctx.clients.of(s3Client)).headObject({ Bucket: pipeline.bucket, Key: KEY });
  const etag = (head.ETag ?? "").replaceAll('"', "");
  expect(await told(KEY, etag, head.ContentLength ?? 0, head.VersionId ?? "")).toMatchObject({ new: 0 });
  expect(await rows(KEY)).toEqual([]);
});

test("a head or a set of a run that others keep writing is told, not passed over", async () => {
  await arrive(KEY, lines(patient("p")));
  await processed(KEY);
  const [row] = await rows(KEY);
  if (!row) return expect.fail("no row");
  const { ledger, bucket } = pipeline;
  const head = await ledger.item(headId(bucket, KEY));
  const dynamo = await ctx.clients.of(dynamodbClient);
  await dynamo.putItem({
    TableName: ledger.table,
    Item: { ...ledger.key(runItemId("r")), run_id: { S: "r" }, files: { L: [{ S: row.fileId }] } },
  });
  vi.spyOn(ledger.ctx.clock, "sleep").mockResolvedValue(undefined);
  vi.spyOn(dynamo, "transactWriteItems").mockImplementation((async () => {
    throw Object.assign(new Error("busy"), { name: "TransactionConflictException" });
  }) as never);
  expect(await contentReplaced(ledger, row, { etag: "e", size: 1, versionId: "" }, "after")).toBe(false);
  expect(await forgotten(ledger, { bucket, key: KEY, head }, [{ ...row, runId: "r" }])).toBe(false);
  expect(await rows(KEY)).toHaveLength(1);
});

test("a rewritten file keeps its tags and what else S3 says of it", async () => {
  const s3 = await ctx.clients.of(s3Client);
  const kept = {
    ContentType: "application/fhir+ndjson",
    ContentEncoding: "identity",
    CacheControl: "no-store",
    ContentDisposition: "attachment",
    ContentLanguage: "en",
    StorageClass: "STANDARD_IA",
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: "arn:aws:kms:eu-central-1:123456789012:key/k",
    BucketKeyEnabled: true,
    Metadata: { from: "ward 7" },
  } as const;
  const Body = lines(patient("p"), patient("q"));
  await s3.putObject({ Bucket: pipeline.bucket, Key: KEY, Body, Tagging: "class=phi&of=ward%207%2B8", ...kept });
  await erase(await judged("p"));
  expect(await s3.headObject({ Bucket: pipeline.bucket, Key: KEY })).toMatchObject(kept);
  const { TagSet } = await s3.getObjectTagging({ Bucket: pipeline.bucket, Key: KEY });
  expect(TagSet).toEqual([
    { Key: "class", Value: "phi" },
    { Key: "of", Value: "ward 7+8" },
  ]);
});

/** Lets so many writes through, to S3 and to the ledger; what follows is of a process that is no more. Whether it died. */
async function killedAfter(writes: number, work: () => Promise<unknown>): Promise<boolean> {
  let died = false;
  const mortal =
    (call: (...input: never[]) => unknown) =>
    async (...input: never[]): Promise<never> => {
      died ||= writes-- <= 0;
      if (died) throw new Error("killed");
      return (await call(...input)) as never;
    };
  const s3 = await ctx.clients.of(s3Client);
  for (const name of ["putObject", "deleteObject", "deleteObjects"] as const) {
    const call = mortal(s3[name].bind(s3));
    vi.spyOn(s3, name).mockImplementation(call as never);
  }
  const dynamo = await ctx.clients.of(dynamodbClient);
  for (const name of ["updateItem", "putItem", "deleteItem", "transactWriteItems"] as const) {
    const call = mortal(dynamo[name].bind(dynamo));
    vi.spyOn(dynamo, name).mockImplementation(call as never);
  }
  try {
    await work();
  } catch (error) {
    if (!died) throw error;
  } finally {
    vi.restoreAllMocks();
  }
  return died;
}

test("killed after any of its writes, it is started again: nothing is left, and nothing is new to the function", async () => {
  const s3 = await ctx.clients.of(s3Client);
  let died = true;
  for (let writes = 0; died; writes++) {
    pipeline = { ...pipeline, prefix: `fhir/${writes}/` };
    const [both, alone, hidden] = ["both.ndjson", "secret1.json", "old/secret1.json"].map(
      (name) => `${pipeline.prefix}${name}`,
    );
    if (!both || !alone || !hidden) return expect.fail("no keys");
    await arrive(both, lines(patient("secret1"), patient("q")));
    for (const key of [alone, hidden]) await arrive(key, lines(patient("secret1")));
    await s3.deleteObject({ Bucket: pipeline.bucket, Key: hidden });
    for (const key of [both, alone, hidden]) await processed(key);
    const old = await s3.headObject({ Bucket: pipeline.bucket, Key: both });
    died = await killedAfter(writes, () => forgetting("secret1"));
    const stored = await s3.headObject({ Bucket: pipeline.bucket, Key: both });
    const event = [(stored.ETag ?? "").replaceAll('"', ""), stored.ContentLength ?? 0, stored.VersionId ?? ""] as const;
    if (stored.VersionId !== old.VersionId)
      expect(await told(both, ...event), `after ${writes} writes`).toMatchObject({ new: 0 });
    await forgetting("secret1");
    expect(await everything(), `after ${writes} writes`).not.toMatch(/secret/);
    const head = await s3.headObject({ Bucket: pipeline.bucket, Key: both });
    expect(await rows(both), `after ${writes} writes`).toMatchObject([
      { status: "processed", size: head.ContentLength },
    ]);
    expect((await collect(audit(pipeline))).filter(({ type }) => type === "finding")).toEqual([]);
  }
}, 90_000);
