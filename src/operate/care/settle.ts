import { isRunOn, worked } from "../runs/graph.ts";
import { Pace, type Reconnecting } from "../pace.ts";
import { lastRun, startUnlessOn } from "../runs/calls.ts";
import { followRun, MAX_FRUITLESS, RELEASE_MS } from "../runs/follow.ts";
import { pendingFiles } from "../ledger/pending.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Intake } from "../runs/pipeline.ts";

/** A run that is followed: its verdict is null until it is over. */
export type SettleEvent =
  { readonly type: "run"; readonly runId: string; readonly verdict: string | null } | Reconnecting;

/** Follows runs, and starts them, until no file waits. Answers whether it came to that. */
export async function* settle(intake: Intake, signal?: AbortSignal): AsyncGenerator<SettleEvent, boolean> {
  const { ctx, ledger, run } = intake;
  const pace = new Pace(ctx.clock, { minMs: 500, maxMs: 5_000 });
  let fruitless = 0;
  let before = await waiting(ledger);
  let idleSince = ctx.clock.now();
  for (;;) {
    signal?.throwIfAborted();
    const last = await lastRun(ctx, run.workflow);
    const on = last?.WorkflowRunId && isRunOn(last.Status) ? last.WorkflowRunId : undefined;
    const now = on ? before : await waiting(ledger);
    if (!on && now.size === 0) return true;
    // What is claimed goes back when the function has heard of the run's end; what is received can be taken at once.
    const runId = on ?? ([...now.values()].includes("received") ? await startUnlessOn(ctx, run.workflow) : undefined);
    if (!runId) {
      if (ctx.clock.now() - idleSince > RELEASE_MS) return false;
      await pace.rest(signal);
      continue;
    }
    const good = yield* awaitRun(intake, runId, signal);
    idleSince = ctx.clock.now();
    pace.changed();
    const after = await waiting(ledger);
    const moved = [...before.keys()].some((id) => !after.has(id)) || [...after.keys()].some((id) => !before.has(id));
    before = after;
    fruitless = good || moved ? 0 : fruitless + 1;
    if (fruitless >= MAX_FRUITLESS) return false;
  }
}

/** Files that are not at their end, with their attempt, so that one that was tried again counts as moved. */
async function waiting(ledger: Ledger): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const file of pendingFiles(ledger)) if (file.attempt < 10) found.set(file.fileId, file.status);
  return found;
}

async function* awaitRun(
  { ctx, run }: Intake,
  runId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<SettleEvent, boolean> {
  yield { type: "run", runId, verdict: null };
  for await (const event of followRun(ctx, run, runId, signal ? { signal } : {})) {
    if (event.type === "reconnecting") yield event;
    if (event.type !== "finished") continue;
    yield { type: "run", runId, verdict: event.verdict };
    return worked(event);
  }
  return false;
}
