import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AttributeValue, WriteRequest } from "@aws-sdk/client-dynamodb";
import { systemClock } from "../src/clock/index.ts";
import { fileItem, headItem } from "../test/harness/ledger.ts";
import { processedFile, type Template } from "./files.ts";
import type { Place } from "./place.ts";

export interface Past {
  readonly files: number;
  readonly commits: number;
  readonly template: Template;
  /** When the first of them came; one a millisecond. */
  readonly firstMs: number;
}

const DATASETS = ["patient", "encounter", "condition"] as const;

/** Bronze and Silver as they are after so many files: three jobs of the embedded Glue, side by side. */
export async function fillTables(place: Place, repository: string, past: Past): Promise<void> {
  const { outputs, glue, s3 } = place;
  const scripts = outputs.buckets.scripts.name;
  const script = readFileSync(join(repository, "bench", "lake_fill.py"));
  await s3.putObject({ Bucket: scripts, Key: "glue-scripts/jobs/bench_lake_fill.py", Body: script });
  const model = (await glue.getJob({ JobName: outputs.jobs["bronze_patient"]?.name })).Job;
  const name = `bench_fill_${place.env}`;
  await glue.createJob({
    Name: name,
    Role: await roleOf(place, name),
    Command: {
      Name: "glueetl",
      ScriptLocation: `s3://${scripts}/glue-scripts/jobs/bench_lake_fill.py`,
      PythonVersion: "3",
    },
    GlueVersion: "5.0",
    WorkerType: "G.1X",
    NumberOfWorkers: 2,
    Timeout: 120,
    ExecutionProperty: { MaxConcurrentRuns: 3 },
    DefaultArguments: model?.DefaultArguments,
  });
  const runs = [];
  for (const dataset of DATASETS)
    runs.push(await glue.startJobRun({ JobName: name, Arguments: fillArguments(place, past, dataset) }));
  for (const { JobRunId } of runs) await ended(place, name, JobRunId ?? "");
}

/** No job of the lakehouse may write Bronze and Silver; the one that fills both gets a role of its own. */
async function roleOf({ iam }: Place, name: string): Promise<string> {
  const document = (statement: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const made = await iam.createRole({
    RoleName: name,
    AssumeRolePolicyDocument: document({ Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" }),
  });
  const policy = document({ Action: ["s3:*", "glue:*", "logs:*"], Resource: "*" });
  await iam.putRolePolicy({ RoleName: name, PolicyName: "lake", PolicyDocument: policy });
  return made.Role?.Arn ?? "";
}

function fillArguments({ outputs }: Place, past: Past, dataset: string): Record<string, string> {
  return {
    "--dataset": dataset,
    "--files": String(past.files),
    "--commits": String(past.commits),
    "--template": past.template.text,
    "--ids": String(past.template.ids),
    "--first_ms": String(past.firstMs),
    "--bucket": outputs.buckets.raw.name,
    "--bronze_path": `s3://${outputs.buckets.bronze.name}/`,
    "--bronze_database": outputs.databases.bronze.name,
    "--silver_path": `s3://${outputs.buckets.silver.name}/`,
    "--silver_database": outputs.databases.silver.name,
  };
}

async function ended(place: Place, name: string, run: string): Promise<void> {
  for (;;) {
    const job = (await place.glue.getJobRun({ JobName: name, RunId: run })).JobRun;
    if (job?.JobRunState === "SUCCEEDED") return;
    if (["FAILED", "STOPPED", "TIMEOUT", "ERROR"].includes(job?.JobRunState ?? ""))
      throw new Error(`filling the tables ended ${job?.JobRunState}: ${job?.ErrorMessage}`);
    await systemClock.sleep(1000);
  }
}

/** Two items a file, as the function and the Bronze jobs leave them. */
function itemsOf(bucket: string, number: number, firstMs: number): Record<string, AttributeValue>[] {
  const { key, generation } = processedFile(bucket, number, firstMs);
  const [, sequencer = ""] = generation.split("-");
  const at = new Date(firstMs + number).toISOString();
  const etag = number.toString(16).padStart(32, "0");
  const upload = { bucket, key, ms: firstMs + number, sequencer, etag, size: 9000, versionId: etag };
  const file = fileItem({
    ...upload,
    dataset: "mixed",
    status: "processed",
    attempt: 1,
    runId: `wr_${Math.floor(number / 1e3)}`,
    recordsIn: 4,
    recordsQuarantined: 0,
    rowsPatient: 1,
    rowsEncounter: 2,
    rowsCondition: 1,
    receivedAt: at,
    claimedAt: at,
    processedAt: at,
  });
  return [file, headItem(upload)];
}

/** The ledger's items of the same files, by BatchWriteItem. */
export async function fillLedger(place: Place, past: Past): Promise<void> {
  const table = place.outputs.ledger.name;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < past.files) {
      const first = next;
      next += 12;
      const numbers = Array.from({ length: Math.min(12, past.files - first) }, (_, at) => first + at);
      const items = numbers.flatMap((number) => itemsOf(place.outputs.buckets.raw.name, number, past.firstMs));
      let left: WriteRequest[] = items.map((Item) => ({ PutRequest: { Item } }));
      while (left.length > 0)
        left = (await place.dynamo.batchWriteItem({ RequestItems: { [table]: left } })).UnprocessedItems?.[table] ?? [];
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
}
