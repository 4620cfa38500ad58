import { partitionOf } from "../../../aws/arn.ts";
import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import {
  checkCatalog,
  folded,
  forgetTable,
  knownDatabase,
  knownTable,
  matcher,
  tableKey,
  versionsOf,
} from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import { addIndexes } from "./partition-indexes.ts";
import { nowOf, type GlueState, type TableDef } from "./state.ts";

/** Versions sort as numbers, newest first. */
const versionKey = (version: string): string => String(1e9 - Number(version)).padStart(10, "0");

/** Tables of the catalog and their versions. */
export function tableOperations(state: GlueState): Operations {
  const define = (
    input: Wire<Sdk.TableInput>,
    place: Pick<TableDef, "Name" | "DatabaseName" | "VersionId" | "CreateTime">,
  ): TableDef => ({
    ...input,
    ...place,
    UpdateTime: nowOf(state),
    Retention: input.Retention ?? 0,
    PartitionKeys: input.PartitionKeys ?? [],
    CreatedBy: `arn:${partitionOf(state.region)}:iam::${state.account}:root`,
    IsRegisteredWithLakeFormation: false,
    CatalogId: state.account,
    ViewDefinition: undefined,
  });

  const create = ({ CatalogId, DatabaseName, TableInput, PartitionIndexes }: Wire<Sdk.CreateTableRequest>): object => {
    checkCatalog(state, CatalogId);
    const database = knownDatabase(state, DatabaseName);
    if (!TableInput?.Name) throw invalidInput("Table name cannot be null or empty.");
    const key = tableKey(database.Name, TableInput.Name);
    if (state.tables.has(key)) throw alreadyExists("Table already exists.");
    const place = {
      Name: folded(TableInput.Name),
      DatabaseName: database.Name,
      VersionId: "0",
      CreateTime: nowOf(state),
    };
    return state.store.transact(() => {
      const table = define(TableInput, place);
      state.tables.set(key, table);
      addIndexes(state, table, PartitionIndexes ?? []);
      return {};
    });
  };

  /** Replaces the whole definition; the old one becomes a version unless SkipArchive says no. */
  const update = (input: Wire<Sdk.UpdateTableRequest>): object => {
    checkCatalog(state, input.CatalogId);
    const old = knownTable(state, input.DatabaseName, input.TableInput?.Name ?? input.Name);
    if (input.VersionId !== undefined && input.VersionId !== old.VersionId) {
      throw new AwsError("ConcurrentModificationException", "Update table failed due to concurrent modifications.");
    }
    const { Name, DatabaseName, CreateTime } = old;
    const next = define(input.TableInput ?? { Name }, {
      Name,
      DatabaseName,
      CreateTime,
      VersionId: String(Number(old.VersionId) + 1),
    });
    return state.store.transact(() => {
      if (input.SkipArchive !== true) versionsOf(state, old).set(old.VersionId, old);
      state.tables.set(tableKey(DatabaseName, Name), next);
      return {};
    });
  };

  const versions = (table: TableDef): TableDef[] => [table, ...versionsOf(state, table).values()];

  return {
    CreateTable: operation(create),
    UpdateTable: operation(update),
    DeleteTable: operation((input: Wire<Sdk.DeleteTableRequest>) => {
      checkCatalog(state, input.CatalogId);
      forgetTable(state, knownTable(state, input.DatabaseName, input.Name));
      return {};
    }),
    BatchDeleteTable: operation(({ DatabaseName, TablesToDelete = [] }: Wire<Sdk.BatchDeleteTableRequest>) => {
      const missing = TablesToDelete.filter((name) => !state.tables.has(tableKey(DatabaseName, name)));
      for (const name of TablesToDelete)
        if (!missing.includes(name)) forgetTable(state, knownTable(state, DatabaseName, name));
      return {
        Errors: missing.map((name) => ({
          TableName: name,
          ErrorDetail: detail(notFound(`Table ${folded(name)} not found.`)),
        })),
      };
    }),
    GetTable: operation((input: Wire<Sdk.GetTableRequest>) => {
      checkCatalog(state, input.CatalogId);
      return { Table: knownTable(state, input.DatabaseName, input.Name) };
    }),
    GetTables: operation((input: Wire<Sdk.GetTablesRequest>) => {
      checkCatalog(state, input.CatalogId);
      const { Name } = knownDatabase(state, input.DatabaseName);
      const fits = matcher(input.Expression);
      const tables = [...state.tables.values()].filter((table) => table.DatabaseName === Name && fits(table.Name));
      const page = pageOf(tables, (table) => table.Name, input, 100);
      return { TableList: page.items, NextToken: page.nextToken };
    }),
    SearchTables: operation((input: Wire<Sdk.SearchTablesRequest>) => {
      const page = pageOf(search(state, input), (table) => tableKey(table.DatabaseName, table.Name), input, 100);
      return { TableList: page.items, NextToken: page.nextToken };
    }),
    GetTableVersion: operation((input: Wire<Sdk.GetTableVersionRequest>) => {
      const table = knownTable(state, input.DatabaseName, input.TableName);
      const found = versions(table).find((version) => version.VersionId === (input.VersionId ?? table.VersionId));
      if (!found) throw notFound(`Table version ${input.VersionId} not found.`);
      return { TableVersion: { Table: found, VersionId: found.VersionId } };
    }),
    GetTableVersions: operation((input: Wire<Sdk.GetTableVersionsRequest>) => {
      const table = knownTable(state, input.DatabaseName, input.TableName);
      const page = pageOf(versions(table), (version) => versionKey(version.VersionId), input, 100);
      return {
        TableVersions: page.items.map((Table) => ({ Table, VersionId: Table.VersionId })),
        NextToken: page.nextToken,
      };
    }),
    DeleteTableVersion: operation((input: Wire<Sdk.DeleteTableVersionRequest>) => {
      removeVersion(state, knownTable(state, input.DatabaseName, input.TableName), input.VersionId ?? "");
      return {};
    }),
    BatchDeleteTableVersion: operation((input: Wire<Sdk.BatchDeleteTableVersionRequest>) => {
      const table = knownTable(state, input.DatabaseName, input.TableName);
      const Errors: object[] = [];
      for (const VersionId of input.VersionIds ?? []) {
        try {
          removeVersion(state, table, VersionId);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Errors.push({ TableName: table.Name, VersionId, ErrorDetail: detail(error) });
        }
      }
      return { Errors };
    }),
  };
}

