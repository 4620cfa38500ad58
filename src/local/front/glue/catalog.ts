import type { Collection } from "../store.ts";
import type { Wire } from "../wire.ts";
import type * as Sdk from "@aws-sdk/client-glue";
import { invalidInput, notFound } from "../errors.ts";
import type { DatabaseDef, GlueState, PartitionDef, TableDef } from "./state.ts";

/** The catalog's names fold to lower case when stored, for Hive's sake. */
export const folded = (name = ""): string => name.toLowerCase();
export const tableKey = (database = "", table = ""): string => `${folded(database)}/${folded(table)}`;

/** One catalog: the account's own. */
export function checkCatalog(state: GlueState, id: string | undefined): void {
  if (id !== undefined && id !== state.account) throw notFound(`Catalog ${id} not found.`);
}

export function knownDatabase(state: GlueState, name: string | undefined): DatabaseDef {
  const database = state.databases.get(folded(name));
  if (!database) throw notFound(`Database ${folded(name)} not found.`);
  return database;
}

export function knownTable(state: GlueState, database: string | undefined, name: string | undefined): TableDef {
  knownDatabase(state, database);
  const table = state.tables.get(tableKey(database, name));
  if (!table) throw notFound(`Table ${folded(name)} not found.`);
  return table;
}

export const partitionsOf = (state: GlueState, table: TableDef): Collection<PartitionDef> =>
  state.store.collection(`partitions/${tableKey(table.DatabaseName, table.Name)}`);
export const versionsOf = (state: GlueState, table: TableDef): Collection<TableDef> =>
  state.store.collection(`versions/${tableKey(table.DatabaseName, table.Name)}`);
export const indexesOf = (state: GlueState, table: TableDef): Collection<Wire<Sdk.PartitionIndexDescriptor>> =>
  state.store.collection(`indexes/${tableKey(table.DatabaseName, table.Name)}`);
/** Statistics by column, of the table (`""`) or of a partition (its values). */
export const statisticsOf = (state: GlueState, table: TableDef): Collection<Wire<Sdk.ColumnStatistics>> =>
  state.store.collection(`statistics/${tableKey(table.DatabaseName, table.Name)}`);

/** A table and all that hangs on it. */
export function forgetTable(state: GlueState, table: TableDef): void {
  state.store.transact(() => {
    for (const rest of [partitionsOf, versionsOf, indexesOf, statisticsOf]) rest(state, table).clear();
    state.tables.delete(tableKey(table.DatabaseName, table.Name));
  });
}

/** Glue's table and function patterns are regular expressions over the whole name. */
export function matcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  try {
    const regex = new RegExp(`^(?:${pattern.replaceAll(/(?<![.\])])\*/g, ".*")})$`, "i");
    return (name) => regex.test(name);
  } catch {
    throw invalidInput(`Pattern ${pattern} is not a valid regular expression.`);
  }
}
