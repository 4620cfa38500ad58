import { randomBytes } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { backfill } from "../../src/operate/care/backfill.ts";
import { type ImportEvent, importHistory, type ImportOptions, type ImportPlan } from "../../src/operate/care/import.ts";
import { momentOf, readRow } from "../../src/operate/care/their-rows.ts";
import type { LedgerDetail } from "../../src/operate/ledger/item.ts";
import { Ledger } from "../../src/operate/ledger/ledger.ts";
import { listFiles, showFile } from "../../src/operate/ledger/read.ts";
import type { Pipeline } from "../../src/operate/runs/pipeline.ts";
import { importView } from "../../src/ui/ledger-import.ts";
import type { Terminal } from "../../src/ui/terminal.ts";
import { createLedger } from "../harness/ledger.ts";
import { type Emulator, startMoto } from "../harness/moto.ts";
import { worldAt } from "../harness/world.ts";
import { LocalFunction } from "./function/index.ts";
import { collect } from "./support.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";

/** The original project's table has `dataset` + `filename`; S3 and DynamoDB are moto's, the function is the project's own. */
let emulator: Emulator;
let lambda: LocalFunction;
let ctx: AwsContext;
let pipeline: Pipeline;
let theirs: string;

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
  theirs = `theirs-${id}`;
  const dynamo = await ctx.clients.of(dynamodbClient);
  await createLedger(dynamo, `ledger-${id}`, "id");
  await dynamo.createTable({
    TableName: theirs,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "dataset", AttributeType: "S" },
      { AttributeName: "filename", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "dataset", KeyType: "HASH" },
      { AttributeName: "filename", KeyType: "RANGE" },
    ],
  });
  const bucket = `raw-${id}`;
  await (await ctx.clients.of(s3Client)).createBucket({ Bucket: bucket });
  const ledger = new Ledger(ctx, { table: `ledger-${id}`, hashKey: "id", ttlAttribute: "expires" });
  const run = { workflow: "w", jobs: {} };
  pipeline = { ctx, ledger, bucket, prefix: "fhir/", function: "f", bronze: bucket, run, ttlDays: 90 };
});

const versioned = async (): Promise<unknown> =>
  (await ctx.clients.of(s3Client)).putBucketVersioning({
    Bucket: pipeline.bucket,
    VersioningConfiguration: { Status: "Enabled" },
  });

async function put(key: string, body: string): Promise<string> {
  const s3 = await ctx.clients.of(s3Client);
  return (await s3.putObject({ Bucket: pipeline.bucket, Key: key, Body: body })).VersionId ?? "";
}

async function history(...rows: Record<string, AttributeValue>[]): Promise<void> {
  const dynamo = await ctx.clients.of(dynamodbClient);
  for (const Item of rows) await dynamo.putItem({ TableName: theirs, Item });
}

const row = (
  dataset: string,
  filename: string,
  more: Record<string, AttributeValue> = {},
): Record<string, AttributeValue> => ({
  dataset: { S: dataset },
  filename: { S: filename },
  ...more,
});

const MAP = { key: "fhir/{dataset}/{filename}" };
const imported = (more: Partial<ImportOptions> = {}): Promise<ImportEvent[]> =>
  collect(importHistory(pipeline, { table: theirs, map: MAP, ...more }));
const planOf = (events: readonly ImportEvent[]): ImportPlan =>
  events.find((event): event is ImportPlan => event.type === "plan") ?? expect.fail("no plan");
const lacks = async (): Promise<string[]> =>
  (await collect(backfill(pipeline, { dryRun: true }))).flatMap((event) => (event.type === "gap" ? [event.key] : []));
const shown = async (key: string): Promise<LedgerDetail[]> =>
  showFile(pipeline.ledger, { file: key, bucket: pipeline.bucket });

async function event(key: string, etag: string, size: number, versionId: string, when: number, sequencer: string) {
  const thing = { key, size, eTag: etag, sequencer, ...(versionId ? { versionId } : {}) };
  const record = {
    eventName: "ObjectCreated:Put",
    eventTime: new Date(when).toISOString(),
    s3: { bucket: { name: pipeline.bucket }, object: thing },
  };
  const environment = { GLUE_WORKFLOW_NAME: "w", LEDGER_TABLE: pipeline.ledger.table, LEDGER_HASH_KEY: "id" };
  return lambda.handle({ Records: [record] }, environment);
}

