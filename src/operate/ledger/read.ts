import { generationsOf, REMEMBERED } from "./head.ts";
import { headId, type Item, type LedgerDetail, type LedgerFilter, type LedgerRow, text } from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { itemsOfRun } from "./of-run.ts";
import { searchOf, withMillis } from "./search.ts";

/** Items of files, newest first, page by page: constant memory, and `limit` rows cost one call when nothing is filtered out. */
export async function* fileItems(
  ledger: Ledger,
  wanted: LedgerFilter,
  projection?: readonly string[],
): AsyncGenerator<Item> {
  const filter = {
    ...wanted,
    ...(wanted.since ? { since: withMillis(wanted.since) } : {}),
    ...(wanted.until ? { until: withMillis(wanted.until) } : {}),
  };
  const { run } = filter;
  const ofRun = run === undefined ? undefined : await itemsOfRun(ledger, { ...filter, run });
  if (ofRun) yield* ofRun;
  else yield* itemsByIndex(ledger, filter, projection);
}

async function* itemsByIndex(
  ledger: Ledger,
  filter: LedgerFilter,
  projection: readonly string[] | undefined,
): AsyncGenerator<Item> {
  const { narrow, ...search } = searchOf(ledger, filter, projection);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  // DynamoDB applies Limit before the filter: with a narrow filter small pages would mean many calls.
  const mostAPage = (): number | undefined => (Number.isFinite(left) && !narrow ? left : undefined);
  for await (const item of ledger.query({ ...search, ScanIndexForward: false }, mostAPage)) {
    if (left <= 0) return;
    yield item;
    if (--left <= 0) return;
  }
}

/** Rows of the ledger, newest first, one per generation of a file. */
export async function* listFiles(ledger: Ledger, filter: LedgerFilter = {}): AsyncGenerator<LedgerRow> {
  for await (const item of fileItems(ledger, filter)) yield ledger.row(item);
}

/**
 * Every generation of one file, newest first. Takes a file id, an object key, or `s3://bucket/key`; `bucket` is where
 * plain keys lie. Two reads, unless the key has more generations than its head item remembers. Empty when the ledger knows
 * no such file.
 */
export async function showFile(
  ledger: Ledger,
  wanted: { readonly file: string; readonly bucket: string },
): Promise<LedgerDetail[]> {
  const url = /^s3:\/\/([^/]+)\/(.+)$/.exec(wanted.file);
  const named = { bucket: url?.[1] ?? wanted.bucket, key: url?.[2] ?? wanted.file };
  const first = await ledger.items([wanted.file, headId(named.bucket, named.key)]);
  const one = first.get(wanted.file);
  const place = one ? { bucket: text(one, "bucket") ?? named.bucket, key: text(one, "key") ?? named.key } : named;
  const head = first.get(headId(place.bucket, place.key)) ?? (await ledger.head(place.bucket, place.key));
  const generations = head ? generationsOf(head, place.bucket, place.key) : [];
  const items = await ledger.items([...generations.map((each) => each.fileId), ...(one ? [wanted.file] : [])]);
  // Older ones are only in the index by time.
  if (generations.length >= REMEMBERED)
    for await (const item of fileItems(ledger, { key: place.key })) items.set(ledger.idOf(item), item);
  const rows = [...items.values()].filter((item) => !ledger.isExpired(item)).map((item) => ledger.detail(item));
  return rows.sort((a, b) => ((a.generation ?? "") < (b.generation ?? "") ? 1 : -1));
}
