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
  number,
  text,
  toDetail,
  toRow,
} from "./item.ts";
import { generationsOf } from "./head.ts";
import { itemsOfRun } from "./of-run.ts";
import { isAbsent, OperateProblem } from "../problem.ts";
import { command } from "../runs/calls.ts";

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

interface Conditions {
  readonly names: Record<string, string>;
  readonly values: Record<string, AttributeValue>;
  readonly filters: string[];
}

function conditionsOf(ledger: LedgerTarget, filter: LedgerFilter, nowMs: number): Conditions {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const filters: string[] = [];
  const equals = { status: filter.status, dataset: filter.dataset, run_id: filter.run, key: filter.key };
  for (const [name, value] of Object.entries(equals)) {
    if (value === undefined) continue;
    names[`#${name}`] = name;
    values[`:${name}`] = { S: value };
    filters.push(`#${name} = :${name}`);
  }
  if (filter.prefix) {
    names["#key"] = "key";
    values[":prefix"] = { S: filter.prefix };
    filters.push("begins_with(#key, :prefix)");
  }
  if (ledger.ttlAttribute) {
    names["#ttl"] = ledger.ttlAttribute;
    values[":now"] = { N: String(Math.floor(nowMs / 1000)) };
    filters.push("(attribute_not_exists(#ttl) OR #ttl > :now)");
  }
  return { names, values, filters };
}

/** The ledger's times have milliseconds and compare as text: `…:25Z` would sort after `…:25.000Z`. */
function withMillis(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toISOString();
}

/** The condition on the time, or "". */
function rangeOf(filter: LedgerFilter, values: Record<string, AttributeValue>): string {
  if (filter.since) values[":since"] = { S: filter.since };
  if (filter.until) values[":until"] = { S: filter.until };
  if (filter.since && filter.until) return "received_at BETWEEN :since AND :until";
  if (filter.since) return "received_at >= :since";
  return filter.until ? "received_at <= :until" : "";
}

interface Search {
  readonly IndexName: string;
  readonly KeyConditionExpression: string;
  readonly FilterExpression?: string;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ProjectionExpression?: string;
  /** Whether the filter leaves rows out beyond those that have expired. */
  readonly narrow: boolean;
}

/** What waits is in the sparse index, ordered by its generation (the time of the event): it costs what waits, not the ledger. */
function searchOf(
  ledger: LedgerTarget,
  filter: LedgerFilter,
  nowMs: number,
  projection: readonly string[] | undefined,
): Search {
  const { names, values, filters } = conditionsOf(ledger, filter, nowMs);
  const waits = filter.status === "received" || filter.status === "claimed";
  const range = rangeOf(filter, values);
  const narrow = filters.length > (ledger.ttlAttribute ? 1 : 0) || (waits && range !== "");
  if (waits && range) filters.push(range);
  const shown = projection?.map((name, at) => {
    names[`#p${at}`] = name;
    return `#p${at}`;
  });
  return {
    IndexName: waits ? "pending" : "by_time",
    KeyConditionExpression: waits ? "pending = :hash" : `entity = :hash${range ? ` AND ${range}` : ""}`,
    ExpressionAttributeValues: { ...values, ":hash": { S: waits ? "1" : "FILE" } },
    ...(filters.length > 0 ? { FilterExpression: filters.join(" AND ") } : {}),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(shown ? { ProjectionExpression: shown.join(", ") } : {}),
    narrow,
  };
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

/** What reading the whole ledger costs, said before it is done. */
export interface ScanCost {
  readonly type: "cost";
  readonly items: number;
  readonly bytes: number;
  readonly read_units: number;
  readonly calls: number;
}

export interface LedgerStats {
  readonly type: "stats";
  readonly files: number;
  readonly bytes: number;
  readonly records_in: number;
  readonly records_quarantined: number;
  readonly by_status: Readonly<Record<string, number>>;
  readonly by_dataset: Readonly<Record<string, number>>;
  readonly oldest_pending: string | null;
}

/** First the cost of the read (DynamoDB's own count, some hours old), then the figures. */
export async function* ledgerStats(ctx: AwsContext, ledger: LedgerTarget): AsyncGenerator<ScanCost | LedgerStats> {
  const dynamo = await ctx.clients.dynamodb();
  const table = (await withLedger(ctx, ledger, () => dynamo.describeTable({ TableName: ledger.table }))).Table;
  const index = table?.GlobalSecondaryIndexes?.find((each) => each.IndexName === "by_time");
  const bytes = index?.IndexSizeBytes ?? table?.TableSizeBytes ?? 0;
  // Eventually consistent: 8 KB a unit. A page holds 1 MB.
  yield {
    type: "cost",
    items: index?.ItemCount ?? table?.ItemCount ?? 0,
    bytes,
    read_units: Math.ceil(bytes / 8192),
    calls: Math.max(1, Math.ceil(bytes / 1_048_576)),
  };
  const total = { files: 0, bytes: 0, records_in: 0, records_quarantined: 0 };
  const statuses: Record<string, number> = {};
  const datasets: Record<string, number> = {};
  let oldest: string | null = null;
  const fields = ["status", "dataset", "size", "records_in", "records_quarantined", "received_at"];
  for await (const item of fileItems(ctx, ledger, {}, fields)) {
    const status = text(item, "status") ?? "unknown";
    const dataset = text(item, "dataset") ?? "unknown";
    total.files++;
    total.bytes += number(item, "size") ?? 0;
    total.records_in += number(item, "records_in") ?? 0;
    total.records_quarantined += number(item, "records_quarantined") ?? 0;
    statuses[status] = (statuses[status] ?? 0) + 1;
    datasets[dataset] = (datasets[dataset] ?? 0) + 1;
    // Newest first: the last one met is the oldest.
    if (status === "received" || status === "claimed") oldest = text(item, "received_at");
  }
  yield { type: "stats", ...total, by_status: statuses, by_dataset: datasets, oldest_pending: oldest };
}
