import { worked } from "../runs/graph.ts";
import { standingOf } from "../runs/calls.ts";
import { command } from "../next.ts";
import { atEnd, type Ending, type Job, type Tracked } from "./events.ts";

/** What is said at the end of a wait, of runs and of files. */

/** Whether the run succeeded whole. */
export const isGood = (job: Job, runId: string): boolean => job.runs.get(runId)?.verdict === "succeeded";

/** What the data is like keeps no file from its end. */
export function didItsWork(job: Job, runId: string): boolean {
  const run = job.runs.get(runId);
  return run !== undefined && worked(run);
}

/** Said of a run that failed for what the data is like. */
export const WRITTEN = "all that came is written";

/** How a run stands that is not followed. */
export async function stateOf({ pipeline }: Job, runId: string): Promise<"on" | "good" | "bad"> {
  // Glue forgets runs after 90 days: nothing is known against them.
  const { verdict } = (await standingOf(pipeline.ctx, pipeline.run, runId)) ?? { verdict: "succeeded" };
  if (verdict === null) return "on";
  return verdict === "succeeded" ? "good" : "bad";
}

/** What is told of a run that ended otherwise. */
export function runFailed(job: Job, what: string): Ending {
  const run = [...job.runs.values()].at(-1);
  const why = run?.error ? `: ${run.error.text}` : "";
  return {
    code: "run_failed",
    text: run ? `The run ${run.runId} ${run.verdict}${why}; ${what}` : what,
    fix: run?.error?.fix ?? command(job.pipeline.ctx, "run-workflow"),
  };
}

/** Files are still on their way. */
export const timedOut = (job: Job, open: readonly Tracked[]): Ending => ({
  code: "timeout",
  text: `${open.filter((file) => !atEnd(file)).length} of ${open.length} files are not at their end; the pipeline goes on`,
  fix: command(job.pipeline.ctx, "ledger list --status received"),
});