describe("history of a table with other keys", () => {
  test("its files are processed here too, and nothing takes them up again; once more changes nothing", async () => {
    await put("fhir/patient/a.ndjson", "1");
    await put("fhir/encounter/b c+d.ndjson", "22");
    await put("fhir/patient/new.ndjson", "3");
    await history(
      row("patient", "a.ndjson", {
        lines: { N: "7" },
        kind: { S: "patient" },
        at: { N: String(ctx.clock.now() + 60_000) },
      }),
      row("encounter", "b c+d.ndjson"),
    );
    expect((await lacks()).length).toBe(3);
    const map = { ...MAP, records_in: "lines", dataset: "kind", processed_at: "at" };
    const dry = await imported({ map, dryRun: true });
    expect(planOf(dry)).toEqual({
      type: "plan",
      rows: 2,
      imports: 2,
      left: {},
      example: expect.stringMatching(/^fhir\/.…\/.…$/),
    });
    expect(dry.filter(({ type }) => type === "would-import")).toHaveLength(2);
    expect((await lacks()).length).toBe(3);
    expect((await imported({ map })).at(-1)).toEqual({ type: "finished", imported: 2, left: 0 });
    expect(await lacks()).toEqual(["fhir/patient/new.ndjson"]);
    const [file] = await shown("fhir/patient/a.ndjson");
    expect(file).toMatchObject({
      status: "processed",
      dataset: "patient",
      records_in: 7,
      attempt: 0,
      imported_from: theirs,
    });
    const item = await pipeline.ledger.item(file?.file_id ?? "");
    expect(item?.["pending"]).toBeUndefined();
    expect(Number(item?.["expires"]?.N)).toBeGreaterThan(ctx.clock.now() / 1000 + 89 * 86_400);
    const rows = await collect(listFiles(pipeline.ledger));
    const again = await imported({ map });
    expect(planOf(again)).toMatchObject({ imports: 0, left: { known: 2 } });
    expect(await collect(listFiles(pipeline.ledger))).toEqual(rows);
  });

  test("their names may be URLs, as Spark names files", async () => {
    await put("fhir/patient/a.ndjson", "1");
    await put("fhir/patient/b.ndjson", "1");
    await history(
      row("patient", `s3://${pipeline.bucket}/fhir/patient/a.ndjson`),
      row("patient", `s3a://${pipeline.bucket}/fhir/patient/b.ndjson`),
      row("patient", "s3://not-ours/fhir/patient/a.ndjson"),
    );
    const events = await imported({ map: { key: "filename" } });
    expect(planOf(events)).toMatchObject({ rows: 3, imports: 2, left: { elsewhere: 1 } });
    expect(await lacks()).toEqual([]);
  });

  test("what is left alone, and why", async () => {
    await put("fhir/patient/a.ndjson", "1");
    await put("fhir/patient/late.ndjson", "1");
    await put("fhir/patient/other.ndjson", "1");
    const done = { state: { S: "DONE" } };
    await history(
      row("patient", "a.ndjson", { state: { S: "FAILED" } }),
      row("patient", "late.ndjson", { ...done, at: { S: "2001-01-01T00:00:00Z" } }),
      row("patient", "other.ndjson", { ...done, sum: { S: '"abc"' } }),
      row("patient", "gone.ndjson", done),
      row("patient", "binary.ndjson", { ...done, path: { B: new Uint8Array([1]) } }),
      row("patient", "away.ndjson", { ...done, path: { S: "elsewhere/x" } }),
    );
    const where = { state: "DONE" };
    const first = await imported({ map: { ...MAP, processed_at: "at", etag: "sum" }, where });
    expect(planOf(first)).toMatchObject({ rows: 6, imports: 0, left: { unwanted: 1, changed: 2, gone: 3 } });
    const second = await imported({ map: { key: "path" }, where });
    expect(planOf(second)).toMatchObject({ imports: 0, left: { unwanted: 1, unreadable: 4, elsewhere: 1 } });
    expect(await collect(listFiles(pipeline.ledger))).toEqual([]);
  });

  test("a table that is not there", async () => {
    await expect(imported({ table: "nothing" })).rejects.toMatchObject({ code: "no_table" });
  });
});

