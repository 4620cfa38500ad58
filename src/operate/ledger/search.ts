import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { fixedOf, INDEXES, STATES } from "../../lakehouse/ledger.ts";
import { encoded, itemOf, type LedgerFilter } from "./item.ts";
import type { Ledger } from "./ledger.ts";

/** What a new row says of itself: the two indexes are read by it. */
const FIXED = encoded(fixedOf("record"));

interface Conditions {
  readonly names: Record<string, string>;
  readonly values: Record<string, AttributeValue>;
  readonly filters: string[];
}

function conditionsOf(ledger: Ledger, filter: LedgerFilter): Conditions {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const filters: string[] = [];
  const { status, dataset, run, key, prefix } = filter;
  for (const [name, value] of Object.entries(itemOf({ status, dataset, runId: run, key }))) {
    names[`#${name}`] = name;
    values[`:${name}`] = value;
    filters.push(`#${name} = :${name}`);
  }
  if (prefix) {
    names["#key"] = "key";
    values[":prefix"] = { S: prefix };
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
  const time = INDEXES.by_time.range;
  if (filter.since && filter.until) return `${time} BETWEEN :since AND :until`;
  if (filter.since) return `${time} >= :since`;
  return filter.until ? `${time} <= :until` : "";
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
  const waits = filter.status !== undefined && STATES[filter.status].waits;
  const index = waits ? "pending" : "by_time";
  const { hash } = INDEXES[index];
  const range = rangeOf(filter, values);
  const narrow = filters.length > (ledger.ttlAttribute ? 1 : 0) || (waits && range !== "");
  if (waits && range) filters.push(range);
  const shown = projection?.map((name, at) => {
    names[`#p${at}`] = name;
    return `#p${at}`;
  });
  return {
    IndexName: index,
    KeyConditionExpression: `${hash} = :hash${waits || !range ? "" : ` AND ${range}`}`,
    ExpressionAttributeValues: { ...values, ":hash": FIXED[hash] ?? { S: "" } },
    ...(filters.length > 0 ? { FilterExpression: filters.join(" AND ") } : {}),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(shown ? { ProjectionExpression: shown.join(", ") } : {}),
    narrow,
  };
}

/** All that waits or is claimed, oldest first. */
export const pendingSearch = (): Pick<
  Search,
  "IndexName" | "KeyConditionExpression" | "ExpressionAttributeValues"
> => ({
  IndexName: "pending",
  KeyConditionExpression: `${INDEXES.pending.hash} = :hash`,
  ExpressionAttributeValues: { ":hash": FIXED[INDEXES.pending.hash] ?? { S: "" } },
});
