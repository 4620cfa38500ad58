import * as g from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientFor, frontHarness, glueModel, type FrontHarness } from "./harness.ts";

describe.skipIf(!glueModel)("the Glue catalog by the AWS SDK (needs botocore's Glue model)", () => {
  let h: FrontHarness;
  beforeAll(async () => {
    h = await frontHarness();
    await h.glue.send(
      new g.CreateDatabaseCommand({
        DatabaseInput: { Name: "Bronze", Description: "d", LocationUri: "s3://b/" },
        Tags: { Project: "x" },
      }),
    );
  });
  afterAll(() => h.close());

  const refusal = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "accepted",
      (error: Error) => error.name,
    );
  const table = (Name: string, more: Partial<g.TableInput> = {}): g.CreateTableCommandInput => ({
    DatabaseName: "bronze",
    TableInput: {
      Name,
      TableType: "EXTERNAL_TABLE",
      StorageDescriptor: { Columns: [{ Name: "id", Type: "string" }], Location: `s3://b/${Name}` },
      LastAccessTime: new Date(1_700_000_000_123),
      ...more,
    },
  });
  const partitioned = {
    PartitionKeys: [
      { Name: "year", Type: "string" },
      { Name: "month", Type: "int" },
    ],
  };
  const days = (count: number): g.PartitionInput[] =>
    Array.from({ length: count }, (_, i) => ({
      Values: [String(2023 + Math.floor(i / 12)), String((i % 12) + 1)],
      StorageDescriptor: { Columns: [{ Name: "id", Type: "string" }], Location: `s3://b/p/${i}` },
    }));

  it("folds names, refuses duplicates and what is missing, and tags databases", async () => {
    expect((await h.glue.send(new g.GetDatabaseCommand({ Name: "BRONZE" }))).Database).toMatchObject({
      Name: "bronze",
      Description: "d",
      CatalogId: "123456789012",
    });
    expect(await refusal(h.glue.send(new g.CreateDatabaseCommand({ DatabaseInput: { Name: "bronze" } })))).toBe(
      "AlreadyExistsException",
    );
    expect(await refusal(h.glue.send(new g.GetTableCommand({ DatabaseName: "nope", Name: "t" })))).toBe(
      "EntityNotFoundException",
    );
    expect(await refusal(h.glue.send(new g.DeleteDatabaseCommand({ Name: "nope" })))).toBe("EntityNotFoundException");
    expect(
      (await h.glue.send(new g.GetTagsCommand({ ResourceArn: "arn:aws:glue:us-east-1:123456789012:database/bronze" })))
        .Tags,
    ).toEqual({ Project: "x" });
    expect(
      await refusal(
        h.glue.send(
          new g.TagResourceCommand({
            ResourceArn: "arn:aws:glue:us-east-1:123456789012:job/nope",
            TagsToAdd: { a: "b" },
          }),
        ),
      ),
    ).toBe("EntityNotFoundException");
    expect(
      await refusal(
        h.glue.send(
          new g.TagResourceCommand({
            ResourceArn: "arn:aws:glue:eu-west-1:123456789012:database/bronze",
            TagsToAdd: { a: "b" },
          }),
        ),
      ),
    ).toBe("InvalidInputException");
    await h.glue.send(new g.UpdateDatabaseCommand({ Name: "bronze", DatabaseInput: { Name: "bronze" } }));
    expect((await h.glue.send(new g.GetDatabaseCommand({ Name: "bronze" }))).Database?.Description).toBeUndefined();
  });

  it("versions tables unless told not to archive", async () => {
    await h.glue.send(new g.CreateTableCommand(table("Versioned")));
    const update = (Description: string, more: Partial<g.UpdateTableCommandInput> = {}): Promise<unknown> =>
      h.glue.send(new g.UpdateTableCommand({ ...table("versioned", { Description }), ...more }));
    await update("one");
    await update("two", { SkipArchive: true });
    expect(await refusal(update("three", { VersionId: "0" }))).toBe("ConcurrentModificationException");
    const now = (await h.glue.send(new g.GetTableCommand({ DatabaseName: "Bronze", Name: "VERSIONED" }))).Table;
    expect(now).toMatchObject({
      Name: "versioned",
      Description: "two",
      VersionId: "2",
      LastAccessTime: new Date(1_700_000_000_123),
      TableType: "EXTERNAL_TABLE",
    });
    const versions = (
      await h.glue.send(new g.GetTableVersionsCommand({ DatabaseName: "bronze", TableName: "versioned" }))
    ).TableVersions;
    expect(versions?.map((v) => [v.VersionId, v.Table?.Description])).toEqual([
      ["2", "two"],
      ["0", undefined],
    ]);
    expect(
      (
        await h.glue.send(
          new g.BatchDeleteTableVersionCommand({
            DatabaseName: "bronze",
            TableName: "versioned",
            VersionIds: ["0", "2", "9"],
          }),
        )
      ).Errors,
    ).toHaveLength(2);
  });

  it("lists and searches tables", async () => {
    for (const name of ["list_a", "list_b", "other"]) await h.glue.send(new g.CreateTableCommand(table(name)));
    const names = (answer: { TableList?: g.Table[] }): (string | undefined)[] =>
      answer.TableList?.map((t) => t.Name) ?? [];
    expect(names(await h.glue.send(new g.GetTablesCommand({ DatabaseName: "bronze", Expression: "list_*" })))).toEqual([
      "list_a",
      "list_b",
    ]);
    const page = await h.glue.send(
      new g.GetTablesCommand({ DatabaseName: "bronze", Expression: "list_.*", MaxResults: 1 }),
    );
    expect(
      names(
        await h.glue.send(
          new g.GetTablesCommand({ DatabaseName: "bronze", Expression: "list_.*", NextToken: page.NextToken }),
        ),
      ),
    ).toEqual(["list_b"]);
    expect(names(await h.glue.send(new g.SearchTablesCommand({ SearchText: "LIST_" })))).toEqual(["list_a", "list_b"]);
    expect(
      (await h.glue.send(new g.BatchDeleteTableCommand({ DatabaseName: "bronze", TablesToDelete: ["list_a", "nope"] })))
        .Errors,
    ).toHaveLength(1);
  });

  it("keeps partitions: batches, pages, segments, expressions", async () => {
    const at = { DatabaseName: "bronze", TableName: "parts" };
    await h.glue.send(new g.CreateTableCommand(table("parts", partitioned)));
    expect(
      (await h.glue.send(new g.BatchCreatePartitionCommand({ ...at, PartitionInputList: days(30) }))).Errors,
    ).toEqual([]);
    const again = await h.glue.send(
      new g.BatchCreatePartitionCommand({
        ...at,
        PartitionInputList: [...days(1), { Values: ["2030", "1"] }, { Values: ["x"] }],
      }),
    );
    expect(again.Errors?.map((e) => [e.PartitionValues?.join(), e.ErrorDetail?.ErrorCode])).toEqual([
      ["2023,1", "AlreadyExistsException"],
      ["x", "InvalidInputException"],
    ]);
    const all = async (input: object): Promise<string[]> => {
      const found: string[] = [];
      for await (const page of g.paginateGetPartitions({ client: h.glue, pageSize: 7 }, { ...at, ...input }))
        found.push(...(page.Partitions ?? []).map((p) => p.Values?.join("-") ?? ""));
      return found;
    };
    expect(await all({})).toHaveLength(31);
    expect((await all({ Segment: { SegmentNumber: 0, TotalSegments: 1 } })).length).toBe(31);
    const halves = await Promise.all(
      [0, 1].map((SegmentNumber) => all({ Segment: { SegmentNumber, TotalSegments: 2 } })),
    );
    expect(halves.flat().sort()).toEqual((await all({})).sort());
    expect(await all({ Expression: "year = '2024' AND month > 10" })).toEqual(["2024-11", "2024-12"]);
    expect(await refusal(all({ Expression: "day = 1" }))).toBe("InvalidInputException");
    const batch = await h.glue.send(
      new g.BatchGetPartitionCommand({
        ...at,
        PartitionsToGet: [{ Values: ["2023", "1"] }, { Values: ["1900", "1"] }],
      }),
    );
    expect(batch.Partitions?.length).toBe(1);
    await h.glue.send(
      new g.UpdatePartitionCommand({
        ...at,
        PartitionValueList: ["2023", "1"],
        PartitionInput: { Values: ["2022", "1"], Parameters: { moved: "yes" } },
      }),
    );
    expect(
      (await h.glue.send(new g.GetPartitionCommand({ ...at, PartitionValues: ["2022", "1"] }))).Partition?.Parameters,
    ).toEqual({ moved: "yes" });
    expect(await refusal(h.glue.send(new g.GetPartitionCommand({ ...at, PartitionValues: ["2023", "1"] })))).toBe(
      "EntityNotFoundException",
    );
    const gone = await h.glue.send(
      new g.BatchDeletePartitionCommand({
        ...at,
        PartitionsToDelete: [{ Values: ["2022", "1"] }, { Values: ["1900", "1"] }],
      }),
    );
    expect(gone.Errors?.map((e) => e.ErrorDetail?.ErrorCode)).toEqual(["EntityNotFoundException"]);
    expect(
      await refusal(
        h.glue.send(
          new g.BatchDeletePartitionCommand({ ...at, PartitionsToDelete: days(26).map(({ Values }) => ({ Values })) }),
        ),
      ),
    ).toBe("ValidationException");
  });

  it("keeps indexes, statistics, functions and settings", async () => {
    const at = { DatabaseName: "bronze", TableName: "indexed" };
    await h.glue.send(
      new g.CreateTableCommand({
        ...table("indexed", partitioned),
        PartitionIndexes: [{ Keys: ["year"], IndexName: "y" }],
      }),
    );
    await h.glue.send(
      new g.CreatePartitionIndexCommand({ ...at, PartitionIndex: { Keys: ["year", "month"], IndexName: "ym" } }),
    );
    await h.glue.send(new g.DeletePartitionIndexCommand({ ...at, IndexName: "y" }));
    expect((await h.glue.send(new g.GetPartitionIndexesCommand(at))).PartitionIndexDescriptorList).toEqual([
      {
        IndexName: "ym",
        IndexStatus: "ACTIVE",
        Keys: [
          { Name: "year", Type: "string" },
          { Name: "month", Type: "int" },
        ],
      },
    ]);
    const statistics: g.ColumnStatistics = {
      ColumnName: "id",
      ColumnType: "string",
      AnalyzedTime: new Date(0),
      StatisticsData: {
        Type: "STRING",
        StringColumnStatisticsData: { MaximumLength: 3, AverageLength: 2, NumberOfNulls: 0, NumberOfDistinctValues: 1 },
      },
    };
    await h.glue.send(new g.UpdateColumnStatisticsForTableCommand({ ...at, ColumnStatisticsList: [statistics] }));
    expect(
      (await h.glue.send(new g.GetColumnStatisticsForTableCommand({ ...at, ColumnNames: ["id", "no"] })))
        .ColumnStatisticsList,
    ).toEqual([statistics]);
    await h.glue.send(
      new g.CreateUserDefinedFunctionCommand({
        DatabaseName: "bronze",
        FunctionInput: { FunctionName: "Fn", ClassName: "c" },
      }),
    );
    expect(
      (
        await h.glue.send(new g.GetUserDefinedFunctionsCommand({ DatabaseName: "bronze", Pattern: "*" }))
      ).UserDefinedFunctions?.map((f) => f.FunctionName),
    ).toEqual(["fn"]);
    expect(
      (await h.glue.send(new g.GetDataCatalogEncryptionSettingsCommand({}))).DataCatalogEncryptionSettings
        ?.EncryptionAtRest?.CatalogEncryptionMode,
    ).toBe("DISABLED");
    expect((await h.glue.send(new g.GetCatalogImportStatusCommand({}))).ImportStatus?.ImportCompleted).toBe(true);
    expect(await refusal(h.glue.send(new g.GetResourcePolicyCommand({})))).toBe("EntityNotFoundException");
  });

  it("survives a kill, and a database takes its tables along", async () => {
    const store = h.dir;
    await h.glue.send(new g.CreateDatabaseCommand({ DatabaseInput: { Name: "short" } }));
    await h.glue.send(new g.CreateTableCommand({ ...table("t", partitioned), DatabaseName: "short" }));
    await h.glue.send(
      new g.CreatePartitionCommand({ DatabaseName: "short", TableName: "t", PartitionInput: { Values: ["a", "1"] } }),
    );
    const next = await frontHarness({ stateDir: store }); // the first is still up: what counts is on the disk
    const glue = clientFor(next.front.url);
    expect(
      (await glue.send(new g.GetPartitionsCommand({ DatabaseName: "short", TableName: "t" }))).Partitions,
    ).toHaveLength(1);
    await glue.send(new g.DeleteDatabaseCommand({ Name: "short" }));
    await glue.send(new g.CreateDatabaseCommand({ DatabaseInput: { Name: "short" } }));
    expect((await glue.send(new g.GetTablesCommand({ DatabaseName: "short" }))).TableList).toEqual([]);
    await glue.send(new g.CreateTableCommand({ ...table("t", partitioned), DatabaseName: "short" }));
    expect((await glue.send(new g.GetPartitionsCommand({ DatabaseName: "short", TableName: "t" }))).Partitions).toEqual(
      [],
    );
    glue.destroy();
    await next.close(true);
  });
});
