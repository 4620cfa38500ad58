import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Ledger } from "../ledger/ledger.ts";
import { importFile } from "../ledger/write.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { gapsOf, type RawGap } from "./gaps.ts";
import { rawKeys, type RawKey, type RawVersion } from "./raw-objects.ts";
import { type ImportMap, isWantedRow, momentOf, readRow, type TheirRow, theirRows } from "./their-rows.ts";

/** Why a row of theirs makes none of ours. */
const LEFT = {
  unwanted: "--where leaves it out",
  unreadable: "an attribute that the key is made of is missing, or is neither text nor number",
  elsewhere: "it is of another bucket, or its key is not under the raw prefix",
  gone: "S3 has no such object, or not that version of it",
  changed: "S3 has other content than it names, or content that came after it was processed",
  known: "the ledger has this upload already",
  twice: "another row names the same upload",
  overtaken: "the ledger changed meanwhile, or remembers uploads around it: `ledger audit` says what it lacks",
} as const;
type Left = keyof typeof LEFT;
export const leftText = (code: string): string => LEFT[code as Left] ?? code;

export interface ImportPlan {
  readonly type: "plan";
  readonly rows: number;
  readonly imports: number;
  /** How many rows are left alone, by the reason. */
  readonly left: Readonly<Partial<Record<Left, number>>>;
  /** A key as it is made from a row, their values cut to a letter; null without one. */
  readonly example: string | null;
}

export interface ImportedFile {
  readonly type: "would-import" | "imported" | "left";
  readonly key: string;
  readonly version_id: string | null;
  readonly why: string;
}

export interface ImportFinished {
  readonly type: "finished";
  readonly imported: number;
  readonly left: number;
}

export type ImportEvent = ImportPlan | ImportedFile | ImportFinished;

