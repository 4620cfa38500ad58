import { type TableConfig, tableSection } from "../services/dynamodb/section.ts";
import { HASH_KEY, INDEXES, keyTypeOf } from "./ledger.ts";
import { type LedgerConfig, ttlOn } from "./sections.ts";

/** The ledger as a plain table, with its two indexes: what is pending, and everything by time. */
export function ledgerTable(ledger: LedgerConfig): TableConfig {
  const { enableTtl: _word, ttlDays: _days, ...table } = ledger;
  const indexes = Object.entries(INDEXES).map(([name, { hash, range }]) => [
    name,
    { hashKey: hash, rangeKey: range, projection: "ALL" as const },
  ]);
  const keys = Object.values(INDEXES).flatMap(({ hash, range }) => [hash, range]);
  return {
    ...tableSection.parse({}),
    ...table,
    attributes: {
      [ledger.hashKey]: keyTypeOf(HASH_KEY),
      ...Object.fromEntries(keys.map((key) => [key, keyTypeOf(key)])),
    },
    ttl: ttlOn(ledger),
    indexes: Object.fromEntries(indexes),
  };
}
