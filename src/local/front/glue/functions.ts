import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { folded, knownDatabase, matcher, tableKey } from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import { nowOf, type GlueState } from "./state.ts";

type Fn = Wire<Sdk.UserDefinedFunction> & { FunctionName: string; DatabaseName: string };

/** User defined functions: Hive's catalog client asks for them. */
export function functionOperations(state: GlueState): Operations {
  const functions = state.store.collection<Fn>("functions");
  const known = (database: string | undefined, name: string | undefined): Fn => {
    knownDatabase(state, database);
    const found = functions.get(tableKey(database, name));
    if (!found) throw notFound(`Function ${folded(name)} not found.`);
    return found;
  };
  return {
    CreateUserDefinedFunction: operation(
      ({ DatabaseName, FunctionInput }: Wire<Sdk.CreateUserDefinedFunctionRequest>) => {
        const database = knownDatabase(state, DatabaseName);
        const FunctionName = folded(FunctionInput?.FunctionName);
        const key = tableKey(database.Name, FunctionName);
        if (functions.has(key)) throw alreadyExists("Function already exists.");
        functions.set(key, {
          ...FunctionInput,
          FunctionName,
          DatabaseName: database.Name,
          CreateTime: nowOf(state),
          CatalogId: state.account,
        });
        return {};
      },
    ),
    UpdateUserDefinedFunction: operation((input: Wire<Sdk.UpdateUserDefinedFunctionRequest>) => {
      const old = known(input.DatabaseName, input.FunctionName);
      const { FunctionName, DatabaseName, CreateTime, CatalogId } = old;
      functions.set(tableKey(DatabaseName, FunctionName), {
        ...input.FunctionInput,
        FunctionName,
        DatabaseName,
        CreateTime,
        CatalogId,
      });
      return {};
    }),
    DeleteUserDefinedFunction: operation((input: Wire<Sdk.DeleteUserDefinedFunctionRequest>) => {
      const old = known(input.DatabaseName, input.FunctionName);
      functions.delete(tableKey(old.DatabaseName, old.FunctionName));
      return {};
    }),
    GetUserDefinedFunction: operation((input: Wire<Sdk.GetUserDefinedFunctionRequest>) => ({
      UserDefinedFunction: known(input.DatabaseName, input.FunctionName),
    })),
    GetUserDefinedFunctions: operation((input: Wire<Sdk.GetUserDefinedFunctionsRequest>) => {
      const database = input.DatabaseName === undefined ? undefined : knownDatabase(state, input.DatabaseName).Name;
      const fits = matcher(input.Pattern);
      const found = [...functions.values()].filter(
        (fn) => (database ?? fn.DatabaseName) === fn.DatabaseName && fits(fn.FunctionName),
      );
      const page = pageOf(found, (fn) => tableKey(fn.DatabaseName, fn.FunctionName), input, 100);
      return { UserDefinedFunctions: page.items, NextToken: page.nextToken };
    }),
  };
}
