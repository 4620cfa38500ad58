import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { ingest } from "../../src/operate/ingest/index.ts";
import type { IngestFinished } from "../../src/operate/ingest/events.ts";
import { digest } from "../../src/operate/ingest/files.ts";
import { sendParts } from "../../src/operate/ingest/multipart.ts";
import { compare, send } from "../../src/operate/ingest/send.ts";
import { listFiles, showFile } from "../../src/operate/ledger/read.ts";
import type { LedgerTarget } from "../../src/operate/ledger/item.ts";
import { readMeasures } from "../../src/operate/measures/read.ts";
import { type Emulator, startEmulator } from "../harness/moto.ts";
import { createLedger, fileItem } from "../harness/ledger.ts";
import { worldAt } from "../harness/world.ts";
import { awsError, collect, bound } from "./support.ts";
import { ledgerStats } from "../../src/operate/ledger/stats.ts";
import { ledgerOf } from "../../src/operate/ledger/ledger.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";

const id = randomBytes(4).toString("hex");
const bucket = `operate-${id}`;
const ledger: LedgerTarget = { table: `operate-ledger-${id}`, hashKey: "file_id", ttlAttribute: "expires" };
const DAY = 86_400;
let emulator: Emulator;
let ctx: AwsContext;
let folder: string;

function item(n: number, extra: Record<string, AttributeValue> = {}): Record<string, AttributeValue> {
  const key = `fhir/${n % 2 ? "Patient" : "Encounter"}.${String(n).padStart(3, "0")}.ndjson`;
  const file = {
    bucket,
    key,
    ms: 1_714_557_600_000 + n,
    etag: `e${n}`,
    size: 10,
    dataset: n % 2 ? "patient" : "encounter",
    status: "processed" as const,
    attempt: 1,
    runId: "wr_1",
    recordsIn: 2,
    recordsQuarantined: 0,
    receivedAt: new Date(Date.UTC(2024, 4, 1, 10, 0, n)).toISOString(),
    processedAt: "2024-05-01T11:00:00.000Z",
  };
  return { ...fileItem(file), ...extra };
}

beforeAll(async () => {
  emulator = await startEmulator();
  ctx = worldAt({ endpoint: emulator.endpoint });
  folder = mkdtempSync(join(tmpdir(), "metriccare-operate-"));
  const s3 = await ctx.clients.of(s3Client);
  await s3.createBucket({ Bucket: bucket });
  await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
  const dynamo = await ctx.clients.of(dynamodbClient);
  await createLedger(dynamo, ledger.table);
  const now = Math.floor(Date.now() / 1000);
  const items = [
    ...Array.from({ length: 30 }, (_, n) => item(n)),
    item(30, { status: { S: "failed" }, error: { S: "nothing in it can be read" } }),
    // Expired, and still there: DynamoDB takes days.
    item(31, { expires: { N: String(now - DAY) } }),
    item(32, { expires: { N: String(now + DAY) } }),
    { file_id: { S: "RUN#wr_1" }, entity: { S: "RUN" }, received_at: { S: "2024-05-01T10:30:00.000Z" } },
  ];
  for (const Item of items) await dynamo.putItem({ TableName: ledger.table, Item });
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await emulator.stop();
});

