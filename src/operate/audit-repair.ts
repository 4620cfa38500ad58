import type { AwsContext } from "../aws/context.ts";
import type { AuditEvent, AuditFinding } from "./audit-events.ts";
import { backfill, type BackfillTarget } from "./backfill.ts";
import { type ChangeEvent, release, reprocessFiles } from "./ledger-change.ts";
import { restoreRow } from "./ledger-restore.ts";
import { OperateProblem } from "./problem.ts";
import { startRun } from "./run-calls.ts";
import type { RunTarget } from "./run-events.ts";

/** One repair of each kind; the runs that follow do the rest. Answers the findings that were taken care of. */
export async function* mend(
  ctx: AwsContext,
  target: BackfillTarget,
  run: RunTarget,
  findings: readonly AuditFinding[],
): AsyncGenerator<AuditEvent, AuditFinding[]> {
  const of = (repair: AuditFinding["repair"]): AuditFinding[] => findings.filter((one) => one.repair === repair);
  const ids = (some: readonly AuditFinding[]): string[] => some.flatMap((one) => one.file_id ?? []);
  const done: AuditFinding[] = [];
  const lost = of("backfill");
  if (lost.length > 0) {
    let sent = 0;
    for await (const event of backfill(ctx, target)) if (event.type === "finished") sent = event.sent;
    done.push(...lost);
    yield { type: "repair", what: "told the function of objects whose event was lost", count: sent };
  }
  const rows = of("restore");
  if (rows.length > 0) {
    for (const one of rows) if (await restoreRow(ctx, target, one)) done.push(one);
    yield { type: "repair", what: "wrote rows again that were lost", count: rows.length };
  }
  const claims = of("release");
  if (claims.length > 0) {
    const count = await changedBy(release(ctx, target.ledger, run, { start: false }));
    done.push(...claims);
    yield { type: "repair", what: "released claims", count };
  }
  const again = of("reprocess");
  if (again.length > 0) {
    const count = await changedBy(reprocessFiles(ctx, target.ledger, run, ids(again), ["processed"], { start: false }));
    if (count === again.length) done.push(...again);
    yield { type: "repair", what: "put files back whose rows are missing", count };
  }
  const waiting = of("run-workflow");
  if (done.length > 0 || waiting.length > 0) {
    const runId = await startUnlessOn(ctx, run.workflow);
    yield runId
      ? { type: "repair", what: `started the run ${runId}`, count: waiting.length }
      : { type: "repair", what: "left it to the run after the one that is on", count: waiting.length };
    done.push(...waiting);
  }
  return done;
}

/** Starts a run; one that is on takes nothing new, and the one after it does. */
export async function startUnlessOn(ctx: AwsContext, workflow: string): Promise<string | undefined> {
  try {
    return await startRun(ctx, workflow);
  } catch (error) {
    if (error instanceof OperateProblem && error.code === "concurrent_runs") return undefined;
    throw error;
  }
}

async function changedBy(events: AsyncIterable<ChangeEvent>): Promise<number> {
  let changed = 0;
  for await (const event of events) if (event.type === "finished") changed = event.changed;
  return changed;
}
