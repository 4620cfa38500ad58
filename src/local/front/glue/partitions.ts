import { createHash } from "node:crypto";
import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { checkCatalog, knownTable, partitionsOf } from "./catalog.ts";
import { partitionFilter } from "./expression.ts";
import { operation, type Operations } from "./operation.ts";
import { nowOf, type GlueState, type PartitionDef, type TableDef } from "./state.ts";
import { detail } from "./tables.ts";

interface Place {
  readonly CatalogId?: string | undefined;
  readonly DatabaseName?: string | undefined;
  readonly TableName?: string | undefined;
}

const keyOf = (values: readonly string[] = []): string => JSON.stringify(values);

/** Partitions of tables. */
export function partitionOperations(state: GlueState): Operations {
  const table = (place: Place): TableDef => {
    checkCatalog(state, place.CatalogId);
    return knownTable(state, place.DatabaseName, place.TableName);
  };
  const known = (owner: TableDef, values: string[] | undefined): PartitionDef => {
    const found = partitionsOf(state, owner).get(keyOf(values));
    if (!found) throw notFound("Partition not found.");
    return found;
  };
  const define = (owner: TableDef, input: Wire<Sdk.PartitionInput> | undefined, created: number): PartitionDef => {
    const Values = input?.Values ?? [];
    if (Values.length !== (owner.PartitionKeys?.length ?? 0)) {
      throw invalidInput("The number of partition keys do not match the number of partition values");
    }
    return {
      ...input,
      Values,
      DatabaseName: owner.DatabaseName,
      TableName: owner.Name,
      CreationTime: created,
      CatalogId: state.account,
    };
  };
  const create = (owner: TableDef, input: Wire<Sdk.PartitionInput> | undefined): void => {
    const fresh = define(owner, input, nowOf(state));
    if (partitionsOf(state, owner).has(keyOf(fresh.Values))) throw alreadyExists("Partition already exists.");
    partitionsOf(state, owner).set(keyOf(fresh.Values), fresh);
  };
  const update = (owner: TableDef, values: string[] | undefined, input: Wire<Sdk.PartitionInput> | undefined): void => {
    const old = known(owner, values);
    const fresh = define(owner, { ...input, Values: input?.Values ?? old.Values }, old.CreationTime ?? nowOf(state));
    const moved = keyOf(fresh.Values) !== keyOf(old.Values);
    if (moved && partitionsOf(state, owner).has(keyOf(fresh.Values))) throw alreadyExists("Partition already exists.");
    state.store.transact(() => {
      if (moved) partitionsOf(state, owner).delete(keyOf(old.Values));
      partitionsOf(state, owner).set(keyOf(fresh.Values), fresh);
    });
  };
  const remove = (owner: TableDef, values: string[] | undefined): void => {
    known(owner, values);
    partitionsOf(state, owner).delete(keyOf(values));
  };
  /** Each entry for itself: what fails is told in the answer, the others are done. */
  const each = <T>(
    entries: readonly T[],
    values: (entry: T) => string[] | undefined,
    run: (entry: T) => void,
  ): object[] =>
    state.store.transact(() =>
      entries.flatMap((entry) => {
        try {
          run(entry);
          return [];
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          return [{ PartitionValues: values(entry) ?? [], ErrorDetail: detail(error) }];
        }
      }),
    );

  const list = (input: Wire<Sdk.GetPartitionsRequest>): object => {
    const owner = table(input);
    const fits = partitionFilter(input.Expression, owner.PartitionKeys ?? []);
    const { SegmentNumber = 0, TotalSegments = 1 } = input.Segment ?? {};
    if (SegmentNumber >= TotalSegments)
      throw invalidInput("Segment number must be less than the total number of segments.");
    const inSegment = (partition: PartitionDef): boolean =>
      TotalSegments === 1 || segmentOf(partition, TotalSegments) === SegmentNumber;
    const all = [...partitionsOf(state, owner).values()].filter(
      (partition) => inSegment(partition) && fits(partition.Values),
    );
    const page = pageOf(all, (partition) => keyOf(partition.Values), input, 1000);
    return {
      Partitions: input.ExcludeColumnSchema ? page.items.map(withoutColumns) : page.items,
      NextToken: page.nextToken,
    };
  };

  return {
    CreatePartition: operation((input: Wire<Sdk.CreatePartitionRequest>) => {
      create(table(input), input.PartitionInput);
      return {};
    }),
    BatchCreatePartition: operation((input: Wire<Sdk.BatchCreatePartitionRequest>) => {
      const owner = table(input);
      return {
        Errors: each(
          input.PartitionInputList ?? [],
          (partition) => partition.Values,
          (partition) => create(owner, partition),
        ),
      };
    }),
    GetPartition: operation((input: Wire<Sdk.GetPartitionRequest>) => ({
      Partition: known(table(input), input.PartitionValues),
    })),
    BatchGetPartition: operation((input: Wire<Sdk.BatchGetPartitionRequest>) => {
      const partitions = partitionsOf(state, table(input));
      return {
        Partitions: (input.PartitionsToGet ?? []).flatMap(({ Values }) => partitions.get(keyOf(Values)) ?? []),
        UnprocessedKeys: [],
      };
    }),
    GetPartitions: operation(list),
    UpdatePartition: operation((input: Wire<Sdk.UpdatePartitionRequest>) => {
      update(table(input), input.PartitionValueList, input.PartitionInput);
      return {};
    }),
    BatchUpdatePartition: operation((input: Wire<Sdk.BatchUpdatePartitionRequest>) => {
      const owner = table(input);
      const errors = each(
        input.Entries ?? [],
        (entry) => entry.PartitionValueList,
        (entry) => update(owner, entry.PartitionValueList, entry.PartitionInput),
      );
      return { Errors: errors.map(renamed) };
    }),
    DeletePartition: operation((input: Wire<Sdk.DeletePartitionRequest>) => {
      remove(table(input), input.PartitionValues);
      return {};
    }),
    BatchDeletePartition: operation((input: Wire<Sdk.BatchDeletePartitionRequest>) => {
      const owner = table(input);
      return {
        Errors: each(
          input.PartitionsToDelete ?? [],
          (partition) => partition.Values,
          (partition) => remove(owner, partition.Values),
        ),
      };
    }),
  };
}

/** BatchUpdatePartition calls the same member differently. */
function renamed(error: object): object {
  const { PartitionValues, ErrorDetail } = error as { PartitionValues: string[]; ErrorDetail: object };
  return { PartitionValueList: PartitionValues, ErrorDetail };
}

/** Segments split a table's partitions the same way at every call. */
function segmentOf(partition: PartitionDef, total: number): number {
  return createHash("sha1").update(keyOf(partition.Values)).digest().readUInt32BE(0) % total;
}

function withoutColumns(partition: PartitionDef): object {
  const { Columns: _c, ...descriptor } = partition.StorageDescriptor ?? {};
  return { ...partition, StorageDescriptor: descriptor };
}
