import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { LedgerFilter } from "./item.ts";
import type { Ledger } from "./ledger.ts";

interface Conditions {
  readonly names: Record<string, string>;
  readonly values: Record<string, AttributeValue>;
  readonly filters: string[];
}

function conditionsOf(ledger: Ledger, filter: LedgerFilter): Conditions {
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
    values[":now"] = { N: String(Math.floor(ledger.ctx.clock.now() / 1000)) };
    filters.push("(attribute_not_exists(#ttl) OR #ttl > :now)");
  }
  return { names, values, filters };
}

/** The ledger's times have milliseconds and compare as text: `…:25Z` would sort after `…:25.000Z`. */
export function withMillis(time: string): string {
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

/** A query of one of the two indexes. */
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
export function searchOf(ledger: Ledger, filter: LedgerFilter, projection: readonly string[] | undefined): Search {
  const { names, values, filters } = conditionsOf(ledger, filter);
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
