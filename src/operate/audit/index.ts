import { join } from "node:path";
import { errorName, isAbsent } from "../problem.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { undelivered } from "../undelivered.ts";
import { type Dealt, dealt, partOf } from "./dealt.ts";
import { type AuditEvent, type AuditFinding, finding } from "./events.ts";
import { partFindings } from "./findings.ts";
import { layerFindings, type Layers } from "./layers.ts";
import { Parts } from "./parts.ts";
import { pendingFindings } from "./pending.ts";
import { mend } from "./repair.ts";
import { Tally } from "./tally.ts";

export type { AuditEvent, AuditFinished } from "./events.ts";

interface AuditOptions {
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
export async function* audit(pipeline: Pipeline, options: AuditOptions = {}): AsyncGenerator<AuditEvent> {
  const tally = new Tally(options.repair === true);
  const waiting = await inQueue(pipeline);
  const count = yield* fileFindings(pipeline, tally, waiting > 0, options);
  if (waiting > 0) yield* tally.tell([waitsInQueue(pipeline, waiting)]);
  yield { type: "step", what: "claims and files that wait" };
  for await (const found of pendingFindings(pipeline)) yield* tally.tell([found]);
  if (options.layers) {
    yield { type: "step", what: "Silver and Gold against what is below them" };
    for await (const found of layerFindings(pipeline, options.layers)) yield* tally.tell([found]);
  }
  if (options.repair) yield* mend(pipeline, tally);
  yield { type: "finished", ...count, findings: tally.total, repaired: tally.mended, ok: tally.errors === 0 };
}

/** Tables, ledger and S3 against each other, key by key. Answers how much there was of each. */
async function* fileFindings(
  pipeline: Pipeline,
  tally: Tally,
  queued: boolean,
  { parts: size, signal }: AuditOptions,
): AsyncGenerator<AuditEvent, { readonly objects: number; readonly files: number; readonly rows: number }> {
  const { ctx, bucket } = pipeline;
  const count = { objects: 0, files: 0, rows: 0 };
  const parts = new Parts<Dealt>(join(ctx.projectDir, ".metriccare", "tmp"), size);
  try {
    const began = ctx.clock.now();
    yield* dealt(pipeline, parts, signal);
    yield { type: "step", what: "what fits together, key by key" };
    for await (const values of parts.each()) {
      signal?.throwIfAborted();
      const part = partOf(values, bucket);
      count.objects += part.keys.length;
      count.files += part.known.size;
      count.rows += part.bronze.total;
      const found = await partFindings(pipeline, part, began);
      yield* tally.tell(queued ? found.map(underWay) : found);
    }
  } finally {
    await parts.close();
  }
  return count;
}

/** Messages with arrivals that are still to be recorded; a queue that is not there or may not be seen holds none. */
async function inQueue({ ctx, queue }: Pipeline): Promise<number> {
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
const underWay = (found: AuditFinding): AuditFinding =>
  found.code === "lost_event"
    ? { ...found, level: "warning", text: `${found.text}; it may be among what waits in the queue` }
    : found;

const waitsInQueue = ({ queue = "" }: Pipeline, count: number): AuditFinding =>
  finding(
    "in_queue",
    { key: queue },
    `${count} message${count === 1 ? "" : "s"} of files or runs under way: the function records them when its schedule calls it`,
  );
