import { createHash, randomBytes } from "node:crypto";
import { array, assert as check, asyncProperty, boolean, constantFrom, record } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { audit, type AuditFinished } from "../../src/operate/audit/index.ts";
import type { AuditFinding } from "../../src/operate/audit/events.ts";
import { backfill } from "../../src/operate/care/backfill.ts";
import { listFiles } from "../../src/operate/ledger/read.ts";
import { type Emulator, startMoto } from "../harness/moto.ts";
import { createLedger } from "../harness/ledger.ts";
import { worldAt } from "../harness/world.ts";
import { LocalFunction } from "./function/index.ts";
import { collect, bound } from "./support.ts";
import { ledgerOf } from "../../src/operate/ledger/ledger.ts";
import type { LedgerTarget } from "../../src/operate/ledger/item.ts";
import type { Pipeline } from "../../src/operate/runs/pipeline.ts";
import { sqsClient } from "../../src/services/sqs/client.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";
import { standIn } from "../harness/clients.ts";
import { queueUrl } from "../../src/services/sqs/arn.ts";

/** S3 and DynamoDB are moto's, the function is the project's own: only the delivery of events is this test's. */
let emulator: Emulator;
let lambda: LocalFunction;
let ctx: AwsContext;
let running = false;

beforeAll(async () => {
  emulator = await startMoto();
  lambda = new LocalFunction(emulator.endpoint);
  ctx = worldAt({ endpoint: emulator.endpoint });
  const glue = {
    startWorkflowRun: async () => ({ RunId: "wr_1" }),
    getWorkflow: async () => ({
      Workflow: { LastRun: { WorkflowRunId: "wr_1", Status: running ? "RUNNING" : "COMPLETED" } },
    }),
    getWorkflowRun: async () => ({ Run: { Status: running ? "RUNNING" : "COMPLETED" } }),
  };
  const invoke = async ({ FunctionName, Payload }: { FunctionName: string; Payload: Uint8Array }) => ({
    Payload: Buffer.from(JSON.stringify(await deliver(FunctionName, JSON.parse(Buffer.from(Payload).toString())))),
  });
  const s3 = await ctx.clients.of(s3Client);
  const list = s3.listObjectVersions.bind(s3);
  // S3 tells whole seconds where moto tells more: all uploads of a test then have the same time.
  const seconds = async (input: Parameters<typeof list>[0]) => {
    const page = await list(input);
    for (const one of page.Versions ?? [])
      one.LastModified = new Date(Math.floor((one.LastModified?.getTime() ?? 0) / 1000) * 1000);
    return page;
  };
  const coarse = Object.assign(Object.create(s3) as typeof s3, { listObjectVersions: seconds });
  standIn(ctx.clients, { s3: coarse, glue, lambda: { invoke } });
});
afterAll(async () => {
  lambda?.stop();
  await emulator?.stop();
});

/** The function's name is the ledger's here. */
const deliver = (table: string, event: unknown): Promise<Record<string, unknown>> =>
  lambda.handle(event, { GLUE_WORKFLOW_NAME: "w", LEDGER_TABLE: table });

const run = { workflow: "w", jobs: {} };

async function ledger(): Promise<string> {
  const table = `ledger-${randomBytes(5).toString("hex")}`;
  await createLedger(await ctx.clients.of(dynamodbClient), table);
  return table;
}

type Target = Omit<Pipeline, "ctx" | "ledger"> & { readonly ledger: LedgerTarget };

interface Place {
  readonly target: Target;
  /** A ledger that is told everything once and in order. */
  readonly clean: string;
}

async function place(versioned: boolean): Promise<Place> {
  const bucket = `raw-${randomBytes(5).toString("hex")}`;
  const s3 = await ctx.clients.of(s3Client);
  await s3.createBucket({ Bucket: bucket });
  if (versioned) await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
  const table = await ledger();
  const target = {
    bucket,
    prefix: "fhir/",
    ledger: { table, hashKey: "file_id" },
    function: table,
    bronze: bucket,
    run,
  };
  return { target, clean: await ledger() };
}

let sequence = 0;

/** Puts an object and answers the event that S3 would send. */
async function upload(bucket: string, key: string, content: string): Promise<unknown> {
  const s3 = await ctx.clients.of(s3Client);
  const put = await s3.putObject({ Bucket: bucket, Key: key, Body: content });
  return {
    eventName: "ObjectCreated:Put",
    eventTime: new Date().toISOString(),
    s3: {
      bucket: { name: bucket },
      object: {
        key: encodeURIComponent(key),
        size: content.length,
        eTag: createHash("md5").update(content).digest("hex"),
        sequencer: (0x600000000000 + ++sequence).toString(16).toUpperCase(),
        ...(put.VersionId ? { versionId: put.VersionId } : {}),
      },
    },
  };
}

