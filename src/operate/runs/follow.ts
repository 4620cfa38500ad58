import type { AwsContext } from "../../aws/context.ts";
import { isOver, isRunOn, type JobView, jobsOf, type Verdict, verdictOf } from "./graph.ts";
import { Pace, persist } from "../pace.ts";
import { OperateProblem } from "../problem.ts";
import { safeCause } from "../safe/index.ts";
import { findActive, lastRun, readRun, startRun, stopRun } from "./calls.ts";
import type { FollowOptions, RunEvent, RunFinished, RunOptions, RunTarget } from "./events.ts";
import { failures, finished, reasonsOf } from "./report.ts";
import { orphaned } from "./starter.ts";
import { shellWord } from "../shell.ts";
import { command } from "../next.ts";

const POLL = { minMs: 500, maxMs: 10_000, factor: 1.35 };
/** How long a run that is COMPLETED may still show jobs that are not over: Glue's graph trails its status. */
const SETTLE_MS = 30_000;
/** A stopped run is over within about a minute. */
const STOP_MS = 5 * 60_000;
/** Runs that failed one after the other and moved nothing: the next would do the same, and a person has to look. */
export const MAX_FRUITLESS = 2;
/** How long a run that is over may keep its claims: its end is handled by an event too. */
export const RELEASE_MS = 90_000;

/** Starts a run (or attaches to one) and follows it to its end. The last event is `finished`, or `detached` when interrupted. */
export async function* runWorkflow(
  ctx: AwsContext,
  target: RunTarget,
  options: RunOptions = {},
): AsyncGenerator<RunEvent> {
  const begun = { at: ctx.clock.now(), calls: ctx.calls.total };
  if (options.runId) {
    yield { type: "attached", runId: options.runId, workflow: target.workflow };
    yield* followRun(ctx, target, options.runId, options, begun);
    return;
  }
  if (options.attach) {
    // It may have ended a moment ago: then one is started, so that `--attach` always follows a whole run.
    const runId = await findActive(ctx, target.workflow);
    if (runId !== undefined) {
      yield { type: "attached", runId, workflow: target.workflow };
      if (!options.noWait) yield* followRun(ctx, target, runId, options, begun);
      return;
    }
  }
  const begin = await startOrTakeUp(ctx, target.workflow, options);
  yield { ...begin, workflow: target.workflow };
  const { runId } = begin;
  if (!options.noWait) yield* followRun(ctx, target, runId, options, begun);
}

/**
 * Starts a run. One whose command was killed is taken up: the same command goes on where that one stopped. With `attach` so is
 * one that somebody started between the look for a run and the start.
 */
async function startOrTakeUp(
  ctx: AwsContext,
  workflow: string,
  { properties, noWait, attach }: RunOptions,
): Promise<{ type: "started" | "attached"; runId: string; because?: string }> {
  try {
    return { type: "started", runId: await startRun(ctx, workflow, properties, !noWait) };
  } catch (error) {
    if (!(error instanceof OperateProblem) || error.code !== "concurrent_runs") throw error;
    const last = await lastRun(ctx, workflow);
    if (attach && last?.WorkflowRunId && isRunOn(last.Status)) return { type: "attached", runId: last.WorkflowRunId };
    const runId = properties ? undefined : orphaned(last);
    if (runId === undefined) throw error;
    return { type: "attached", runId, because: "the command that started it is gone" };
  }
}

const problemOf = (error: OperateProblem): NonNullable<RunFinished["error"]> => ({
  code: error.code,
  text: error.message,
  fix: error.fix,
});

/** Follows a run to its end: one event per job change, then failures with their causes, then `finished`. */
export async function* followRun(
  ctx: AwsContext,
  target: RunTarget,
  runId: string,
  options: FollowOptions = {},
  begun: { readonly at: number; readonly calls: number } = { at: ctx.clock.now(), calls: ctx.calls.total },
): AsyncGenerator<RunEvent> {
  const { clock } = ctx;
  let deadline = options.timeoutMs === undefined ? Number.POSITIVE_INFINITY : begun.at + options.timeoutMs;
  let signal = options.signal;
  let stopped = false;
  const pace = new Pace(clock, POLL);
  const shown = new Map<string, string>();
  let views: JobView[] = [];
  let overSince: number | undefined;
  const finish = (verdict: Verdict, more: Parameters<typeof finished>[5]): RunFinished =>
    finished(ctx, begun, runId, views, verdict, more);
  for (;;) {
    try {
      const patience = { clock, deadline, fix: command(ctx, `run-workflow --run ${shellWord(runId)}`), signal };
      const run = yield* persist(patience, () => readRun(ctx, target.workflow, runId));
      views = jobsOf(run, target.jobs, clock.now());
      if (yield* changes(views, shown)) pace.changed();
      if (!isRunOn(run.Status)) {
        overSince ??= clock.now();
        // A status that is over while a job is still on: the graph follows in a moment.
        const settled = views.every((view) => view.state === "NOT_RUN" || isOver(view.state));
        if (settled || clock.now() - overSince > SETTLE_MS) {
          const verdict = verdictOf(run, views);
          if (verdict !== "succeeded") yield* failures(ctx, target, views, runId, options.logLines ?? 20);
          yield finish(verdict, reasonsOf(ctx, run, views, verdict));
          return;
        }
      }
      if (clock.now() >= deadline) {
        const waited = Math.round((clock.now() - begun.at) / 1000);
        const text = `The run ${runId} goes on; this command waited ${waited} s for it`;
        const fix = command(ctx, `run-workflow --run ${shellWord(runId)}`);
        yield finish("timeout", { error: { code: "timeout", text, fix } });
        return;
      }
      await pace.rest(signal, deadline);
    } catch (error) {
      if (!signal?.aborted) {
        if (error instanceof OperateProblem && error.code === "unreachable" && clock.now() >= deadline) {
          yield finish("timeout", { error: problemOf(error) });
          return;
        }
        throw error;
      }
      if (!options.stopOnInterrupt || stopped) {
        yield { type: "detached", runId, next: command(ctx, `run-workflow --run ${shellWord(runId)}`) };
        return;
      }
      // From here on the run is followed to its stop, which Ctrl-C has asked for.
      stopped = true;
      signal = undefined;
      deadline = clock.now() + STOP_MS;
      yield { type: "stopping", runId };
      await stopRun(ctx, target.workflow, runId);
      pace.changed();
    }
  }
}

function* changes(views: readonly JobView[], shown: Map<string, string>): Generator<RunEvent, boolean> {
  let any = false;
  for (const view of views) {
    const mark = `${view.state} ${view.attempt} ${view.runId ?? ""}`;
    if (view.state === "NOT_RUN" || shown.get(view.key) === mark) continue;
    shown.set(view.key, mark);
    any = true;
    const { key, name, state, attempt, seconds, runId, error } = view;
    yield {
      type: "job",
      key,
      name,
      state,
      attempt,
      seconds,
      ...(runId ? { jobRunId: runId } : {}),
      ...(error ? { error: safeCause(error) } : {}),
    };
  }
  return any;
}
