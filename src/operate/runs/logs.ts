import type { JobRun } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import { isOver, isRunOn, type JobView, jobsOf } from "./graph.ts";
import { type Closed, type Hidden, type LogLine, logPlaces, readLog } from "./log-lines.ts";
import type { Reconnecting } from "../pace.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";
import { readRun, latestId } from "./calls.ts";
import type { RunTarget } from "./events.ts";
import { shellWord } from "../shell.ts";
import { command } from "../next.ts";
import { glueClient } from "../../services/glue/client.ts";

interface LogHead {
  readonly type: "log-of";
  readonly key: string;
  readonly jobRunId: string;
  readonly state: string;
}

interface LogsOptions {
  /** A job run (`jr_…`), or a workflow run (`wr_…`); without it the last workflow run. */
  readonly runId?: string;
  /** Only this job of the workflow run. */
  readonly job?: string;
  readonly follow?: boolean;
  /** All lines as they stand, input data too. */
  readonly raw?: boolean;
  readonly signal?: AbortSignal;
}

/** Log lines, as far as they may be shown. Of a workflow run: job by job in their order, those that failed last, next to the prompt. */
export async function* runLogs(
  ctx: AwsContext,
  target: RunTarget,
  options: LogsOptions = {},
): AsyncGenerator<LogHead | LogLine | Hidden | Closed | Reconnecting> {
  const fix = command(ctx, `runs logs${options.runId ? ` ${shellWord(options.runId)}` : ""}`);
  if (options.runId && !options.runId.startsWith("wr_")) {
    yield* jobRunLog(ctx, target, options.runId, options, fix);
    return;
  }
  const runId = options.runId ?? (await latestId(ctx, target));
  const shown = new Set<string>();
  for (;;) {
    const run = await readRun(ctx, target.workflow, runId);
    const views = jobsOf(run, target.jobs, ctx.clock.now());
    if (options.job && !views.some((view) => view.key === options.job || view.name === options.job))
      throw new OperateProblem(
        "no_job",
        `The run ${runId} has no job ${options.job}`,
        `one of: ${views.map((view) => view.key).join(", ")}`,
        "user",
        options.job,
      );
    const next = views
      .filter(
        (view) =>
          view.runId &&
          !shown.has(view.runId) &&
          (!options.job || view.key === options.job || view.name === options.job),
      )
      .sort((a, b) => Number(a.state !== "SUCCEEDED") - Number(b.state !== "SUCCEEDED"));
    for (const view of next) {
      shown.add(view.runId ?? "");
      yield* oneLog(ctx, target, runId, view, options, fix);
    }
    if (!options.follow || (!isRunOn(run.Status) && next.length === 0)) return;
    if (next.length === 0) await ctx.clock.sleep(2000, options.signal);
  }
}

/** One job run by its id. Glue finds it by its job only, so all jobs of the config are asked at once. */
async function* jobRunLog(
  ctx: AwsContext,
  target: RunTarget,
  jobRunId: string,
  options: LogsOptions,
  fix: string,
): AsyncGenerator<LogHead | LogLine | Hidden | Closed | Reconnecting> {
  const found = await findJobRun(ctx, target, jobRunId);
  if (!found)
    throw new OperateProblem(
      "no_job_run",
      `No job of the config has a run ${jobRunId} (Glue keeps them 90 days)`,
      `${command(ctx, "runs list")}, then ${command(ctx, "runs show <run>")} names the job runs`,
      "user",
      jobRunId,
    );
  const { key, run } = found;
  yield { type: "log-of", key, jobRunId, state: run.JobRunState ?? "" };
  const until = async (): Promise<boolean> =>
    isOver((await findJobRun(ctx, { ...target, jobs: { [key]: found.name } }, jobRunId))?.run.JobRunState ?? "STOPPED");
  yield* readLog(
    ctx,
    { jobRunId, groups: logPlaces(run.LogGroupName, target.logs?.[key]) },
    {
      fix,
      ...(options.raw ? { raw: true } : {}),
      ...(options.follow ? { until } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    },
  );
}

async function findJobRun(
  ctx: AwsContext,
  target: RunTarget,
  RunId: string,
): Promise<{ readonly key: string; readonly name: string; readonly run: JobRun } | undefined> {
  const glue = await ctx.clients.of(glueClient);
  const asked = Object.entries({ ...target.jobs, ...target.others }).map(async ([key, name]) => {
    try {
      const { JobRun: run } = await glue.getJobRun({ JobName: name, RunId });
      return run ? [{ key, name, run }] : [];
    } catch (error) {
      // An id that is none of Glue's is refused as such.
      if (isAbsent(error) || errorName(error) === "InvalidInputException") return [];
      throw error;
    }
  });
  return (await Promise.all(asked)).flat()[0];
}

async function* oneLog(
  ctx: AwsContext,
  target: RunTarget,
  runId: string,
  view: JobView,
  options: LogsOptions,
  fix: string,
): AsyncGenerator<LogHead | LogLine | Hidden | Closed | Reconnecting> {
  const jobRunId = view.runId ?? "";
  yield { type: "log-of", key: view.key, jobRunId, state: view.state };
  const until = async (): Promise<boolean> => {
    const views = jobsOf(await readRun(ctx, target.workflow, runId), target.jobs, ctx.clock.now());
    const now = views.find((each) => each.key === view.key);
    // A retry has another run id: this one is over then.
    return !now || now.runId !== jobRunId || isOver(now.state);
  };
  yield* readLog(
    ctx,
    { jobRunId, groups: logPlaces(view.logGroup, target.logs?.[view.key]) },
    {
      fix,
      ...(options.raw ? { raw: true } : {}),
      ...(options.follow ? { until } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    },
  );
}
