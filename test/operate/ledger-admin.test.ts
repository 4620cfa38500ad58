import { randomBytes } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { audit } from "../../src/operate/audit/index.ts";
import { backfill } from "../../src/operate/care/backfill.ts";
import { release, reprocess } from "../../src/operate/care/put-back.ts";
import { exportFiles } from "../../src/operate/ledger/export.ts";
import type { FileStatus, LedgerFilter, LedgerTarget } from "../../src/operate/ledger/item.ts";
import { listFiles } from "../../src/operate/ledger/read.ts";
import { type Emulator, startEmulator } from "../harness/moto.ts";
import { createLedger, fileItem, headItem } from "../harness/ledger.ts";
import { worldAt } from "../harness/world.ts";
import { awsError, collect, bound } from "./support.ts";
import { ledgerOf } from "../../src/operate/ledger/ledger.ts";
import type { Pipeline } from "../../src/operate/runs/pipeline.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";
import { standIn } from "../harness/clients.ts";

const run = { workflow: "w", jobs: {} };
const HOUR = 3600;
let emulator: Emulator;
let ctx: AwsContext;
let ledger: LedgerTarget;
let target: Omit<Pipeline, "ctx" | "ledger"> & { readonly ledger: LedgerTarget };
/** What Glue says of runs, and what the function was told. */
let statuses: Record<string, string>;
let told: string[];

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

beforeEach(async () => {
  ctx = worldAt({ endpoint: emulator.endpoint });
  const id = randomBytes(4).toString("hex");
  ledger = { table: `ledger-${id}`, hashKey: "file_id", ttlAttribute: "expires" };
  target = { bucket: `raw-${id}`, prefix: "fhir/", ledger, function: "f", bronze: `raw-${id}`, run };
  statuses = {};
  told = [];
  await (await ctx.clients.of(s3Client)).createBucket({ Bucket: target.bucket });
  await createLedger(await ctx.clients.of(dynamodbClient), ledger.table);
  const glue = {
    startWorkflowRun: async () => ({ RunId: "wr_new" }),
    getWorkflow: async () => ({ Workflow: {} }),
    getWorkflowRun: async ({ RunId }: { RunId: string }) => {
      const Status = statuses[RunId];
      if (!Status) throw awsError("EntityNotFoundException");
      return { Run: { Status } };
    },
  };
  const lambda = {
    invoke: async ({ Payload }: { Payload: Uint8Array }) => {
      const { Records } = JSON.parse(Buffer.from(Payload).toString()) as {
        Records: { s3: { object: { key: string } } }[];
      };
      told.push(...Records.map((record) => record.s3.object.key));
      return { Payload: Buffer.from(JSON.stringify({ new: Records.length })) };
    },
  };
  standIn(ctx.clients, { glue, lambda });
});

async function put(n: number, status: FileStatus, extra: Record<string, AttributeValue> = {}): Promise<void> {
  const upload = { bucket: target.bucket, key: `fhir/${n}.json`, ms: 1_714_557_600_000 + n };
  const waiting = status === "received" || status === "claimed";
  const file = { ...upload, status, attempt: 1, receivedAt: `2024-05-01T10:00:0${n}.000Z` };
  const dynamo = await ctx.clients.of(dynamodbClient);
  await dynamo.putItem({
    TableName: ledger.table,
    Item: {
      ...(waiting ? fileItem(file) : fileItem({ ...file, rowsPatient: 1, processedAt: "x" })),
      ...(waiting ? {} : { expires: { N: "9999999999" } }),
      ...extra,
    },
  });
  await dynamo.putItem({ TableName: ledger.table, Item: headItem(upload) });
}

async function item(n: number): Promise<Record<string, AttributeValue>> {
  const dynamo = await ctx.clients.of(dynamodbClient);
  const found = await dynamo.getItem({
    TableName: ledger.table,
    Key: { file_id: { S: `${target.bucket}/fhir/${n}.json#171455760000${n}-${"0".repeat(24)}` } },
  });
  return found.Item ?? {};
}
const states = async (): Promise<string[]> =>
  (await collect(listFiles(ledgerOf(ctx, ledger)))).map((row) => `${row.key} ${row.status}`).sort();

