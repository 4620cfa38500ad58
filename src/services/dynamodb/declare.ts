import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import type { TableIndex, TableProps } from "./props.ts";
import type { IndexConfig, TableConfig } from "./section.ts";

type Capacity = Pick<TableProps, "readCapacity" | "writeCapacity">;

const capacityOf = (table: TableConfig, own: Partial<Pick<IndexConfig, keyof Capacity>> = {}): Capacity =>
  table.billing === "provisioned"
    ? {
        readCapacity: own.readCapacity ?? table.readCapacity,
        writeCapacity: own.writeCapacity ?? table.writeCapacity,
      }
    : { readCapacity: null, writeCapacity: null };

function indexOf(table: TableConfig, index: IndexConfig): TableIndex {
  const { hashKey, rangeKey = null, projection } = index;
  return {
    hashKey,
    hashKeyType: table.attributes[hashKey] ?? "S",
    rangeKey,
    rangeKeyType: rangeKey === null ? null : (table.attributes[rangeKey] ?? "S"),
    projection,
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
      },
      build.tags(one.tags),
    ),
  );