export interface ImportOptions {
  readonly table: string;
  readonly map: ImportMap;
  readonly where?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** An upload of ours that a row of theirs says was processed. */
interface Found {
  readonly gap: RawGap;
  readonly row: TheirRow;
}

class Tally {
  rows = 0;
  example: string | null = null;
  readonly left: Partial<Record<Left, number>> = {};
  leave(why: Left): void {
    this.left[why] = (this.left[why] ?? 0) + 1;
  }
}

/** Their rows by our key. In memory: a row is a few texts. */
async function rowsByKey(
  { ctx, bucket, prefix }: Pipeline,
  { table, map, where = {}, signal }: ImportOptions,
  tally: Tally,
): Promise<Map<string, TheirRow[]>> {
  const found = new Map<string, TheirRow[]>();
  for await (const item of theirRows(ctx, table)) {
    signal?.throwIfAborted();
    tally.rows++;
    const row = readRow(item, map);
    tally.example ??= row?.example ?? null;
    if (!isWantedRow(item, where)) tally.leave("unwanted");
    else if (!row) tally.leave("unreadable");
    else if ((row.fields.bucket ?? bucket) !== bucket || !row.fields.key?.startsWith(prefix)) tally.leave("elsewhere");
    else found.set(row.fields.key, [...(found.get(row.fields.key) ?? []), row]);
  }
  return found;
}

/**
 * The uploads that a row speaks of: one by its version, else all that were there when it was processed. Of these the newest
 * has to be what the row says of content; what it replaced was processed before it, or is of no interest any more.
 */
function uploadsOf({ versions }: RawKey, { fields }: TheirRow): readonly RawVersion[] | "gone" | "changed" {
  const version = fields.versionId;
  const named = version !== undefined && version !== "" && version !== "null";
  const at = momentOf(fields.processedAt);
  const uploads = named
    ? versions.filter(({ versionId }) => versionId === version)
    : versions.filter(({ modified }) => at === undefined || modified <= at);
  const newest = uploads.at(-1);
  if (!newest) return named ? "gone" : "changed";
  const etag = fields.etag?.replaceAll('"', "");
  const other = (etag && etag !== newest.etag) || (fields.size && Number(fields.size) !== newest.size);
  return other ? "changed" : uploads;
}

/** What is to be imported of one page of keys, oldest upload of each key first. */
async function pageOf(
  { ctx, ledger, bucket }: Pipeline,
  keys: readonly RawKey[],
  theirs: Map<string, TheirRow[]>,
  tally: Tally,
): Promise<Found[]> {
  const named = keys.filter(({ key }) => theirs.has(key));
  const heads = await ledger.heads(
    bucket,
    named.map(({ key }) => key),
  );
  return named.flatMap((one) => {
    const gaps = gapsOf(bucket, [one], heads, ctx.clock.now()).filter((gap) => !gap.again);
    const found = new Map<RawGap, TheirRow>();
    for (const row of theirs.get(one.key) ?? []) {
      const uploads = uploadsOf(one, row);
      const wanted =
        typeof uploads === "string" ? [] : gaps.filter((gap) => uploads.some((upload) => sameUpload(gap, upload)));
      const fresh = wanted.filter((gap) => !found.has(gap));
      for (const gap of fresh) found.set(gap, row);
      if (typeof uploads === "string") tally.leave(uploads);
      else if (fresh.length === 0) tally.leave(wanted.length > 0 ? "twice" : "known");
    }
    theirs.delete(one.key);
    return gaps.flatMap((gap) => {
      const row = found.get(gap);
      return row ? [{ gap, row }] : [];
    });
  });
}

const sameUpload = (a: RawVersion, b: RawVersion): boolean => a.versionId === b.versionId && a.modified === b.modified;

/** Seconds since 1970 at which a row that is processed now goes, where rows expire. */
const expiryOf = ({ ctx, ledger, ttlDays }: Pipeline): Record<string, AttributeValue> =>
  ledger.ttlAttribute && ttlDays
    ? { [ledger.ttlAttribute]: { N: String(Math.floor(ctx.clock.now() / 1000) + ttlDays * 86_400) } }
    : {};

function write(pipeline: Pipeline, ledger: Ledger, table: string, { gap, row }: Found): Promise<boolean> {
  const { dataset, recordsIn: records, processedAt: processed } = row.fields;
  const count = Number(records);
  return importFile(
    ledger,
    { ...gap, bucket: pipeline.bucket, ms: gap.eventMs, sequencer: "" },
    {
      importedFrom: table,
      processedAt: new Date(momentOf(processed) ?? pipeline.ctx.clock.now()).toISOString(),
      ...(dataset ? { dataset } : {}),
      ...(records !== undefined && Number.isInteger(count) && count >= 0 ? { recordsIn: count } : {}),
    },
    expiryOf(pipeline),
  );
}

/**
 * Takes up what another table knows as processed: a row of theirs that names an object of ours, of which the ledger knows
 * nothing, becomes a row that is `processed`, so that nothing reads the object again. First the plan, then the writes. What
 * the ledger has is never changed; cut off, it goes on where it was, as what is written is known by then.
 */
export async function* importHistory(pipeline: Pipeline, options: ImportOptions): AsyncGenerator<ImportEvent> {
  const { ledger } = pipeline;
  const tally = new Tally();
  const theirs = await rowsByKey(pipeline, options, tally);
  const todo: Found[] = [];
  if (theirs.size > 0)
    for await (const page of rawKeys(pipeline)) {
      options.signal?.throwIfAborted();
      todo.push(...(await pageOf(pipeline, page, theirs, tally)));
    }
  for (const rows of theirs.values()) for (const _ of rows) tally.leave("gone");
  const { rows, left, example } = tally;
  yield { type: "plan", rows, imports: todo.length, left, example };
  const count = { imported: 0, left: 0 };
  for (const one of todo) {
    if (options.signal?.aborted) break;
    const { key, versionId } = one.gap;
    const place = { key, version_id: versionId || null };
    if (options.dryRun) yield { type: "would-import", ...place, why: "processed before" };
    else if (await write(pipeline, ledger, options.table, one)) {
      count.imported++;
      yield { type: "imported", ...place, why: "processed before" };
    } else {
      count.left++;
      yield { type: "left", ...place, why: LEFT.overtaken };
    }
  }
  yield { type: "finished", ...count };
}