/** Contents of each key's generations, in their order. */
async function contents(table: string): Promise<Record<string, (string | null)[]>> {
  const rows = await collect(listFiles(ledgerOf(ctx, { table, hashKey: "file_id" })));
  const byKey: Record<string, (string | null)[]> = {};
  for (const row of rows.toSorted((a, b) => (a.file_id < b.file_id ? -1 : 1))) (byKey[row.key] ??= []).push(row.etag);
  return byKey;
}

async function items(table: string): Promise<unknown[]> {
  const found = await (await ctx.clients.of(dynamodbClient)).scan({ TableName: table });
  return (found.Items ?? []).toSorted((a, b) => ((a["file_id"]?.S ?? "") < (b["file_id"]?.S ?? "") ? -1 : 1));
}

async function look(target: Target, repair = false): Promise<{ findings: AuditFinding[]; end: AuditFinished }> {
  const events = await collect(audit(bound(ctx, target), { repair }));
  return {
    findings: events.filter((event) => event.type === "finding"),
    end: events.find((event) => event.type === "finished") as AuditFinished,
  };
}

type Fate = "told" | "twice" | "late" | "lost";
const step = record({
  key: constantFrom("fhir/Patient a+b.ndjson", "fhir/Encounter.ndjson"),
  content: constantFrom("one\n", "two\n\n", "three\n\n\n"),
  fate: constantFrom<Fate[]>("told", "twice", "late", "lost"),
});

describe("repair against a model", () => {
  test("in a versioned bucket: whatever becomes of events, repair ends as if each had come once and in order; twice changes nothing", async () => {
    await check(
      asyncProperty(array(step, { minLength: 1, maxLength: 8 }), boolean(), async (steps, early) => {
        const { target, clean } = await place(true);
        const late: unknown[] = [];
        for (const { key, content, fate } of steps) {
          const event = await upload(target.bucket, key, content);
          await deliver(clean, { Records: [event] });
          if (fate === "told" || fate === "twice") await deliver(target.ledger.table, { Records: [event] });
          if (fate === "twice") await deliver(target.ledger.table, { Records: [event] });
          if (fate === "late") late.unshift(event);
        }
        // Events that come after the repair must not make anything twice either.
        const arrive = async (): Promise<void> => {
          for (const event of late) await deliver(target.ledger.table, { Records: [event] });
        };
        if (early) await arrive();
        const first = await look(target, true);
        expect(first.end.ok).toBe(true);
        expect(await contents(target.ledger.table)).toEqual(await contents(clean));
        const before = await items(target.ledger.table);
        const second = await look(target, true);
        expect(second.findings).toEqual([]);
        expect(await items(target.ledger.table)).toEqual(before);
        if (!early) {
          await arrive();
          expect(await contents(target.ledger.table)).toEqual(await contents(clean));
        }
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 12) },
    );
  }, 240_000);

  test("without versions: the content that S3 has now becomes the latest generation", async () => {
    await check(
      asyncProperty(array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const { target } = await place(false);
        const last: Record<string, string> = {};
        for (const { key, content, fate } of steps) {
          const event = await upload(target.bucket, key, content);
          last[key] = createHash("md5").update(content).digest("hex");
          if (fate !== "lost") await deliver(target.ledger.table, { Records: [event] });
        }
        await look(target, true);
        for (const [key, all] of Object.entries(await contents(target.ledger.table)))
          expect(all.at(-1)).toBe(last[key]);
        expect((await look(target)).findings).toEqual([]);
      }),
      { numRuns: Number(process.env["FC_RUNS"] ?? 6) },
    );
  }, 240_000);
});