describe("filters cost what they find", () => {
  const keys = async (filter: LedgerFilter): Promise<string[]> =>
    (await collect(listFiles(ledgerOf(ctx, ledger), filter))).map((row) => row.key);
  const calls = async (work: () => Promise<unknown>): Promise<number> => {
    const before = ctx.calls.total;
    await work();
    return ctx.calls.total - before;
  };

  test("what waits is read from the sparse index", async () => {
    for (const n of [0, 1, 2, 3]) await put(n, "processed");
    await put(4, "received");
    await put(5, "claimed");
    await put(6, "received");
    expect(await keys({ status: "received" })).toEqual(["fhir/6.json", "fhir/4.json"]);
    expect(await keys({ status: "claimed" })).toEqual(["fhir/5.json"]);
    expect(await keys({ status: "received", since: "2024-05-01T10:00:05Z" })).toEqual(["fhir/6.json"]);
    expect(await keys({ status: "received", limit: 1 })).toEqual(["fhir/6.json"]);
    const dynamo = await ctx.clients.of(dynamodbClient);
    // Nothing of the index by time is touched: it could be gone.
    await dynamo.updateTable({
      TableName: ledger.table,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "by_time" } }],
    });
    expect(await keys({ status: "received" })).toEqual(["fhir/6.json", "fhir/4.json"]);
  });

  test("the files of a run are those that its own item names", async () => {
    const dynamo = await ctx.clients.of(dynamodbClient);
    const id = (n: number): string => `${target.bucket}/fhir/${n}.json#171455760000${n}-${"0".repeat(24)}`;
    for (const n of [0, 1, 2, 3]) await put(n, n === 2 ? "failed" : "processed", { run_id: { S: "wr_a" } });
    // Frozen by wr_a, taken over by another run since.
    await put(4, "processed", { run_id: { S: "wr_b" } });
    await put(5, "processed", { run_id: { S: "wr_a" }, expires: { N: "1714557600" } });
    await dynamo.putItem({
      TableName: ledger.table,
      Item: {
        file_id: { S: "RUN#wr_a" },
        entity: { S: "RUN" },
        files: { L: [0, 1, 2, 4, 5].map((n) => ({ S: id(n) })) },
      },
    });
    expect(await keys({ run: "wr_a" })).toEqual(["fhir/2.json", "fhir/1.json", "fhir/0.json"]);
    expect(await keys({ run: "wr_a", status: "failed" })).toEqual(["fhir/2.json"]);
    expect(await keys({ run: "wr_a", until: "2024-05-01T10:00:01Z", limit: 1 })).toEqual(["fhir/1.json"]);
    expect(await calls(() => keys({ run: "wr_a" }))).toBe(2);
    // A run that the ledger has forgotten is looked for by the mark on its files.
    expect(await keys({ run: "wr_b" })).toEqual(["fhir/4.json"]);
  });
});

