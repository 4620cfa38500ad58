import { join } from "node:path";
import type { AwsContext } from "../../aws/context.ts";
import type { AuditEvent, Found } from "./events.ts";
import { layerFindings, type Layers } from "./layers.ts";
import { type Dealt, dealt, partOf } from "./dealt.ts";
import { pendingFindings } from "./pending.ts";
import { mend } from "./repair.ts";
import { Tally } from "./tally.ts";
import type { BackfillTarget } from "../care/backfill.ts";
import { Parts } from "./parts.ts";
import { errorName, isAbsent } from "../problem.ts";
import type { RunTarget } from "../runs/events.ts";
import { undelivered } from "../undelivered.ts";
import { partFindings } from "./findings.ts";

export type { AuditEvent, AuditFinding, AuditFinished } from "./events.ts";

export interface AuditOptions {
  readonly repair?: boolean;
  /** Where the tables of the layers are, to find those that a failed run left behind. */
  readonly layers?: Layers;
  readonly signal?: AbortSignal;
  /** How much is held in memory, and into how many parts the rest is dealt. */
  readonly parts?: { readonly parts?: number; readonly held?: number };
}

/**
 * S3's listing against the ledger against what the Bronze tables hold. What is being read now is left out of the comparison
 * with the tables. With `repair`, lost events are told again, lost rows written, orphaned claims released, missing rows read
 * again; doing it twice changes nothing the second time. Each source is read once, whatever its order, and key by key they
 * are held against each other: memory does not grow with them.
 */
export async function* audit(
  ctx: AwsContext,
  target: BackfillTarget,
  run: RunTarget,
  options: AuditOptions = {},
): AsyncGenerator<AuditEvent> {
  const tally = new Tally(options.repair === true);
  const count = { objects: 0, files: 0, rows: 0 };
  const queued = await inQueue(ctx, target);
  const parts = new Parts<Dealt>(join(ctx.projectDir, ".metriccare", "tmp"), options.parts);
  try {
    const began = ctx.clock.now();
    yield* dealt(ctx, target, parts, options.signal);
    yield { type: "step", what: "what fits together, key by key" };
    for await (const values of parts.each()) {
      options.signal?.throwIfAborted();
      const part = partOf(values, target);
      count.objects += part.keys.length;
      count.files += part.known.size;
      count.rows += part.bronze.total;
      const found = await partFindings(ctx, target, part, began);
      yield* tally.tell(queued > 0 ? found.map(underWay) : found);
    }
  } finally {
    await parts.close();
  }
  if (queued > 0) yield* tally.tell([waitsInQueue(target, queued)]);
  yield { type: "step", what: "claims and files that wait" };
  for await (const finding of pendingFindings(ctx, target, run)) yield* tally.tell([finding]);
  if (options.layers) {
    yield { type: "step", what: "Silver and Gold against what is below them" };
    for await (const finding of layerFindings(ctx, options.layers, run)) yield* tally.tell([finding]);
  }
  if (options.repair) yield* mend(ctx, target, run, tally);
  yield { type: "finished", ...count, findings: tally.total, repaired: tally.mended, ok: tally.errors === 0 };
}

/** Messages with arrivals that are still to be recorded; a queue that is not there or may not be seen holds none. */
async function inQueue(ctx: AwsContext, { queue }: BackfillTarget): Promise<number> {
  if (queue === undefined) return 0;
  try {
    const { waiting, hidden } = await undelivered(ctx, queue);
    return waiting + hidden;
  } catch (error) {
    if (isAbsent(error) || /AccessDenied/.test(errorName(error))) return 0;
    throw error;
  }
}

/** Which files the queue tells of cannot be seen without taking them out: any that the ledger lacks may be one of them. */
const underWay = (found: Found): Found =>
  found.code === "lost_event"
    ? { ...found, level: "warning", text: `${found.text}; it may be among what waits in the queue` }
    : found;

const waitsInQueue = ({ queue }: BackfillTarget, count: number): Found => ({
  code: "in_queue",
  level: "warning",
  key: queue ?? "",
  file_id: null,
  text: `${count} message${count === 1 ? "" : "s"} of files or runs under way: the function records them when its schedule calls it`,
  repair: null,
});