describe("audit", () => {
  test("a row that was deleted is written again as the function would have written it", async () => {
    const { target } = await place(true);
    const event = await upload(target.bucket, "fhir/Patient.1.ndjson", "x");
    await deliver(target.ledger.table, { Records: [event] });
    const [row] = await collect(listFiles(ledgerOf(ctx, target.ledger)));
    const before = await items(target.ledger.table);
    const dynamo = await ctx.clients.of(dynamodbClient);
    await dynamo.deleteItem({ TableName: target.ledger.table, Key: { file_id: { S: row?.file_id ?? "" } } });
    const { findings, end } = await look(target);
    expect(findings).toMatchObject([{ code: "lost_row", file_id: row?.file_id, repair: "restore" }]);
    expect(end.ok).toBe(false);
    expect((await look(target, true)).end).toMatchObject({ ok: true, repaired: 1 });
    const apart = (all: unknown[]): unknown[] => all.map((item) => ({ ...(item as object), received_at: "" }));
    expect(apart(await items(target.ledger.table))).toEqual(apart(before));
    // Where TTL may have taken it, it is no loss.
    await dynamo.deleteItem({ TableName: target.ledger.table, Key: { file_id: { S: row?.file_id ?? "" } } });
    const withTtl = { ...target, ledger: { ...target.ledger, ttlAttribute: "expires" } };
    expect((await look({ ...withTtl, ttlDays: 0 })).findings).toEqual([]);
    expect((await look({ ...withTtl, ttlDays: 30 })).findings).toMatchObject([{ code: "lost_row" }]);
  });

  test("files that wait are an error when no run is on, and patience is had with one that is", async () => {
    const { target } = await place(true);
    const event = await upload(target.bucket, "fhir/a.ndjson", "x");
    await deliver(target.ledger.table, { Records: [event] });
    const aged = worldAt({ endpoint: emulator.endpoint });
    Object.assign(aged.clients, ctx.clients);
    Object.assign(aged, { clock: { now: () => Date.now() + 5 * 60_000, sleep: async () => undefined } });
    running = true;
    const see = async (): Promise<AuditFinding[]> =>
      (await collect(audit(bound(aged, target)))).filter((event) => event.type === "finding");
    expect(await see()).toEqual([]);
    running = false;
    expect(await see()).toMatchObject([{ code: "waiting", text: expect.stringContaining("no run is on") }]);
    const s3 = await ctx.clients.of(s3Client);
    const { Versions } = await s3.listObjectVersions({ Bucket: target.bucket });
    await s3.deleteObject({ Bucket: target.bucket, Key: "fhir/a.ndjson", VersionId: Versions?.[0]?.VersionId });
    expect(await see()).toMatchObject([{ code: "object_gone", level: "warning" }]);
  });

  test("a deleted object is not brought back; more keys than a page holds are all looked at", async () => {
    const { target } = await place(true);
    const s3 = await ctx.clients.of(s3Client);
    await upload(target.bucket, "fhir/gone.ndjson", "x");
    await s3.deleteObject({ Bucket: target.bucket, Key: "fhir/gone.ndjson" });
    for (let n = 0; n < 7; n++) await upload(target.bucket, `fhir/${n}.ndjson`, "x");
    for (let n = 0; n < 3; n++) await upload(target.bucket, "fhir/3.ndjson", `y${n}`);
    const list = s3.listObjectVersions.bind(s3);
    const paged = (input: object): unknown => list({ ...(input as Parameters<typeof list>[0]), MaxKeys: 2 });
    const small = worldAt({ endpoint: emulator.endpoint });
    Object.assign(small.clients, ctx.clients);
    standIn(small.clients, { s3: Object.assign(Object.create(s3), { listObjectVersions: paged }) });
    const dry = await collect(backfill(bound(small, target), { dryRun: true }));
    expect(dry.at(-1)).toMatchObject({ looked: 7, gaps: 10, sent: 0 });
    expect(await collect(listFiles(ledgerOf(ctx, target.ledger)))).toEqual([]);
    expect((await collect(backfill(bound(small, target)))).at(-1)).toMatchObject({ looked: 7, gaps: 10, sent: 10 });
    expect((await collect(backfill(bound(small, target)))).at(-1)).toMatchObject({ looked: 7, gaps: 0 });
    expect(Object.keys(await contents(target.ledger.table))).not.toContain("fhir/gone.ndjson");
  });

  test("what waits in the queue is work under way, and not lost", async () => {
    const { target } = await place(true);
    await upload(target.bucket, "fhir/a.ndjson", "x");
    const sqs = await ctx.clients.of(sqsClient);
    await sqs.createQueue({ QueueName: "undelivered" });
    const see = async (): Promise<(string | boolean)[]> =>
      (await collect(audit(bound(ctx, { ...target, queue: "undelivered" })))).flatMap((event): (string | boolean)[] =>
        event.type === "finding" ? [`${event.level} ${event.code}`] : event.type === "finished" ? [event.ok] : [],
      );
    expect(await see()).toEqual(["error lost_event", false]);
    await sqs.sendMessage({ QueueUrl: queueUrl(ctx, "undelivered"), MessageBody: "{}" });
    expect(await see()).toEqual(["warning lost_event", "warning in_queue", true]);
    expect((await collect(audit(bound(ctx, { ...target, queue: "nowhere" })))).at(-1)).toMatchObject({ ok: false });
  });
});
