import { randomUUID } from "node:crypto";
import type { AwsContext } from "../../aws/context.ts";
import { glueClient } from "../../services/glue/client.ts";
import { s3Client } from "../../services/s3/client.ts";
import { splitUrl } from "../hudi/store.ts";
import { errorName, OperateProblem } from "../problem.ts";
import { command } from "../next.ts";
import { removeAll } from "./objects.ts";
import type { Request } from "./tables.ts";

/** A job that writes a table: who else would be a second writer of it. */
export interface Writer {
  readonly layer: "bronze" | "silver";
  readonly dataset: string;
  /** Its name in AWS. */
  readonly job: string;
  /** The folder for temporary objects that is the project's own: the job's `--TempDir` where the config names no other. */
  readonly temp: string;
}

const OVER = new Set(["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"]);
/** Soon at first, then as often as a job of a minute is worth. */
const POLLS_MS = [500, 500, 500, 500, 1_000] as const;
const POLL_MS = 2_000;

/** Where a job keeps what it needs for a while; undefined where it has no such place. */
export async function tempFolderOf(ctx: AwsContext, job: string): Promise<string | undefined> {
  const glue = await ctx.clients.of(glueClient);
  return (await glue.getJob({ JobName: job })).Job?.DefaultArguments?.["--TempDir"];
}

/**
 * Lets the job that writes a table erase from it. What is to go is handed over in an object of the job's temporary folder: a
 * job's arguments are shown, and logged.
 */
export async function eraseBy(
  ctx: AwsContext,
  writer: Writer,
  request: Request,
  signal: AbortSignal | undefined,
): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  const folder = await tempFolderOf(ctx, writer.job);
  if (folder === undefined)
    throw new OperateProblem(
      "no_temp_folder",
      `The job ${writer.job} has no --TempDir, so it cannot be told what to erase`,
      command(ctx, "apply"),
      "user",
      writer.job,
    );
  const { bucket, prefix } = splitUrl(folder);
  const key = `${prefix}forget-${randomUUID()}.json`;
  const { rows, ids } = request;
  const part = { rows: { [writer.dataset]: rows[writer.dataset] ?? [], quarantine: rows["quarantine"] ?? [] }, ids };
  await s3.putObject({ Bucket: bucket, Key: key, Body: JSON.stringify(part) });
  try {
    await follow(ctx, writer, `s3://${bucket}/${key}`, signal);
  } finally {
    await removeAll(ctx, bucket, key);
  }
}

/** Starts the job; one that runs already, for a run or for a start of ours that was cut off, is no fault of the rights. */
async function started(ctx: AwsContext, job: string, url: string): Promise<string> {
  const glue = await ctx.clients.of(glueClient);
  try {
    return (await glue.startJobRun({ JobName: job, Arguments: { "--forget": url } })).JobRunId ?? "";
  } catch (error) {
    if (errorName(error) !== "ConcurrentRunsExceededException") throw error;
    throw new OperateProblem(
      "concurrent_runs",
      `The job ${job} runs already, so it cannot erase now`,
      "when it is over, start `metriccare forget` again to finish: it goes on where it was",
      "user",
      job,
    );
  }
}

async function follow(ctx: AwsContext, { job }: Writer, url: string, signal: AbortSignal | undefined): Promise<void> {
  const glue = await ctx.clients.of(glueClient);
  const JobRunId = await started(ctx, job, url);
  for (let look = 0; ; look++) {
    const { JobRun } = await glue.getJobRun({ JobName: job, RunId: JobRunId });
    const state = JobRun?.JobRunState ?? "";
    if (state === "SUCCEEDED") return;
    if (OVER.has(state))
      throw new OperateProblem(
        "forget_unfinished",
        `The job ${job} ended ${state} (${JobRunId}) before it had erased what is to go`,
        "find out why in its log, and start `metriccare forget` again: it goes on where it was",
        "aws",
        JobRunId,
      );
    await ctx.clock.sleep(POLLS_MS[look] ?? POLL_MS, signal).catch((error: unknown) => {
      throw signal?.aborted ? interrupted(job, JobRunId) : error;
    });
  }
}

const interrupted = (job: string, run: string): OperateProblem =>
  new OperateProblem(
    "interrupted",
    `Interrupted while the job ${job} erased (${run}): not everything is gone`,
    "start `metriccare forget` again to finish: it goes on where it was",
    "user",
    run,
  );