describe("retry and reprocess", () => {
  test("failed files wait again, with nothing of their past but the attempt; one run is started", async () => {
    await put(1, "failed", { error: { S: "nothing readable" } });
    await put(2, "processed");
    expect((await collect(reprocess(bound(ctx, { ledger, run }), { status: "failed" }))).at(-1)).toEqual({
      type: "finished",
      changed: 1,
      left: 0,
      runId: "wr_new",
    });
    expect(Object.keys(await item(1)).sort()).toEqual([
      "attempt",
      "bucket",
      "entity",
      "file_id",
      "generation",
      "key",
      "pending",
      "received_at",
      "status",
    ]);
    expect(await states()).toEqual(["fhir/1.json received", "fhir/2.json processed"]);
  });

  test("a dry run changes nothing and starts nothing", async () => {
    await put(1, "processed");
    const events = await collect(reprocess(bound(ctx, { ledger, run }), { prefix: "fhir/" }, { dryRun: true }));
    expect(events).toMatchObject([
      { type: "would-change", key: "fhir/1.json" },
      { changed: 1, runId: null },
    ]);
    expect(await states()).toEqual(["fhir/1.json processed"]);
  });

  test("files on their way are left alone, by condition too", async () => {
    await put(1, "claimed", { run_id: { S: "wr_1" }, lease_until: { N: "9999999999" } });
    expect((await collect(reprocess(bound(ctx, { ledger, run }), { prefix: "fhir/" }))).at(-1)).toMatchObject({
      changed: 0,
    });
    expect(await states()).toEqual(["fhir/1.json claimed"]);
  });

  test("an older generation without a version cannot be read any more", async () => {
    await put(1, "processed");
    const dynamo = await ctx.clients.of(dynamodbClient);
    await dynamo.putItem({
      TableName: ledger.table,
      Item: { file_id: { S: `KEY#${target.bucket}/fhir/1.json` }, latest_file_id: { S: "another" } },
    });
    expect((await collect(reprocess(bound(ctx, { ledger, run }), { prefix: "fhir/" })))[0]).toMatchObject({
      type: "left",
      why: expect.stringContaining("older generation"),
    });
  });

  test("cut off after any row, the same command does the rest, and nothing is left out or done twice", async () => {
    for (const n of [1, 2, 3, 4]) await put(n, n % 2 === 0 ? "failed" : "processed");
    const events = reprocess(bound(ctx, { ledger, run }), { prefix: "fhir/" });
    for (let row = 0; row < 2; row++) expect((await events.next()).value).toMatchObject({ type: "changed" });
    await events.return(undefined);
    expect((await states()).filter((state) => state.endsWith("received"))).toHaveLength(2);
    const again = await collect(reprocess(bound(ctx, { ledger, run }), { prefix: "fhir/" }));
    expect(again.at(-1)).toMatchObject({ type: "finished", changed: 2, left: 0, runId: "wr_new" });
    expect((await states()).filter((state) => state.endsWith("received"))).toHaveLength(4);
    expect((await Promise.all([1, 2, 3, 4].map(item))).map((one) => one["attempt"]?.N)).toEqual(["1", "1", "1", "1"]);
  });

  test("without a filter nothing is done", async () => {
    await expect(collect(reprocess(bound(ctx, { ledger, run }), {}))).rejects.toMatchObject({
      code: "no_filter",
      isUsage: true,
    });
  });
});

test("release gives back what nobody works on, and leaves live claims", async () => {
  const now = Math.floor(Date.now() / 1000);
  statuses = { wr_on: "RUNNING", wr_over: "COMPLETED" };
  await put(1, "claimed", { run_id: { S: "wr_on" }, lease_until: { N: String(now - HOUR) } });
  await put(2, "claimed", { run_id: { S: "wr_over" }, lease_until: { N: String(now + HOUR) } });
  await put(3, "claimed", { run_id: { S: "wr_on" }, lease_until: { N: String(now + HOUR) } });
  await put(4, "claimed", { run_id: { S: "wr_forgotten" }, lease_until: { N: String(now + HOUR) } });
  await put(5, "claimed", { run_id: { S: "jr_alone" }, lease_until: { N: String(now + HOUR) } });
  await put(6, "received");
  const events = await collect(release(bound(ctx, { ledger, run })));
  expect(events.at(-1)).toMatchObject({ changed: 3, left: 2 });
  expect(await states()).toEqual(
    ["1 received", "2 received", "3 claimed", "4 received", "5 claimed", "6 received"]
      .map((line) => line.replace(" ", ".json "))
      .map((line) => `fhir/${line}`),
  );
  expect((await item(1))["attempt"]).toEqual({ N: "1" });
});

