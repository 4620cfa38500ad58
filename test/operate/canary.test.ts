import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { beforeEach, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { canary } from "../../src/operate/doctor/canary.ts";
import { fileIdOf, headId } from "../../src/operate/ledger/file-id.ts";
import { fileItem, headItem } from "../harness/ledger.ts";
import { awsError, collect, stubContext, VirtualClock, bound } from "./support.ts";

type Row = Record<string, AttributeValue>;

/** A pipeline on a virtual clock: what has happened follows from what time it is. */
let clock: VirtualClock;
let rows: Map<string, Row>;
let objects: Map<string, number>;
let ctx: AwsContext;
/** Seconds after the put. Infinity: never. */
let when: { row: number; claim: number; done: number; over: number };
let verdict: "SUCCEEDED" | "FAILED";
let putAt: number;

const target = {
  bucket: "raw",
  prefix: "fhir/",
  ledger: { table: "ledger", hashKey: "file_id" },
  run: { workflow: "w", jobs: { bronze: "bronze" } },
};

const passed = (): number => (clock.now() - putAt) / 1000;

function advance(): void {
  const [key] = objects.keys();
  if (key === undefined || passed() < when.row) return;
  const upload = { bucket: "raw", key, ms: putAt, sequencer: "A" };
  const id = fileIdOf("raw", key, upload);
  const row: Row = rows.get(id) ?? fileItem(upload);
  if (passed() >= when.claim) Object.assign(row, { status: { S: "claimed" }, run_id: { S: "wr_1" } });
  if (passed() >= when.done) Object.assign(row, { status: { S: "processed" }, records_in: { N: "1" } });
  rows.set(id, row);
  rows.set(headId("raw", key), headItem({ ...upload, etag: "e" }));
}

beforeEach(() => {
  clock = new VirtualClock();
  rows = new Map();
  objects = new Map();
  when = { row: 2, claim: 4, done: 30, over: 60 };
  verdict = "SUCCEEDED";
  ctx = stubContext(
    {
      s3: {
        listObjectVersions: () => ({}),
        putObject: ({ Key }: { Key: string }) => {
          putAt = clock.now();
          objects.set(Key, putAt);
          return { VersionId: "v1" };
        },
        deleteObject: ({ Key, VersionId }: { Key: string; VersionId: string }) => {
          expect(VersionId).toBe("v1");
          objects.delete(Key);
        },
      },
      dynamodb: {
        batchGetItem: (input: { RequestItems: Record<string, { Keys: Record<string, { S: string }>[] }> }) => {
          advance();
          const [[table, { Keys }] = ["", { Keys: [] }]] = Object.entries(input.RequestItems);
          const found = Keys.map((key) => rows.get(key["file_id"]?.S ?? "")).filter((row) => row !== undefined);
          return { Responses: { [table]: found } };
        },
        deleteItem: (input: { Key: { file_id: { S: string } }; ConditionExpression?: string }) => {
          const row = rows.get(input.Key.file_id.S);
          if (input.ConditionExpression && row?.["status"]?.S === "claimed")
            throw awsError("ConditionalCheckFailedException");
          rows.delete(input.Key.file_id.S);
        },
      },
      glue: {
        getWorkflowRun: () => {
          const over = passed() >= when.over;
          const job = { Id: "jr_1", JobRunState: over ? verdict : "RUNNING" };
          return {
            Run: {
              WorkflowRunId: "wr_1",
              Status: over ? "COMPLETED" : "RUNNING",
              Graph: { Nodes: [{ Type: "JOB", Name: "bronze", JobDetails: { JobRuns: [job] } }] },
            },
          };
        },
      },
    },
    clock,
  );
});

describe("canary", () => {
  test("each hop is timed, and nothing is left", async () => {
    const hops = await collect(canary(bound(ctx, target)));
    expect(hops.map((hop) => `${hop.hop} ${hop.ok}`)).toEqual([
      "put true",
      "ledger true",
      "claimed true",
      "processed true",
      "run true",
      "cleanup true",
    ]);
    const seconds = Object.fromEntries(hops.map((hop) => [hop.hop, hop.seconds]));
    expect(seconds["ledger"]).toBeGreaterThanOrEqual(2);
    expect(seconds["ledger"]).toBeLessThan(4);
    expect(seconds["processed"]).toBeGreaterThan(20);
    expect(hops[0]?.text).toMatch(/^s3:\/\/raw\/fhir\/metriccare-canary-\d{8}T\d{9}Z\.ndjson$/);
    expect([...objects.keys(), ...rows.keys()]).toEqual([]);
    expect(ctx.calls.total).toBeLessThan(80);
  });

  test("an event that never comes: said after three minutes, and the object is gone again", async () => {
    when.row = Number.POSITIVE_INFINITY;
    const hops = await collect(canary(bound(ctx, target)));
    expect(hops.map((hop) => `${hop.hop} ${hop.ok}`)).toEqual(["put true", "ledger false", "cleanup true"]);
    expect(hops[1]?.fix).toMatch(/doctor/);
    expect(objects.size).toBe(0);
  });

  test("a run that fails before it reads the file is not waited for until the end of time", async () => {
    when.done = Number.POSITIVE_INFINITY;
    verdict = "FAILED";
    const hops = await collect(canary(bound(ctx, target)));
    expect(hops.map((hop) => `${hop.hop} ${hop.ok}`)).toEqual([
      "put true",
      "ledger true",
      "claimed true",
      "processed false",
      // The run's end has not been handled yet: its claim is not pulled away from under anybody.
      "cleanup false",
    ]);
    expect(passed()).toBeLessThan(150);
    expect(objects.size).toBe(1);
  });

  test("Gold fails after the file was read", async () => {
    verdict = "FAILED";
    const hops = await collect(canary(bound(ctx, target)));
    expect(hops.find((hop) => hop.hop === "run")).toMatchObject({ ok: false, text: "wr_1 failed" });
    expect(objects.size).toBe(0);
  });

  test("interrupted: what was sent is taken away", async () => {
    const stop = new AbortController();
    const hops: string[] = [];
    await expect(
      (async () => {
        for await (const hop of canary(bound(ctx, target), { signal: stop.signal })) {
          hops.push(hop.hop);
          if (hop.hop === "ledger") stop.abort(new Error("interrupted"));
        }
      })(),
    ).rejects.toThrow("interrupted");
    expect(hops).toEqual(["put", "ledger", "cleanup"]);
    expect([...objects.keys(), ...rows.keys()]).toEqual([]);
  });
});
