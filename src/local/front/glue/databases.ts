import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { checkCatalog, folded, forgetTable, knownDatabase } from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import { glueArn, nowOf, putTags, type DatabaseDef, type GlueState } from "./state.ts";

const ANYBODY: Wire<Sdk.PrincipalPermissions>[] = [
  { Principal: { DataLakePrincipalIdentifier: "IAM_ALLOWED_PRINCIPALS" }, Permissions: ["ALL"] },
];

/** Databases of the catalog. */
export function databaseOperations(state: GlueState): Operations {
  const define = (input: Wire<Sdk.DatabaseInput> | undefined, name: string, created: number): DatabaseDef => ({
    ...input,
    Name: name,
    CreateTime: created,
    CreateTableDefaultPermissions: input?.CreateTableDefaultPermissions ?? ANYBODY,
    CatalogId: state.account,
  });
  return {
    CreateDatabase: operation(({ CatalogId, DatabaseInput, Tags }: Wire<Sdk.CreateDatabaseRequest>) => {
      checkCatalog(state, CatalogId);
      const name = folded(DatabaseInput?.Name);
      if (state.databases.has(name)) throw alreadyExists("Database already exists.");
      return state.store.transact(() => {
        state.databases.set(name, define(DatabaseInput, name, nowOf(state)));
        putTags(state, `database/${name}`, Tags);
        return {};
      });
    }),
    UpdateDatabase: operation(({ CatalogId, Name, DatabaseInput }: Wire<Sdk.UpdateDatabaseRequest>) => {
      checkCatalog(state, CatalogId);
      const old = knownDatabase(state, Name);
      state.databases.set(old.Name, define(DatabaseInput, old.Name, old.CreateTime ?? nowOf(state)));
      return {};
    }),
    DeleteDatabase: operation(({ CatalogId, Name }: Wire<Sdk.DeleteDatabaseRequest>) => {
      checkCatalog(state, CatalogId);
      const database = knownDatabase(state, Name);
      return state.store.transact(() => {
        for (const table of state.tables.values()) if (table.DatabaseName === database.Name) forgetTable(state, table);
        const functions = state.store.collection<{ DatabaseName?: string }>("functions");
        for (const [key, fn] of functions.entries()) if (fn.DatabaseName === database.Name) functions.delete(key);
        state.databases.delete(database.Name);
        state.tags.delete(glueArn(state, `database/${database.Name}`));
        return {};
      });
    }),
    GetDatabase: operation(({ CatalogId, Name }: Wire<Sdk.GetDatabaseRequest>) => {
      checkCatalog(state, CatalogId);
      return { Database: knownDatabase(state, Name) };
    }),
    GetDatabases: operation((input: Wire<Sdk.GetDatabasesRequest>) => {
      checkCatalog(state, input.CatalogId);
      const page = pageOf(state.databases.values(), (database) => database.Name, input, 100);
      return { DatabaseList: page.items, NextToken: page.nextToken };
    }),
  };
}