describe("backfill", () => {
  test("objects without a row, or with other content, are told to the function; markers are not", async () => {
    const s3 = await ctx.clients.of(s3Client);
    for (const Key of ["fhir/new ü+%.json", "fhir/known.json", "fhir/changed.json", "fhir/folder/", "other/x.json"])
      await s3.putObject({ Bucket: target.bucket, Key, Body: Key.endsWith("/") ? "" : "{}" });
    const etag =
      (await s3.headObject({ Bucket: target.bucket, Key: "fhir/known.json" })).ETag?.replaceAll('"', "") ?? "";
    const dynamo = await ctx.clients.of(dynamodbClient);
    const head = (key: string, content: string): Record<string, AttributeValue> => ({
      file_id: { S: `KEY#${target.bucket}/${key}` },
      latest_file_id: { S: "x" },
      etag: { S: content },
      size: { N: "2" },
    });
    await dynamo.putItem({ TableName: ledger.table, Item: head("fhir/known.json", etag) });
    await dynamo.putItem({ TableName: ledger.table, Item: head("fhir/changed.json", "old") });
    const dry = await collect(backfill(bound(ctx, target), { dryRun: true }));
    expect(dry.at(-1)).toEqual({ type: "finished", looked: 3, gaps: 2, sent: 0, in_bronze: 0 });
    expect(told).toEqual([]);
    expect((await collect(backfill(bound(ctx, target)))).at(-1)).toMatchObject({ sent: 2 });
    expect(told).toEqual(["fhir/changed.json", "fhir/new+%C3%BC%2B%25.json"]);
  });
});

test("audit finds what does not fit and mends it", async () => {
  const now = Math.floor(Date.now() / 1000);
  statuses = { wr_over: "COMPLETED" };
  await (await ctx.clients.of(s3Client)).putObject({ Bucket: target.bucket, Key: "fhir/lost.json", Body: "{}" });
  await put(1, "claimed", { run_id: { S: "wr_over" }, lease_until: { N: String(now + HOUR) } });
  await put(2, "processed");
  await put(3, "received");
  await (await ctx.clients.of(s3Client)).putObject({ Bucket: target.bucket, Key: "fhir/3.json", Body: "{}" });
  const dynamo = await ctx.clients.of(dynamodbClient);
  const etag =
    (await (await ctx.clients.of(s3Client)).headObject({ Bucket: target.bucket, Key: "fhir/3.json" })).ETag ?? "";
  const { file_id: fileId = { S: "" } } = await item(3);
  await dynamo.putItem({
    TableName: ledger.table,
    Item: {
      file_id: { S: `KEY#${target.bucket}/fhir/3.json` },
      latest_file_id: fileId,
      etag: { S: etag.replaceAll('"', "") },
      size: { N: "2" },
    },
  });
  const events = await collect(audit(bound(ctx, target), { repair: true }));
  const findings = events.flatMap((event) => (event.type === "finding" ? [`${event.code} ${event.key}`] : []));
  expect(findings.sort()).toEqual([
    "lost_event fhir/lost.json",
    "missing_rows fhir/2.json",
    "orphan_claim fhir/1.json",
    "waiting fhir/3.json",
  ]);
  expect(events.at(-1)).toMatchObject({ ok: true, repaired: 4 });
  expect(told).toEqual(["fhir/lost.json"]);
  expect(await states()).toEqual(["fhir/1.json received", "fhir/2.json received", "fhir/3.json received"]);
});

test("export: CSV with its header, quotes and no formulas; NDJSON as listed", async () => {
  await put(1, "failed", { error: { S: '=1+1, "x"' } });
  const csv = await collect(exportFiles(ledgerOf(ctx, ledger), "csv"));
  expect(csv[0]).toMatch(/^file_id,bucket,key,/);
  expect(csv[1]).toMatch(/,"'=1\+1, ""x"""$/);
  const [line] = await collect(exportFiles(ledgerOf(ctx, ledger), "ndjson"));
  expect(JSON.parse(line ?? "")).toMatchObject({ key: "fhir/1.json", status: "failed" });
});