/** An error inside the answer of a Batch operation. */
export const detail = (error: AwsError): object => ({ ErrorCode: error.code, ErrorMessage: error.message });

function removeVersion(state: GlueState, table: TableDef, version: string): void {
  if (version === table.VersionId) throw invalidInput("Cannot delete the latest version of a table.");
  if (!versionsOf(state, table).delete(version)) throw notFound(`Table version ${version} not found.`);
}

/** Text anywhere in names, descriptions and columns; filters compare whole values. */
function search(state: GlueState, { SearchText, Filters = [] }: Wire<Sdk.SearchTablesRequest>): TableDef[] {
  const wanted = SearchText?.replaceAll('"', "").toLowerCase();
  const value = (table: TableDef, key: string): string | undefined => {
    const known: Record<string, string | undefined> = {
      databaseName: table.DatabaseName,
      name: table.Name,
      tableName: table.Name,
      ...table.Parameters,
    };
    return known[key];
  };
  return [...state.tables.values()].filter((table) => {
    const columns = table.StorageDescriptor?.Columns?.map((column) => column.Name) ?? [];
    const text = [table.Name, table.DatabaseName, table.Description, ...columns].join("\n").toLowerCase();
    if (wanted && !text.includes(wanted)) return false;
    return Filters.every(({ Key = "", Value }) => value(table, Key) === Value);
  });
}
