import { generationsOf, REMEMBERED } from "./head.ts";
import { headId } from "./file-id.ts";
import {
  attributesOf,
  detailOf,
  headOf,
  type LedgerDetail,
  type LedgerFile,
  type LedgerFilter,
  type LedgerRow,
  rowOf,
} from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { filesOfRun } from "./of-run.ts";
import { searchOf, withMillis } from "./search.ts";

/** Files, newest first, page by page: constant memory, and `limit` of them cost one call when nothing is filtered out. */
export async function* eachFile(
  ledger: Ledger,
  wanted: LedgerFilter,
  only?: readonly (keyof LedgerFile)[],
): AsyncGenerator<LedgerFile> {
  const filter = {
    ...wanted,
    ...(wanted.since ? { since: withMillis(wanted.since) } : {}),
    ...(wanted.until ? { until: withMillis(wanted.until) } : {}),
  };
  const { run } = filter;
  const ofRun = run === undefined ? undefined : await filesOfRun(ledger, { ...filter, run });
  if (ofRun) yield* ofRun;
  else yield* filesByIndex(ledger, filter, only && attributesOf(only, ledger.hashKey));
}

async function* filesByIndex(
  ledger: Ledger,
  filter: LedgerFilter,
  projection: readonly string[] | undefined,
): AsyncGenerator<LedgerFile> {
  const { narrow, ...search } = searchOf(ledger, filter, projection);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  // DynamoDB applies Limit before the filter: with a narrow filter small pages would mean many calls.
  const mostAPage = (): number | undefined => (Number.isFinite(left) && !narrow ? left : undefined);
  for await (const item of ledger.query({ ...search, ScanIndexForward: false }, mostAPage)) {
    if (left <= 0) return;
    yield ledger.file(item);
    if (--left <= 0) return;
  }
}

/** Rows of the ledger, newest first, one per generation of a file. */
export async function* listFiles(ledger: Ledger, filter: LedgerFilter = {}): AsyncGenerator<LedgerRow> {
  for await (const file of eachFile(ledger, filter)) yield rowOf(file);
}

/**
 * Every generation of one file, newest first. Takes a file id, an object key, or `s3://bucket/key`; `bucket` is where
 * plain keys lie. Two reads, unless the key has more generations than its head item remembers. Empty when the ledger knows
 * no such file.
 */
export async function filesOfKey(
  ledger: Ledger,
  wanted: { readonly file: string; readonly bucket: string },
): Promise<LedgerFile[]> {
  const url = /^s3:\/\/([^/]+)\/(.+)$/.exec(wanted.file);
  const named = { bucket: url?.[1] ?? wanted.bucket, key: url?.[2] ?? wanted.file };
  const first = await ledger.items([wanted.file, headId(named.bucket, named.key)]);
  const one = first.get(wanted.file);
  const place = one ? ledger.file(one) : named;
  const here = first.get(headId(place.bucket, place.key));
  const head = here ? headOf(here) : await ledger.head(place.bucket, place.key);
  const generations = generationsOf(head, place.bucket, place.key);
  const items = await ledger.items([...generations.map((each) => each.fileId), ...(one ? [wanted.file] : [])]);
  const kept = [...items].filter(([, item]) => !ledger.isExpired(item));
  const files = new Map(kept.map(([id, item]) => [id, ledger.file(item)]));
  // Older ones are only in the index by time.
  if (generations.length >= REMEMBERED)
    for await (const file of eachFile(ledger, { key: place.key })) files.set(file.fileId, file);
  return [...files.values()].sort((a, b) => ((a.generation ?? "") < (b.generation ?? "") ? 1 : -1));
}

/** The same, as `ledger show --json` has it. */
export const showFile = async (...wanted: Parameters<typeof filesOfKey>): Promise<LedgerDetail[]> =>
  (await filesOfKey(...wanted)).map(detailOf);
