import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import {
  getItems,
  headId,
  isExpired,
  type Item,
  type LedgerDetail,
  type LedgerFilter,
  type LedgerRow,
  type LedgerTarget,
  text,
  toDetail,
  toRow,
} from "./item.ts";
import { generationsOf } from "./head.ts";
import { itemsOfRun } from "./of-run.ts";
import { isAbsent, OperateProblem } from "../problem.ts";
import { command } from "../next.ts";
import { searchOf, withMillis } from "./search.ts";

export type { LedgerFilter } from "./item.ts";

const noLedger = (ctx: AwsContext, ledger: LedgerTarget): OperateProblem =>
  new OperateProblem(
    "no_ledger",
    `The ledger ${ledger.table} does not exist in ${ctx.account}, ${ctx.region}`,
    command(ctx, "apply"),
    "user",
    ledger.table,
  );

/** Turns "the table is not there" into words; everything else stays what it is. */
export async function withLedger<T>(ctx: AwsContext, ledger: LedgerTarget, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isAbsent(error) ? noLedger(ctx, ledger) : error;
  }
}

/** Items of files, newest first, page by page: constant memory, and `limit` rows cost one call when nothing is filtered out. */
export async function* fileItems(
  ctx: AwsContext,
  ledger: LedgerTarget,
  wanted: LedgerFilter,
  projection?: readonly string[],
): AsyncGenerator<Item> {
  const filter = {
    ...wanted,
    ...(wanted.since ? { since: withMillis(wanted.since) } : {}),
    ...(wanted.until ? { until: withMillis(wanted.until) } : {}),
  };
  const { run } = filter;
  const ofRun =
    run === undefined ? undefined : await withLedger(ctx, ledger, () => itemsOfRun(ctx, ledger, { ...filter, run }));
  if (ofRun) yield* ofRun;
  else yield* itemsByIndex(ctx, ledger, filter, projection);
}

async function* itemsByIndex(
  ctx: AwsContext,
  ledger: LedgerTarget,
  filter: LedgerFilter,
  projection: readonly string[] | undefined,
): AsyncGenerator<Item> {
  const dynamo = await ctx.clients.dynamodb();
  const { narrow, ...search } = searchOf(ledger, filter, ctx.clock.now(), projection);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const start = from;
    const page = await withLedger(ctx, ledger, () =>
      dynamo.query({
        TableName: ledger.table,
        ...search,
        // DynamoDB applies Limit before the filter: with a narrow filter small pages would mean many calls.
        ...(Number.isFinite(left) && !narrow ? { Limit: left } : {}),
        ScanIndexForward: false,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    for (const item of page.Items ?? []) {
      if (left <= 0) return;
      left--;
      yield item;
    }
    from = page.LastEvaluatedKey;
  } while (from && left > 0);
}

/** Rows of the ledger, newest first, one per generation of a file. */
export async function* listFiles(
  ctx: AwsContext,
  ledger: LedgerTarget,
  filter: LedgerFilter = {},
): AsyncGenerator<LedgerRow> {
  for await (const item of fileItems(ctx, ledger, filter)) yield toRow(item, ledger.hashKey);
}

/** Head items remember so many generations; of keys with more, the older ones are looked up in the index by time. */
const REMEMBERED = 40;

/**
 * Every generation of one file, newest first. Takes a file id, an object key, or `s3://bucket/key`; `bucket` is where
 * plain keys lie. Two reads, unless the key has more generations than its head item remembers. Empty when the ledger knows
 * no such file.
 */
export async function showFile(
  ctx: AwsContext,
  ledger: LedgerTarget,
  wanted: { readonly file: string; readonly bucket: string },
): Promise<LedgerDetail[]> {
  const url = /^s3:\/\/([^/]+)\/(.+)$/.exec(wanted.file);
  const named = { bucket: url?.[1] ?? wanted.bucket, key: url?.[2] ?? wanted.file };
  const first = await withLedger(ctx, ledger, () =>
    getItems(ctx, ledger, [wanted.file, headId(named.bucket, named.key)]),
  );
  const one = first.get(wanted.file);
  const place = one ? { bucket: text(one, "bucket") ?? named.bucket, key: text(one, "key") ?? named.key } : named;
  const head =
    first.get(headId(place.bucket, place.key)) ??
    (await getItems(ctx, ledger, [headId(place.bucket, place.key)])).get(headId(place.bucket, place.key));
  const generations = head ? generationsOf(head, place.bucket, place.key) : [];
  const items = await getItems(ctx, ledger, [...generations.map((each) => each.fileId), ...(one ? [wanted.file] : [])]);
  if (generations.length >= REMEMBERED)
    for await (const item of fileItems(ctx, ledger, { key: place.key }))
      items.set(text(item, ledger.hashKey) ?? "", item);
  const rows = [...items.values()]
    .filter((item) => !isExpired(item, ledger.ttlAttribute, ctx.clock.now()))
    .map((item) => toDetail(item, ledger.hashKey));
  return rows.sort((a, b) => ((a.generation ?? "") < (b.generation ?? "") ? 1 : -1));
}
