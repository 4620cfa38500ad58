import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { indexesOf, knownTable } from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import type { GlueState, TableDef } from "./state.ts";

const MOST_INDEXES = 3;

/** Partition indexes: kept and shown as ACTIVE at once; reads do not need them here. */
export function partitionIndexOperations(state: GlueState): Operations {
  return {
    CreatePartitionIndex: operation((input: Wire<Sdk.CreatePartitionIndexRequest>) => {
      const table = knownTable(state, input.DatabaseName, input.TableName);
      addIndexes(state, table, input.PartitionIndex ? [input.PartitionIndex] : []);
      return {};
    }),
    GetPartitionIndexes: operation((input: Wire<Sdk.GetPartitionIndexesRequest>) => {
      const table = knownTable(state, input.DatabaseName, input.TableName);
      const page = pageOf(indexesOf(state, table).values(), (index) => index.IndexName ?? "", input, 100);
      return { PartitionIndexDescriptorList: page.items, NextToken: page.nextToken };
    }),
    DeletePartitionIndex: operation((input: Wire<Sdk.DeletePartitionIndexRequest>) => {
      const table = knownTable(state, input.DatabaseName, input.TableName);
      if (!indexesOf(state, table).delete(input.IndexName ?? "")) throw notFound(`Index ${input.IndexName} not found.`);
      return {};
    }),
  };
}

/** Also the indexes that come with CreateTable. */
export function addIndexes(state: GlueState, table: TableDef, wanted: Wire<Sdk.PartitionIndex>[]): void {
  const indexes = indexesOf(state, table);
  for (const { IndexName = "", Keys = [] } of wanted) {
    if (indexes.has(IndexName)) throw alreadyExists(`Index ${IndexName} already exists.`);
    if (indexes.size >= MOST_INDEXES) {
      throw new AwsError(
        "ResourceNumberLimitExceededException",
        `A table can have at most ${MOST_INDEXES} partition indexes.`,
      );
    }
    const described = Keys.map((name) => {
      const key = table.PartitionKeys?.find((column) => column.Name === name);
      if (!key) throw invalidInput(`Partition index key ${name} is not a partition key of the table.`);
      return { Name: name, Type: key.Type };
    });
    indexes.set(IndexName, { IndexName, Keys: described, IndexStatus: "ACTIVE" });
  }
}
