import { randomBytes } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { adviceFor, errorCode } from "../../src/operate/file-advice.ts";
import { reprocessFiles } from "../../src/operate/care/put-back.ts";
import type { FileStatus, LedgerTarget } from "../../src/operate/ledger/item.ts";
import { skip } from "../../src/operate/care/skip.ts";
import { listFiles, showFile } from "../../src/operate/ledger/read.ts";
import { type Emulator, startEmulator } from "../harness/moto.ts";
import { createLedger, fileItem } from "../harness/ledger.ts";
import { fileIdOf } from "../../src/operate/ledger/file-id.ts";
import { worldAt } from "../harness/world.ts";
import { collect, bound } from "./support.ts";
import { ledgerStats } from "../../src/operate/ledger/stats.ts";
import { ledgerOf } from "../../src/operate/ledger/ledger.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";

const run = { workflow: "w", jobs: {} };
let emulator: Emulator;
let ctx: AwsContext;
let ledger: LedgerTarget;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

beforeEach(async () => {
  ctx = worldAt({ endpoint: emulator.endpoint });
  ledger = { table: `ledger-${randomBytes(4).toString("hex")}`, hashKey: "file_id", ttlAttribute: "expires" };
  await createLedger(await ctx.clients.of(dynamodbClient), ledger.table);
});

async function put(n: number, status: FileStatus, more: Record<string, AttributeValue> = {}): Promise<string> {
  const upload = {
    bucket: "raw",
    key: "fhir/a.json",
    ms: 1_764_000_000_000 + n,
    sequencer: String(n).padStart(24, "0"),
  };
  const file = { ...upload, versionId: `v${n}`, status, attempt: 3, receivedAt: `2025-11-2${n}T10:00:00.000Z` };
  const dynamo = await ctx.clients.of(dynamodbClient);
  await dynamo.putItem({ TableName: ledger.table, Item: { ...fileItem(file), ...more } });
  return fileIdOf(upload.bucket, upload.key, upload);
}

const rowOf = async (id: string) => (await showFile(ledgerOf(ctx, ledger), { file: id, bucket: "raw" }))[0];

describe("ledger skip", () => {
  test.each(["received", "failed"] as const)("sets a %s file aside, and retry takes it back", async (status) => {
    const id = await put(1, status, {
      error: { S: "archived: S3 keeps it in GLACIER" },
      lost: { N: "2" },
      expires: { N: "99999999999" },
    });
    expect(await collect(skip(ledgerOf(ctx, ledger), [id], { why: "a scan", dryRun: true }))).toMatchObject([
      { type: "would-change", from: status, to: "skipped" },
      { type: "finished", changed: 1, left: 0 },
    ]);
    expect((await rowOf(id))?.status).toBe(status);
    await collect(skip(ledgerOf(ctx, ledger), [id], { why: "a scan" }));
    expect(await rowOf(id)).toMatchObject({
      status: "skipped",
      skipped_why: "a scan",
      skipped_by: expect.stringContaining("@"),
      skipped_at: expect.stringMatching(/Z$/),
    });
    expect(await collect(listFiles(ledgerOf(ctx, ledger), { status: "skipped" }))).toMatchObject([
      { key: "fhir/a.json" },
    ]);
    // No index has it as waiting, and it never expires: it would come back as an upload that nobody was told of.
    expect(await collect(listFiles(ledgerOf(ctx, ledger), { status: "received" }))).toEqual([]);
    const item = await (
      await ctx.clients.of(dynamodbClient)
    ).getItem({ TableName: ledger.table, Key: { file_id: { S: id } }, ConsistentRead: true });
    expect(Object.keys(item.Item ?? {})).not.toContain("expires");
    expect(Object.keys(item.Item ?? {})).not.toContain("pending");
    const back = reprocessFiles(bound(ctx, { ledger, run }), [id], ["failed", "skipped"], { start: false });
    expect(await collect(back)).toMatchObject([{ type: "changed", from: "skipped", to: "received" }, { changed: 1 }]);
    expect(await rowOf(id)).toMatchObject({ status: "received", skipped_by: null, error: null, readers_lost: 0 });
  });

  test("refuses what is being read, and what is in the tables", async () => {
    const claimed = await put(1, "claimed", { run_id: { S: "wr_1" } });
    await expect(collect(skip(ledgerOf(ctx, ledger), [claimed]))).rejects.toMatchObject({
      code: "file_claimed",
      message: expect.stringContaining("is being read by wr_1"),
    });
    const processed = await put(2, "processed");
    await expect(collect(skip(ledgerOf(ctx, ledger), [processed]))).rejects.toMatchObject({ code: "file_processed" });
    expect([(await rowOf(claimed))?.status, (await rowOf(processed))?.status]).toEqual(["claimed", "processed"]);
  });

  test("leaves older content that is in the tables alone, and is content with what is skipped already", async () => {
    const [old, bad] = [await put(1, "processed"), await put(2, "failed")];
    expect(await collect(skip(ledgerOf(ctx, ledger), [old, bad]))).toContainEqual({
      type: "finished",
      changed: 1,
      left: 1,
      runId: null,
    });
    expect((await rowOf(bad))?.skipped_why).toBe("no reason given");
    expect(await collect(skip(ledgerOf(ctx, ledger), [bad]))).toMatchObject([
      { type: "left" },
      { changed: 0, left: 1 },
    ]);
  });

  test("counts it, in columns that are spelt as the rows' are", async () => {
    await put(1, "skipped");
    const stats = (await collect(ledgerStats(ledgerOf(ctx, ledger)))).at(-1);
    expect(stats).toMatchObject({ by_status: { skipped: 1 }, records_in: 0, oldest_pending: null });
    expect(Object.keys(stats ?? {}).filter((name) => /[A-Z]/.test(name))).toEqual([]);
  });
});

describe("what helps a file that failed", () => {
  const advice = (error: string): string =>
    adviceFor(ctx, { bucket: "raw", key: "fhir/it's a.json", version_id: "v1", error });

  test.each([
    ["archived: S3 keeps it in GLACIER", /restore-object .*--version-id v1 .*ledger retry .*ledger skip/],
    ["key_denied: the KMS key", /kms:Decrypt/],
    ["customer_key: it is encrypted", /upload it again/],
    ["too_large: line 2 is larger than 60 MB (reading.maxLineMegabytes)", /split it, or raise the limit/],
    ["reader_lost: the process", /workerType/],
    ["nothing readable: object_gone", /send it again if it is still wanted/],
    ["gzip_truncated: the gzip", /upload it again, whole/],
  ])("%s", (error, expected) => {
    expect(advice(error)).toMatch(expected);
  });

  test.each(["not_text: its content is a PDF", "nothing readable: not_json", "nothing readable: no_id"])(
    "%s: reading the same bytes again is not advised",
    (error) => {
      expect(advice(error)).not.toContain("ledger retry");
      expect(advice(error)).toContain("ledger skip");
      expect(advice(error)).toContain(`'fhir/it'\\''s a.json'`);
    },
  );

  test("the word is the same with and without the old beginning", () => {
    expect(errorCode("nothing readable: object_gone")).toBe("object_gone");
    expect(errorCode("archived: S3 has it in an archive")).toBe("archived");
    expect(errorCode(null)).toBeUndefined();
  });
});
