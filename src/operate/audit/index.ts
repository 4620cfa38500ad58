import { join } from "node:path";
import type { AwsContext } from "../../aws/context.ts";
import type { AuditEvent, AuditFinding } from "./events.ts";
import { layerFindings, type Layers } from "./layers.ts";
import { type Dealt, dealt, type FileRow, keyOf, type Part, partOf } from "./dealt.ts";
import { pendingFindings } from "./pending.ts";
import { mend } from "./repair.ts";
import { type Bronze, DATASETS } from "./tables.ts";
import { Tally } from "./tally.ts";
import type { BackfillTarget } from "../care/backfill.ts";
import { gapsOf, headsOf } from "../care/gaps.ts";
import { eventsOf, fileIdOf, type KeyEvent } from "../ledger/head.ts";
import { getItems, type Item } from "../ledger/item.ts";
import { Parts } from "./parts.ts";
import { errorName, isAbsent } from "../problem.ts";
import type { RawKey } from "../care/raw-objects.ts";
import type { RunTarget } from "../runs/events.ts";
import { undelivered } from "../undelivered.ts";

export type { AuditEvent, AuditFinding, AuditFinished } from "./events.ts";

const DAY_MS = 86_400_000;

/** Keys whose heads are asked for together. */
const PAGE = 1000;
type Found = Omit<AuditFinding, "type">;

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

async function partFindings(ctx: AwsContext, target: BackfillTarget, part: Part, began: number): Promise<Found[]> {
  const { bronze, rows, known, keys } = part;
  const found: Found[] = [];
  // Processed since we looked at the tables: they hold it by now, and we do not know it.
  for (const row of rows)
    if (row.status === "processed" && !(Date.parse(row.processedAt ?? "") >= began))
      found.push(...rowFindings(row, bronze));
  found.push(...[...bronze.twice].map(readTwice));
  const forgotten = new Set<string>();
  for (let at = 0; at < keys.length; at += PAGE) {
    const page = await pageFindings(ctx, target, keys.slice(at, at + PAGE), bronze, known);
    for (const one of page) if (one.code === "forgotten") forgotten.add(one.key);
    found.push(...page);
  }
  const strays = [...bronze.files.keys()].filter((id) => !known.has(id) && !forgotten.has(keyOf(id)));
  return [...found, ...strays.map(rowsWithoutFile)];
}

function rowFindings({ fileId, key, rows }: FileRow, bronze: Bronze): Found[] {
  const counted = bronze.files.get(fileId);
  const told = DATASETS.map((name) => [name, rows[name], counted?.[name] ?? 0] as const);
  const say = (wrong: typeof told): string =>
    wrong.map(([name, want, have]) => `${name}: ledger ${want}, table ${have}`).join("; ");
  const less = told.filter(([, want, have]) => have < want);
  const more = told.filter(([, want, have]) => have > want);
  const place = { key, file_id: fileId };
  if (less.length > 0)
    return [
      {
        ...place,
        code: "missing_rows",
        level: "error",
        text: `Bronze holds fewer rows of it than the ledger says (${say(less)})`,
        repair: "reprocess",
      },
    ];
  if (more.length === 0) return [];
  return [
    {
      ...place,
      code: "extra_rows",
      level: "warning",
      text: `Bronze holds more rows of it than the ledger says (${say(more)})`,
      repair: null,
    },
  ];
}

const readTwice = (fileId: string): Found => ({
  code: "read_twice",
  level: "error",
  key: keyOf(fileId),
  file_id: fileId,
  text: "Bronze holds rows of it twice",
  repair: null,
});

const rowsWithoutFile = (fileId: string): Found => ({
  code: "rows_without_file",
  level: "warning",
  key: keyOf(fileId),
  file_id: fileId,
  text: "Bronze holds rows of it, the ledger has no row (TTL, or the table was replaced)",
  repair: null,
});

/** Uploads without a generation, and generations without a row, of one page of keys. */
async function pageFindings(
  ctx: AwsContext,
  target: BackfillTarget,
  page: readonly RawKey[],
  bronze: Bronze,
  known: ReadonlySet<string>,
): Promise<Found[]> {
  const heads = await headsOf(
    ctx,
    target.ledger,
    target.bucket,
    page.map((one) => one.key),
  );
  const gaps = gapsOf(target.bucket, page, heads, ctx.clock.now()).filter((gap) => !gap.again);
  const found = gaps.map((gap): Found => {
    const place = { key: gap.key, file_id: null };
    if (gap.why === "no row" && bronze.times.takes(gap))
      return {
        ...place,
        code: "forgotten",
        level: "warning",
        text: "The tables hold it, the ledger has forgotten it",
        repair: null,
      };
    const version = gap.newest ? "" : `, an older version (${gap.versionId})`;
    return {
      ...place,
      code: "lost_event",
      level: "error",
      text: `S3 has it${version}, the ledger has ${gap.why === "no row" ? "no row of it" : "other content only"}`,
      repair: "backfill",
    };
  });
  return [...found, ...(await lostRows(ctx, target, page, heads, bronze, known))];
}

/** Generations that a head names, whose row is gone although nothing of it is in the tables and TTL cannot have taken it. */
async function lostRows(
  ctx: AwsContext,
  target: BackfillTarget,
  page: readonly RawKey[],
  heads: ReadonlyMap<string, Item>,
  bronze: Bronze,
  known: ReadonlySet<string>,
): Promise<Found[]> {
  const { ledger, bucket } = target;
  const oldest = ledger.ttlAttribute ? ctx.clock.now() - (target.ttlDays ?? 0) * DAY_MS : 0;
  const suspects = page.flatMap(({ key, versions }) => {
    const head = heads.get(key);
    const events = head ? eventsOf(head, bucket, key) : [];
    return events
      .filter((event) => event.names && event.ms > oldest && canBeRead(versions, event, events.at(-1)))
      .map((event) => ({ key, fileId: fileIdOf(bucket, key, event) }))
      .filter(({ fileId }) => !known.has(fileId) && !bronze.times.has(fileId));
  });
  if (suspects.length === 0) return [];
  // The index that the ledger was read by is late: what matters is asked for by its key.
  const there = await getItems(
    ctx,
    ledger,
    suspects.map((one) => one.fileId),
  );
  return suspects
    .filter(({ fileId }) => !there.has(fileId))
    .map(({ key, fileId }) => ({
      code: "lost_row",
      level: "error",
      key,
      file_id: fileId,
      text: "The ledger knows this upload of it and has lost its row; no table holds anything of it",
      repair: "restore",
    }));
}

/** By its version, or because it is what S3 holds now. */
const canBeRead = (versions: RawKey["versions"], event: KeyEvent, last: KeyEvent | undefined): boolean =>
  event.versionId
    ? versions.some((version) => version.versionId === event.versionId)
    : event.run === last?.run && versions.at(-1)?.etag === event.etag;