describe("ledger", () => {
  test("a row has every field, newest first, expired ones left out", async () => {
    const rows = await collect(listFiles(ledgerOf(ctx, ledger)));
    expect(rows).toHaveLength(32);
    expect(rows[0]?.key).toBe("fhir/Encounter.032.ndjson");
    expect(rows[1]).toEqual({
      file_id: `${bucket}/fhir/Encounter.030.ndjson#1714557600030-${"0".repeat(24)}`,
      bucket,
      key: "fhir/Encounter.030.ndjson",
      version_id: null,
      etag: "e30",
      size: 10,
      dataset: "encounter",
      status: "failed",
      attempt: 1,
      run_id: "wr_1",
      records_in: 2,
      records_quarantined: 0,
      received_at: "2024-05-01T10:00:30.000Z",
      processed_at: "2024-05-01T11:00:00.000Z",
      error: "nothing in it can be read",
    });
  });

  test("a limit without filters is one call", async () => {
    const before = ctx.calls.total;
    const plain: LedgerTarget = { table: ledger.table, hashKey: ledger.hashKey };
    expect(await collect(listFiles(ledgerOf(ctx, plain), { limit: 20 }))).toHaveLength(20);
    expect(ctx.calls.total - before).toBe(1);
  });

  test.each([
    [{ status: "failed" as const }, 1],
    [{ dataset: "patient" }, 15],
    [{ prefix: "fhir/Patient.00" }, 5],
    [{ run: "wr_2" }, 0],
    [{ since: "2024-05-01T10:00:25Z" }, 7],
    [{ until: "2024-05-01T10:00:04.999Z" }, 5],
    [{ since: "2024-05-01T10:00:05.000Z", until: "2024-05-01T10:00:09.999Z", dataset: "patient" }, 3],
    [{ dataset: "encounter", limit: 4 }, 4],
  ])("filter %j gives %i", async (filter, count) => {
    expect(await collect(listFiles(ledgerOf(ctx, ledger), filter))).toHaveLength(count);
  });

  test("one file: by key, by URL, by id; with all its generations", async () => {
    const dynamo = await ctx.clients.of(dynamodbClient);
    const event = (ms: number): AttributeValue => ({
      M: {
        first: {
          M: { etag: { S: "x" }, size: { N: "1" }, event_ms: { N: String(ms) }, sequencer: { S: "A".padEnd(24, "0") } },
        },
      },
    });
    for (const ms of [1714557600900, 1714557600901])
      await dynamo.putItem({
        TableName: ledger.table,
        Item: item(900, {
          file_id: { S: `${bucket}/fhir/two.json#${ms}-${"A".padEnd(24, "0")}` },
          key: { S: "fhir/two.json" },
          generation: { S: `${ms}-A` },
        }),
      });
    await dynamo.putItem({
      TableName: ledger.table,
      Item: {
        file_id: { S: `KEY#${bucket}/fhir/two.json` },
        latest_file_id: { S: "x" },
        history: { L: [event(1714557600900), event(1714557600901)] },
      },
    });
    const forms = [
      "fhir/two.json",
      `s3://${bucket}/fhir/two.json`,
      `${bucket}/fhir/two.json#1714557600900-${"A".padEnd(24, "0")}`,
    ];
    for (const file of forms)
      expect((await showFile(ledgerOf(ctx, ledger), { file, bucket })).map((row) => row.generation)).toEqual([
        "1714557600901-A",
        "1714557600900-A",
      ]);
    expect(await showFile(ledgerOf(ctx, ledger), { file: "fhir/none.json", bucket })).toEqual([]);
  });

  test("figures, after their price", async () => {
    const [cost, stats] = await collect(ledgerStats(ledgerOf(ctx, ledger)));
    expect(cost).toMatchObject({ type: "cost" });
    expect(stats).toMatchObject({ type: "stats", by_status: { failed: 1 }, oldest_pending: null });
  });

  test("a table that is not there is said to be", async () => {
    await expect(
      collect(listFiles(ledgerOf(ctx, { table: "no-such-table", hashKey: "file_id" }))),
    ).rejects.toMatchObject({
      code: "no_ledger",
    });
  });
});

