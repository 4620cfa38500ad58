import { describe, expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { TableProps } from "../../../src/services/dynamodb/props.ts";
import {
  ceilingIn,
  sameWarmth,
  settingsIn,
  settingsInput,
  settingUpdates,
} from "../../../src/services/dynamodb/settings.ts";
import { table } from "../../../src/services/dynamodb/table.ts";
import { createInput, updateCalls } from "../../../src/services/dynamodb/update.ts";
import { useEmulator } from "../../harness/use.ts";
import { tableCase } from "../../kind-suite/cases/dynamodb.ts";
import { send } from "../../kind-suite/drive.ts";
import { settings } from "../compile/settings.ts";
import { dynamodbClient } from "../../../src/services/dynamodb/client.ts";

const used = useEmulator();

const { desiredOf, problemsOf } = settings();

const tableOf = async (text: string, id = "dataset"): Promise<TableProps> =>
  (await desiredOf(text))<TableProps>(`dynamodb.table/${id}`);

const WHOLE = `
tables:
  dataset:
    hashKey: dataset
    rangeKey: filename
    attributes: {size: N}
    billing: on-demand
    stream: KEYS_ONLY
    onDemandThroughput: {read: 100}
    warmThroughput: {read: 12000, write: 4000}
    pointInTimeRecovery: true
    recoveryPeriodDays: 7
    indexes:
      by_who: {hashKey: who, projection: INCLUDE, nonKeyAttributes: [z, a], onDemandThroughput: {write: 5}}
    localIndexes:
      by_size: {rangeKey: size, projection: KEYS_ONLY}
    statements:
      Read: {Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:root"}, Action: "dynamodb:GetItem"}
`;

const address = { kind: "dynamodb.table", id: "dataset", name: "metriccare_dataset_dev" };
const codes = (props: TableProps): string[] => (table.lint?.(address, props) ?? []).map(({ code }) => code);

describe("settings that a table may leave out", () => {
  test("stand in the config as DynamoDB takes them, and nothing of them where it names none", async () => {
    const props = await tableOf(WHOLE);
    expect(props).toMatchObject({
      stream: "KEYS_ONLY",
      onDemandThroughput: { read: 100, write: null },
      warmThroughput: { read: 12_000, write: 4000 },
      recoveryPeriodDays: 7,
      localIndexes: { by_size: { rangeKey: "size", rangeKeyType: "N", projection: "KEYS_ONLY" } },
      indexes: {
        by_who: { projection: "INCLUDE", nonKeyAttributes: ["a", "z"], onDemandThroughput: { read: null, write: 5 } },
      },
      statements: {
        Read: { Resource: "arn:aws:dynamodb:eu-central-1:111122223333:table/metriccare_dataset_dev" },
      },
    });
    expect(codes(props)).toEqual([]);
    expect(Object.keys(await tableOf("", "processed_files"))).not.toContain("stream");
  });

  test("are in the call that makes the table, its key attributes among the definitions", async () => {
    const input = createInput("t", await tableOf(WHOLE));
    expect(input).toMatchObject({
      StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
      OnDemandThroughput: { MaxReadRequestUnits: 100, MaxWriteRequestUnits: -1 },
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000 },
      LocalSecondaryIndexes: [{ IndexName: "by_size", Projection: { ProjectionType: "KEYS_ONLY" } }],
      GlobalSecondaryIndexes: [
        {
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["a", "z"] },
          OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 5 },
        },
      ],
    });
    expect(input.AttributeDefinitions).toContainEqual({ AttributeName: "size", AttributeType: "N" });
  });

  test("what is sent reads back; taken away is as if it never was", async () => {
    const { stream, onDemandThroughput, warmThroughput } = await tableOf(WHOLE);
    const wanted = { stream, onDemandThroughput, warmThroughput } as Partial<TableProps>;
    expect(settingsIn({ ...settingsInput(wanted) })).toEqual(wanted);
    const away = settingUpdates(wanted, {}, new Set(["stream", "onDemandThroughput", "warmThroughput"]));
    expect(settingsIn(Object.assign({}, ...away))).toEqual({});
    expect(ceilingIn({ MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1 })).toBeUndefined();
  });

  test("another view of a stream is a new stream: off, then on", () =>
    expect(settingUpdates({ stream: "KEYS_ONLY" }, { stream: "NEW_IMAGE" }, new Set(["stream"]))).toEqual([
      { StreamSpecification: { StreamEnabled: false } },
      { StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } },
    ]));

  test("a table that is warmer than asked for is no difference", () => {
    expect(sameWarmth({ read: 20_000, write: 5000 }, { read: 12_000, write: 4000 })).toBe(true);
    expect(sameWarmth({ read: 12_000, write: 3999 }, { read: 12_000, write: 4000 })).toBe(false);
    expect(sameWarmth({ read: 12_000, write: 4000 }, undefined)).toBe(true);
  });

  test("an index's ceiling changes in place", async () => {
    const props = await tableOf(WHOLE);
    const by = props.indexes["by_who"];
    if (!by) throw new Error("no index");
    const live = { name: "t", tags: {}, props };
    const next = { ...props, indexes: { by_who: { ...by, onDemandThroughput: { read: 9, write: 5 } } } };
    const change = { address, props: next, tags: {}, live, changed: new Set(["indexes"]) };
    expect([...updateCalls(used.world(), change)].map(({ name }) => name)).toEqual(["dynamodb:UpdateTable"]);
  });

  test("what does not go together is found before it is sent", async () => {
    const good = await tableOf(WHOLE);
    const { rangeKey: _range, rangeKeyType: _type, ...flat } = good;
    expect(codes(flat)).toEqual(["table_indexes"]);
    expect(codes({ ...good, pointInTimeRecovery: false })).toEqual(["table_recovery"]);
    expect(problemsOf("tables: {t: {indexes: {i: {hashKey: a, projection: INCLUDE}}}}")).toMatch(
      /dev\.yaml:1:\d+.*nonKeyAttributes/,
    );
  });
});

test("a further table counts as data once it holds an item; the ledger always does", async () => {
  const ctx = used.world();
  const made = { kind: "dynamodb.table", id: "things", name: nameOf(ctx, "things") };
  const props = tableCase.base(ctx, made);
  await send(table.create(ctx, { address: made, props, tags: { "metriccare:owner": ctx.owner } }));
  const live = { name: made.name, tags: {}, props };
  expect(await table.holdsData?.(ctx, made, live, new Set())).toBeUndefined();
  expect(await table.holdsData?.(ctx, { ...made, id: "processed_files" }, live, new Set())).toMatch(/the ledger/);
  await (await ctx.clients.of(dynamodbClient)).putItem({ TableName: made.name, Item: { file_id: { S: "1" } } });
  expect(await table.holdsData?.(ctx, made, live, new Set())).toBe("a table's items");
  await send(table.delete(ctx, made, live));
});
