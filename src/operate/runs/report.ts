import type { WorkflowRun } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import { line } from "../../aws/wire-error.ts";
import { denialHint, denialIn } from "./denial.ts";
import { failedText, qualityOf } from "../quality/said.ts";
import { badJobs, becauseOf, type JobView, type Verdict } from "./graph.ts";
import { hintFor } from "./hints.ts";
import { logPlaces, type Tail, tail } from "./log-lines.ts";
import { messageOf } from "../problem.ts";
import { safeCause } from "../safe/index.ts";
import type { FinishedJob, JobFailure, RunEvent, RunFinished, RunTarget } from "./events.ts";
import { shellWord } from "../shell.ts";
import { command } from "../next.ts";

/** The last event of a run that was followed. */
export function finished(
  ctx: AwsContext,
  begun: { readonly at: number; readonly calls: number },
  runId: string,
  views: readonly JobView[],
  verdict: Verdict,
  more: Pick<RunFinished, "because" | "error" | "quality"> = {},
): RunFinished {
  const jobs = views.map((view): FinishedJob => {
    const { key, name, state, seconds } = view;
    return { key, name, state, seconds, ...(view.error ? { error: safeCause(view.error) } : {}) };
  });
  return {
    type: "finished",
    verdict,
    runId,
    jobs,
    calls: ctx.calls.total - begun.calls,
    ms: ctx.clock.now() - begun.at,
    ...more,
  };
}

/** What is to be told of a run at its end, beside its verdict. */
export function reasonsOf(
  ctx: AwsContext,
  run: WorkflowRun,
  views: readonly JobView[],
  verdict: Verdict,
): Pick<RunFinished, "because" | "error" | "quality"> {
  const because = becauseOf(run, views);
  const quality = qualityOf(run);
  const error = reasonOf(ctx, run, views, verdict);
  return {
    ...(because ? { because } : {}),
    ...(quality && quality.errors + quality.warnings > 0 ? { quality } : {}),
    ...(error ? { error } : {}),
  };
}

/** One line on why the run did not succeed. */
function reasonOf(
  ctx: AwsContext,
  run: WorkflowRun,
  views: readonly JobView[],
  verdict: Verdict,
): RunFinished["error"] {
  if (verdict === "succeeded") return undefined;
  const runId = run.WorkflowRunId ?? "";
  if (verdict === "stopped")
    return { code: "stopped", text: `The run ${runId} was stopped`, fix: command(ctx, "run-workflow") };
  const quality = qualityOf(run);
  if (becauseOf(run, views) && quality)
    return {
      code: "quality_failed",
      text: `Quality checks failed: ${failedText(quality)}`,
      fix: command(ctx, "quality"),
    };
  const bad = badJobs(views);
  const ran = bad.filter((view) => view.state !== "NOT_RUN");
  const fix = ran.length > 0 ? command(ctx, `run-workflow --resume ${shellWord(runId)}`) : command(ctx, "run-workflow");
  if (run.Status === "ERROR" || (ran.length === 0 && run.ErrorMessage))
    return { code: "run_error", text: line(run.ErrorMessage ?? `The run ${runId} ended as ${run.Status}`), fix };
  if (ran.length > 0)
    return { code: "job_failed", text: ran.map((view) => `${view.key} ${view.state}`).join(", "), fix };
  const never = bad.map((view) => view.key).join(", ");
  return {
    code: "not_run",
    text: never
      ? `The run is over, but ${never} never ran: a trigger is not active or its condition was not met`
      : "The run had no jobs",
    fix: command(ctx, "diff"),
  };
}

/** One event per job that ran and did not succeed. */
export async function* failures(
  ctx: AwsContext,
  target: RunTarget,
  views: readonly JobView[],
  runId: string,
  lines: number,
): AsyncGenerator<RunEvent> {
  for (const view of badJobs(views)) {
    if (view.state === "NOT_RUN") continue;
    yield await explain(ctx, target, view, runId, lines);
  }
}

/** What is known about a failed job: cause, log tail, hint, next command. A log that cannot be read does not hide the cause. */
async function explain(
  ctx: AwsContext,
  target: RunTarget,
  view: JobView,
  runId: string,
  lines: number,
): Promise<JobFailure> {
  const cause = safeCause(view.error ?? `Glue gives no reason for ${view.state}`);
  const nothing: Tail = { lines: [], hidden: 0, texts: [] };
  const log = !view.runId
    ? nothing
    : await tail(ctx, { jobRunId: view.runId, groups: logPlaces(view.logGroup, target.logs?.[view.key]) }, lines).catch(
        (error: unknown): Tail => {
          const at = new Date(ctx.clock.now()).toISOString();
          const text = `(the log cannot be read: ${messageOf(error)})`;
          return { ...nothing, lines: [{ type: "log", stream: "error", at, text }] };
        },
      );
  const texts = [view.error ?? "", ...log.texts];
  const denial = denialIn(texts);
  const hint = denial ? denialHint(ctx, denial) : hintFor(texts);
  return {
    type: "failure",
    key: view.key,
    name: view.name,
    state: view.state,
    ...(view.runId ? { jobRunId: view.runId } : {}),
    cause,
    log: log.lines,
    ...(log.hidden > 0 ? { hidden: log.hidden } : {}),
    ...(hint ? { hint: { id: hint.id, means: hint.means, fix: hint.fix } } : {}),
    next: command(ctx, view.runId ? `runs logs ${view.runId}` : `runs show ${shellWord(runId)}`),
  };
}
