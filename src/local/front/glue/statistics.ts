import type * as Sdk from "@aws-sdk/client-glue";
import { notFound } from "../errors.ts";
import type { Wire } from "../wire.ts";
import { knownTable, partitionsOf, statisticsOf } from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import type { GlueState, TableDef } from "./state.ts";
import { detail } from "./tables.ts";

interface Place {
  readonly DatabaseName?: string | undefined;
  readonly TableName?: string | undefined;
  readonly PartitionValues?: string[] | undefined;
}

/** Column statistics of tables and partitions: what is written is read back. */
export function statisticsOperations(state: GlueState): Operations {
  const owner = (place: Place): { table: TableDef; key: (column: string | undefined) => string } => {
    const table = knownTable(state, place.DatabaseName, place.TableName);
    const partition = place.PartitionValues && JSON.stringify(place.PartitionValues);
    if (partition && !partitionsOf(state, table).has(partition)) throw notFound("Partition not found.");
    return { table, key: (column) => `${partition ?? ""}\n${column?.toLowerCase()}` };
  };
  const update = operation((input: Place & { ColumnStatisticsList?: Wire<Sdk.ColumnStatistics>[] }) => {
    const { table, key } = owner(input);
    for (const one of input.ColumnStatisticsList ?? []) statisticsOf(state, table).set(key(one.ColumnName), one);
    return { Errors: [] };
  });
  const read = operation((input: Place & { ColumnNames?: string[] }) => {
    const { table, key } = owner(input);
    const names = input.ColumnNames ?? [];
    const found = names.flatMap((name) => statisticsOf(state, table).get(key(name)) ?? []);
    const missing = names.filter((name) => !statisticsOf(state, table).has(key(name)));
    return {
      ColumnStatisticsList: found,
      Errors: missing.map((ColumnName) => ({
        ColumnName,
        Error: detail(notFound(`Statistics of column ${ColumnName} not found.`)),
      })),
    };
  });
  const remove = operation((input: Place & { ColumnName?: string }) => {
    const { table, key } = owner(input);
    if (!statisticsOf(state, table).delete(key(input.ColumnName)))
      throw notFound(`Statistics of column ${input.ColumnName} not found.`);
    return {};
  });
  return {
    UpdateColumnStatisticsForTable: update,
    UpdateColumnStatisticsForPartition: update,
    GetColumnStatisticsForTable: read,
    GetColumnStatisticsForPartition: read,
    DeleteColumnStatisticsForTable: remove,
    DeleteColumnStatisticsForPartition: remove,
  };
}
