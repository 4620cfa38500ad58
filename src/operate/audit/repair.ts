import { backfill } from "../care/backfill.ts";
import { type ChangeEvent, release, reprocessFiles } from "../care/put-back.ts";
import { restoreRow } from "../care/restore.ts";
import { startUnlessOn } from "../runs/calls.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import type { AuditEvent } from "./events.ts";
import type { Tally } from "./tally.ts";

/** One repair of each kind; the runs that follow do the rest. What was taken care of stands in the tally. */
export async function* mend(pipeline: Pipeline, tally: Tally): AsyncGenerator<AuditEvent> {
  if (tally.count("backfill") > 0) {
    let sent = 0;
    for await (const event of backfill(pipeline)) if (event.type === "finished") sent = event.sent;
    tally.done("backfill");
    yield { type: "repair", what: "told the function of objects whose event was lost", count: sent };
  }
  const rows = tally.kept("restore");
  if (rows.length > 0) {
    for (const one of rows) if (await restoreRow(pipeline, one)) tally.doneOne(one);
    yield { type: "repair", what: "wrote rows again that were lost", count: rows.length };
  }
  if (tally.count("release") > 0) {
    const count = await changedBy(release(pipeline, { start: false }));
    tally.done("release");
    yield { type: "repair", what: "released claims", count };
  }
  const again = tally.kept("reprocess").flatMap((one) => one.file_id ?? []);
  if (again.length > 0) {
    const count = await changedBy(reprocessFiles(pipeline, again, ["processed"], { start: false }));
    if (count === again.length) tally.done("reprocess");
    yield { type: "repair", what: "put files back whose rows are missing", count };
  }
  const waiting = tally.count("run-workflow");
  if (tally.mended === 0 && waiting === 0) return;
  const runId = await startUnlessOn(pipeline.ctx, pipeline.run.workflow);
  yield runId
    ? { type: "repair", what: `started the run ${runId}`, count: waiting }
    : { type: "repair", what: "left it to the run after the one that is on", count: waiting };
  tally.done("run-workflow");
}

async function changedBy(events: AsyncIterable<ChangeEvent>): Promise<number> {
  let changed = 0;
  for await (const event of events) if (event.type === "finished") changed = event.changed;
  return changed;
}
