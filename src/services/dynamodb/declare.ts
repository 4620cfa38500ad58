import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { given } from "../kit.ts";
import { ownStatements } from "../statements.ts";
import type { LocalIndex, Projection, TableIndex, TableProps } from "./props.ts";
import type { Ceiling } from "./settings.ts";
import type { IndexConfig, LocalIndexConfig, TableConfig } from "./section.ts";

type Capacity = Pick<TableProps, "readCapacity" | "writeCapacity">;

const capacityOf = (table: TableConfig, own: Partial<Pick<IndexConfig, keyof Capacity>> = {}): Capacity =>
  table.billing === "provisioned"
    ? {
        readCapacity: own.readCapacity ?? table.readCapacity,
        writeCapacity: own.writeCapacity ?? table.writeCapacity,
      }
    : { readCapacity: null, writeCapacity: null };

const projectionOf = ({ projection, nonKeyAttributes }: LocalIndexConfig | IndexConfig): Projection => ({
  projection,
  ...given("nonKeyAttributes", nonKeyAttributes?.toSorted()),
});

const ceilingOf = (one: TableConfig["onDemandThroughput"]): Ceiling | undefined =>
  one && { read: one.read ?? null, write: one.write ?? null };

const localIndexOf = (table: TableConfig, index: LocalIndexConfig): LocalIndex => ({
  rangeKey: index.rangeKey,
  rangeKeyType: table.attributes[index.rangeKey] ?? "S",
  ...projectionOf(index),
});

/** Settings that the config does not name are absent. */
const settingsOf = (one: TableConfig, arn: string): Partial<TableProps> => ({
  ...given(
    "localIndexes",
    one.localIndexes &&
      Object.fromEntries(Object.entries(one.localIndexes).map(([name, index]) => [name, localIndexOf(one, index)])),
  ),
  ...given("stream", one.stream),
  ...given("onDemandThroughput", ceilingOf(one.onDemandThroughput)),
  ...given("warmThroughput", one.warmThroughput),
  ...given("recoveryPeriodDays", one.recoveryPeriodDays),
  ...given("statements", one.statements && ownStatements(one.statements, arn)),
});

function indexOf(table: TableConfig, index: IndexConfig): TableIndex {
  const { hashKey, rangeKey = null } = index;
  return {
    hashKey,
    hashKeyType: table.attributes[hashKey] ?? "S",
    rangeKey,
    rangeKeyType: rangeKey === null ? null : (table.attributes[rangeKey] ?? "S"),
    ...projectionOf(index),
    ...given("onDemandThroughput", ceilingOf(index.onDemandThroughput)),
    ...capacityOf(table, index),
  };
}

/** Tables with their indexes. */
export const declareTables = (
  { tables }: { readonly tables: Readonly<Record<string, TableConfig>> },
  build: Build,
): Desired[] =>
  Object.entries(tables).map(([id, one]) =>
    resource<TableProps>(
      { kind: "dynamodb.table", id, name: build.named("tables", id).name },
      {
        hashKey: one.hashKey,
        hashKeyType: one.attributes[one.hashKey] ?? "S",
        ...(one.rangeKey === undefined
          ? {}
          : { rangeKey: one.rangeKey, rangeKeyType: one.attributes[one.rangeKey] ?? "S" }),
        billing: one.billing === "provisioned" ? "PROVISIONED" : "PAY_PER_REQUEST",
        ...capacityOf(one),
        indexes: Object.fromEntries(Object.entries(one.indexes).map(([name, index]) => [name, indexOf(one, index)])),
        ttlAttribute: one.ttl ? one.ttlAttribute : null,
        pointInTimeRecovery: one.pointInTimeRecovery,
        deletionProtection: one.deletionProtection,
        encryption: one.kmsKeyId ?? "owned",
        tableClass: one.tableClass,
        ...settingsOf(one, build.named("tables", id).arn),
      },
      build.tags(one.tags),
    ),
  );