describe("sending", () => {
  const selected = (
    name: string,
    key: string,
    content: string | Uint8Array,
  ): { path: string; key: string; size: number; argument: number } => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return { path, key, size: Buffer.byteLength(content), argument: 0 };
  };

  test.each(["fhir/plain.ndjson", "fhir/sp ace+plus%2F&=?#.json", "fhir/Ünïcödé 東京 🏥.json", "fhir/a/../b.json"])(
    "key %s arrives as it is",
    async (key) => {
      const file = selected("x", key, '{"resourceType":"Patient"}');
      expect((await compare({ ctx, bucket }, file)).same).toBeUndefined();
      const remote = await send({ ctx, bucket }, await compare({ ctx, bucket }, file));
      expect(remote.versionId).toBeTruthy();
      expect((await compare({ ctx, bucket }, file)).same).toEqual(remote);
      const listed = await (await ctx.clients.of(s3Client)).listObjectsV2({ Bucket: bucket, Prefix: key });
      expect(listed.Contents?.map((object) => object.Key)).toContain(key);
    },
  );

  test("a big file goes in parts and is still known again", async () => {
    const content = Buffer.alloc(17 * 1024 * 1024, "0123456789abcdef");
    const file = selected("big", "fhir/big.ndjson", content);
    const remote = await send({ ctx, bucket }, await compare({ ctx, bucket }, file));
    expect(remote.etag).toMatch(/-2$/);
    expect((await compare({ ctx, bucket }, file)).same?.etag).toBe(remote.etag);
    content[5] = 0;
    const before = await compare({ ctx, bucket }, file);
    writeFileSync(file.path, content);
    expect((await compare({ ctx, bucket }, file)).same).toBeUndefined();
    // What changed after it was compared is not put together, and leaves no parts behind.
    await expect(send({ ctx, bucket }, before)).rejects.toMatchObject({ code: "file_changed" });
    const s3 = await ctx.clients.of(s3Client);
    expect((await s3.listMultipartUploads({ Bucket: bucket })).Uploads ?? []).toEqual([]);
    expect((await s3.headObject({ Bucket: bucket, Key: file.key })).ETag).toContain(remote.etag);
  });

  test("a part that fails fails the file, whichever it is, and leaves no parts behind", async () => {
    const file = selected("big2", "fhir/big2.ndjson", Buffer.alloc(34 * 1024 * 1024, "x"));
    const compared = await compare({ ctx, bucket }, file);
    for (const bad of [1, 2, 3]) {
      const s3 = await worldAt({ endpoint: emulator.endpoint }).clients.of(s3Client);
      const upload = s3.uploadPart.bind(s3) as (input: { PartNumber?: number }) => Promise<unknown>;
      const failing = Object.create(s3, {
        uploadPart: {
          value: async (input: { PartNumber?: number }) => {
            if (input.PartNumber === bad) throw awsError("InternalError", "InternalError", 500);
            return upload(input);
          },
        },
      }) as typeof s3;
      await expect(
        sendParts(failing, { ...file, sha256: compared.sha256, target: { Bucket: bucket, Key: file.key } }),
      ).rejects.toThrow("InternalError");
      expect((await s3.listMultipartUploads({ Bucket: bucket })).Uploads ?? []).toEqual([]);
    }
    expect((await compare({ ctx, bucket }, file)).same).toBeUndefined();
  });

  test("content that somebody else put there is known by its MD5", async () => {
    const file = selected("other", "fhir/other.json", "{}");
    await (await ctx.clients.of(s3Client)).putObject({ Bucket: bucket, Key: file.key, Body: "{}" });
    expect((await compare({ ctx, bucket }, file)).same).toMatchObject({ etag: (await digest(file.path)).md5 });
  });

  test("an empty file is a file", async () => {
    const file = selected("empty", "fhir/empty.json", "");
    await send({ ctx, bucket }, await compare({ ctx, bucket }, file));
    expect((await compare({ ctx, bucket }, file)).same?.size).toBe(0);
  });

  test("a bucket that is not there: one clear problem, and nothing else", async () => {
    const file = selected("y", "fhir/y.json", "{}");
    await expect(send({ ctx, bucket: "no-such-bucket-here" }, { file, sha256: "" })).rejects.toMatchObject({
      code: "no_bucket",
    });
  });

  test("the whole command, with what the ledger knows", async () => {
    const dynamo = await ctx.clients.of(dynamodbClient);
    const target = { bucket, prefix: "fhir/", ledger, run: { workflow: "w", jobs: {} }, function: "f" };
    const path = join(folder, "whole.json");
    writeFileSync(path, '{"resourceType":"Bundle"}');
    const first = (await collect(ingest(bound(ctx, target), { paths: [path] }))).at(-1) as IngestFinished;
    expect(first).toMatchObject({
      ok: true,
      files: [{ key: "fhir/whole.json", status: "sent", version_id: expect.any(String) }],
    });
    const { md5, size } = await digest(path);
    const latest = `${bucket}/fhir/whole.json#1714557600999-${"0".repeat(24)}`;
    await dynamo.putItem({
      TableName: ledger.table,
      Item: {
        file_id: { S: `KEY#${bucket}/fhir/whole.json` },
        latest_file_id: { S: latest },
        etag: { S: md5 },
        size: { N: String(size) },
      },
    });
    await dynamo.putItem({
      TableName: ledger.table,
      Item: item(999, { file_id: { S: latest }, key: { S: "fhir/whole.json" } }),
    });
    const second = (await collect(ingest(bound(ctx, target), { paths: [path] }))).at(-1) as IngestFinished;
    expect(second).toMatchObject({ ok: true, files: [{ status: "unchanged" }] });
  });
});

test("measures of an empty Gold: no rows, every table named as missing; no bucket: a problem", async () => {
  expect(await readMeasures(ctx, { bucket })).toEqual({
    rows: [],
    all: [],
    written: {},
    missing: ["readmission", "mortality", "hai", "length_of_stay"],
  });
  await expect(readMeasures(ctx, { bucket: "no-such-bucket-here" })).rejects.toMatchObject({ code: "no_bucket" });
});
