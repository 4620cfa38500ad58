import { randomBytes } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { whereIs } from "../../src/operate/where.ts";
import { type Emulator, startMoto } from "../harness/moto.ts";
import { worldAt } from "../harness/world.ts";
import { awsError, bound } from "./support.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";
import { standIn } from "../harness/clients.ts";

const bucket = `where-${randomBytes(4).toString("hex")}`;
const target = {
  bucket,
  prefix: "fhir/",
  bronze: bucket,
  ledger: { table: `ledger-${bucket}`, hashKey: "file_id" },
  run: { workflow: "w", jobs: { bronze: "bronze" } },
};
let emulator: Emulator;
let ctx: AwsContext;

beforeAll(async () => {
  emulator = await startMoto();
  ctx = worldAt({ endpoint: emulator.endpoint });
  const glue = {
    getWorkflowRun: async ({ RunId }: { RunId: string }) => {
      if (RunId === "wr_old") throw awsError("EntityNotFoundException");
      const on = RunId === "wr_on";
      const job = { Id: "jr_1", JobRunState: on ? "RUNNING" : "FAILED" };
      const Graph = { Nodes: [{ Type: "JOB", Name: "bronze", JobDetails: { JobRuns: [job] } }] };
      return { Run: { WorkflowRunId: RunId, Status: on ? "RUNNING" : "COMPLETED", Graph } };
    },
  };
  standIn(ctx.clients, { glue });
  await (await ctx.clients.of(s3Client)).createBucket({ Bucket: bucket });
  await (
    await ctx.clients.of(dynamodbClient)
  ).createTable({
    TableName: target.ledger.table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "file_id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "file_id", KeyType: "HASH" }],
  });
});
afterAll(() => emulator?.stop());

/** A file in S3 (or not), and its one generation in the ledger (or none). */
async function file(name: string, fields: Record<string, AttributeValue> | undefined, there = true): Promise<void> {
  const key = `fhir/${name}`;
  let etag = "gone";
  if (there) {
    const put = await (await ctx.clients.of(s3Client)).putObject({ Bucket: bucket, Key: key, Body: "x" });
    etag = (put.ETag ?? "").replaceAll('"', "");
  }
  if (!fields) return;
  const id = `${bucket}/${key}#1714557600000-${"0".repeat(24)}`;
  const dynamo = await ctx.clients.of(dynamodbClient);
  const base = { bucket: { S: bucket }, key: { S: key }, etag: { S: etag }, attempt: { N: "1" } };
  const generation = { S: id.slice(id.indexOf("#") + 1) };
  await dynamo.putItem({
    TableName: target.ledger.table,
    Item: { file_id: { S: id }, generation, ...base, ...fields },
  });
  await dynamo.putItem({
    TableName: target.ledger.table,
    Item: {
      file_id: { S: `KEY#${bucket}/${key}` },
      latest_file_id: { S: id },
      etag: fields["etag"] ?? { S: etag },
      size: { N: "1" },
    },
  });
}

const status = (word: string, more: Record<string, AttributeValue> = {}): Record<string, AttributeValue> => ({
  status: { S: word },
  ...more,
});

describe("where", () => {
  test.each([
    ["lost.json", undefined, true, /S3 has it, and the ledger has not/, /ledger backfill/],
    ["new.json", status("processed", { etag: { S: "other" } }), true, /newer content/, /ledger backfill/],
    ["wait.json", status("received"), true, /Waits for a run .* after 1 attempt\./, /run-workflow/],
    ["read.json", status("claimed", { run_id: { S: "wr_on" } }), true, /Being read by wr_on/, null],
    ["orphan.json", status("claimed", { run_id: { S: "wr_1" } }), true, /which is over \(failed\)/, /ledger release/],
    [
      "bad.json",
      status("failed", { error: { S: "nothing readable" } }),
      true,
      /Failed .*nothing readable/,
      /ledger retry fhir\/bad\.json/,
    ],
    [
      "good.json",
      status("processed", { run_id: { S: "wr_old" }, records_in: { N: "3" } }),
      true,
      /3 records read, 0 quarantined; Bronze holds no rows/,
      null,
    ],
    [
      "dirty.json",
      status("processed", { records_quarantined: { N: "2" } }),
      true,
      /2 quarantined/,
      /quarantine list --file fhir\/dirty\.json/,
    ],
    [
      "set aside.json",
      status("skipped", { skipped_why: { S: "no FHIR" } }),
      true,
      /Set aside/,
      /ledger retry 'fhir\/set aside\.json' --env/,
    ],
    ["deleted.json", status("processed"), false, /Processed/, null],
  ] as const)("%s", async (name, fields, there, said, next) => {
    await file(name, fields, there);
    const where = await whereIs(bound(ctx, target), name);
    expect(where.said).toMatch(said);
    if (next === null) expect(where.next).toBeNull();
    else expect(where.next).toMatch(next);
    expect(where.object === null).toBe(!there);
    // The same answer under every name that a person may have of it.
    const names = [`fhir/${name}`, `s3://${bucket}/fhir/${name}`, ...where.generations.map((one) => one.file_id)];
    for (const other of names) expect(await whereIs(bound(ctx, target), other)).toEqual(where);
  });

  test("nobody knows it", async () => {
    await expect(whereIs(bound(ctx, target), "no.json")).rejects.toMatchObject({ code: "not_found" });
  });
});