describe("rows of ours are never changed", () => {
  test("what waits stays, although they have processed it", async () => {
    await put("fhir/patient/a.ndjson", "1");
    const [listed] = (await (await ctx.clients.of(s3Client)).listObjectsV2({ Bucket: pipeline.bucket })).Contents ?? [];
    const etag = (listed?.ETag ?? "").replaceAll('"', "");
    await event("fhir/patient/a.ndjson", etag, 1, "", listed?.LastModified?.getTime() ?? 0, "01");
    await history(row("patient", "a.ndjson"));
    expect(planOf(await imported())).toMatchObject({ imports: 0, left: { known: 1 } });
    expect(await shown("fhir/patient/a.ndjson")).toMatchObject([{ status: "received", imported_from: null }]);
  });

  test("nor where the ledger changes between the plan and the write", async () => {
    await put("fhir/patient/a.ndjson", "1");
    await history(row("patient", "a.ndjson"));
    const events: ImportEvent[] = [];
    for await (const one of importHistory(pipeline, { table: theirs, map: MAP })) {
      events.push(one);
      // The object is replaced, and its event is there first.
      if (one.type === "plan") await event("fhir/patient/a.ndjson", "new", 9, "", Date.now() - 3_600_000, "02");
      if (one.type === "plan") await event("fhir/patient/a.ndjson", "newer", 9, "", Date.now() + 3_600_000, "03");
      if (one.type === "plan") await event("fhir/patient/a.ndjson", "newer", 9, "", Date.now() - 1_800_000, "025");
    }
    expect(events.at(-1)).toEqual({ type: "finished", imported: 0, left: 1 });
    expect((await shown("fhir/patient/a.ndjson")).map(({ status }) => status)).toEqual(["received", "received"]);
  });
});

test("an older version finds its place before what the ledger has, and the function goes on from there", async () => {
  await versioned();
  const key = "fhir/patient/a.ndjson";
  const one = await put(key, "1");
  const two = await put(key, "22");
  await history(row("patient", "a.ndjson", { version: { S: two } }), row("patient", "b", { version: { S: one } }));
  const map = { key: "fhir/patient/a.ndjson{nothing}", version_id: "version" };
  await history(row("patient", "a.ndjson", { version: { S: two }, nothing: { S: "" } }));
  expect((await imported({ map })).at(-1)).toMatchObject({ imported: 1 });
  expect(await lacks()).toEqual([key]);
  await history(row("patient", "b", { version: { S: one }, nothing: { S: "" } }));
  expect((await imported({ map })).at(-1)).toMatchObject({ imported: 1 });
  expect(await lacks()).toEqual([]);
  expect((await shown(key)).map(({ version_id: id }) => id)).toEqual([two, one]);
  // The late event of a known version is no news; new content is.
  expect(await event(key, "x", 2, two, Date.now(), "0A")).toMatchObject({ new: 0, known: 1 });
  expect(await event(key, "y", 3, "v3", Date.now() + 5_000, "0B")).toMatchObject({ new: 1 });
  expect((await shown(key)).map(({ status }) => status)).toEqual(["received", "processed", "processed"]);
});

test("without a version a row speaks for all that its processing has found there", async () => {
  await versioned();
  const key = "fhir/patient/a.ndjson";
  for (const body of ["1", "22", "333"]) await put(key, body);
  await history(row("patient", "a.ndjson"));
  expect((await imported()).at(-1)).toMatchObject({ imported: 3 });
  expect(await lacks()).toEqual([]);
});

test("people see counts and reasons, and no value of theirs", async () => {
  await put("fhir/patient/Jane Doe.ndjson", "1");
  await history(row("patient", "Jane Doe.ndjson"), row("patient", "John Roe.ndjson"));
  const lines: string[] = [];
  const paint = { dim: (text: string) => text, yellow: (text: string) => text };
  const view = importView(
    { emit: () => undefined, line: (text: string) => lines.push(text), paint } as unknown as Terminal,
    false,
  );
  for (const one of await imported()) view(one);
  expect(lines.join("\n")).not.toMatch(/Jane|John/);
  expect(lines[0]).toBe("2 rows read; keys are made as in `fhir/p…/J…`.");
  expect(lines.join("\n")).toContain("1  S3 has no such object");
  expect(lines.at(-1)).toBe("1 file imported as processed.");
});

describe("their rows", () => {
  test.each([
    ["1714557600", 1_714_557_600_000],
    ["1714557600123", 1_714_557_600_123],
    ["2024-05-01T10:00:00Z", 1_714_557_600_000],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("time %j", (text, ms) => expect(momentOf(text)).toBe(ms));

  test("a number is text in a key", () => {
    expect(readRow({ n: { N: "7" } }, { key: "fhir/{n}.json", size: "n" })?.fields).toEqual({
      key: "fhir/7.json",
      size: "7",
    });
    expect(readRow({ n: { BOOL: true } }, { key: "fhir/{n}.json" })).toBeUndefined();
  });
});
