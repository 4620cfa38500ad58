import type {
  AttributeDefinition,
  CreateTableInput,
  GlobalSecondaryIndex,
  LocalSecondaryIndex,
  Projection as AwsProjection,
  SSESpecification,
  UpdateTableInput,
} from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import type { Call, Change } from "../../engine/types.ts";
import { call, mapDelta, sameJson } from "../kit.ts";
import type { LocalIndex, Projection, TableIndex, TableProps } from "./props.ts";
import { ceilingInput, settingsInput, settingUpdates, statementsCall } from "./settings.ts";
import { describe } from "./read.ts";
import { dynamodbClient } from "./client.ts";

/** Budgets of AWS's own tools: a table 30 minutes, an update 20, a deletion 10. */
const MINUTES = 60_000;

/** Waits until table and indexes are ACTIVE, `times` in a row: right after an update AWS still answers the state before it. */
export function untilActive(ctx: AwsContext, name: string, times: number): Pick<Call, "ready" | "readyWithinMs"> {
  let seen = 0;
  return {
    readyWithinMs: 20 * MINUTES,
    ready: async () => {
      const table = await describe(ctx, name);
      const busy = (table?.GlobalSecondaryIndexes ?? []).find(({ IndexStatus }) => IndexStatus !== "ACTIVE");
      const active = table?.TableStatus === "ACTIVE" && busy === undefined;
      seen = active ? seen + 1 : 0;
      if (seen >= times) return true;
      return busy
        ? `index ${busy.IndexName} is ${busy.IndexStatus}`
        : `the table is ${table?.TableStatus ?? "not visible yet"}`;
    },
  };
}

/** Waits until the table is gone. */
export const untilGone = (ctx: AwsContext, name: string): Pick<Call, "ready" | "readyWithinMs"> => ({
  readyWithinMs: 10 * MINUTES,
  ready: async () => (await describe(ctx, name)) === undefined || "the table is being deleted",
});

type Capacity = Pick<TableIndex, "readCapacity" | "writeCapacity">;

const throughput = ({ readCapacity, writeCapacity }: Capacity) =>
  readCapacity === null || writeCapacity === null
    ? {}
    : { ProvisionedThroughput: { ReadCapacityUnits: readCapacity, WriteCapacityUnits: writeCapacity } };

/** Only attributes that are keys somewhere may be defined. */
function definitions(props: TableProps, indexes: readonly TableIndex[]): AttributeDefinition[] {
  const types = new Map([[props.hashKey, props.hashKeyType]]);
  if (props.rangeKey !== undefined) types.set(props.rangeKey, props.rangeKeyType ?? "S");
  for (const { rangeKey, rangeKeyType } of Object.values(props.localIndexes ?? {})) types.set(rangeKey, rangeKeyType);
  for (const { hashKey, hashKeyType, rangeKey, rangeKeyType } of indexes) {
    types.set(hashKey, hashKeyType);
    if (rangeKey !== null) types.set(rangeKey, rangeKeyType ?? "S");
  }
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

const projectionToAws = ({ projection, nonKeyAttributes }: Projection): AwsProjection => ({
  ProjectionType: projection,
  ...(nonKeyAttributes ? { NonKeyAttributes: [...nonKeyAttributes] } : {}),
});

const localToAws = (hashKey: string, IndexName: string, index: LocalIndex): LocalSecondaryIndex => ({
  IndexName,
  KeySchema: [
    { AttributeName: hashKey, KeyType: "HASH" },
    { AttributeName: index.rangeKey, KeyType: "RANGE" },
  ],
  Projection: projectionToAws(index),
});

const indexToAws = (IndexName: string, index: TableIndex): GlobalSecondaryIndex => ({
  IndexName,
  KeySchema: [
    { AttributeName: index.hashKey, KeyType: "HASH" },
    ...(index.rangeKey === null ? [] : [{ AttributeName: index.rangeKey, KeyType: "RANGE" as const }]),
  ],
  Projection: projectionToAws(index),
  ...throughput(index),
  ...(index.onDemandThroughput ? ceilingInput(index.onDemandThroughput) : {}),
});

function sse(encryption: string): SSESpecification {
  if (encryption === "owned") return { Enabled: false };
  return { Enabled: true, SSEType: "KMS", ...(encryption === "managed" ? {} : { KMSMasterKeyId: encryption }) };
}

/** Everything that CreateTable takes. */
export function createInput(name: string, props: TableProps): Omit<CreateTableInput, "Tags"> {
  const indexes = Object.entries(props.indexes);
  const local = Object.entries(props.localIndexes ?? {});
  return {
    TableName: name,
    AttributeDefinitions: definitions(props, Object.values(props.indexes)),
    KeySchema: [
      { AttributeName: props.hashKey, KeyType: "HASH" },
      ...(props.rangeKey === undefined ? [] : [{ AttributeName: props.rangeKey, KeyType: "RANGE" as const }]),
    ],
    BillingMode: props.billing,
    ...throughput(props),
    ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes.map(([key, index]) => indexToAws(key, index)) } : {}),
    ...(local.length > 0
      ? { LocalSecondaryIndexes: local.map(([key, index]) => localToAws(props.hashKey, key, index)) }
      : {}),
    ...settingsInput(props),
    ...(props.encryption === "owned" ? {} : { SSESpecification: sse(props.encryption) }),
    ...(props.tableClass === "STANDARD" ? {} : { TableClass: props.tableClass }),
    DeletionProtectionEnabled: props.deletionProtection,
  };
}

/** Switches on the time-to-live of a new table. */
export const firstTtlCall = (ctx: AwsContext, TableName: string, AttributeName: string): Call =>
  call("dynamodb:UpdateTimeToLive", async () =>
    (await ctx.clients.of(dynamodbClient)).updateTimeToLive({
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName },
    }),
  );

/** Switches time-to-live. AWS refuses a change that changes nothing, so it is asked first. */
const ttlCall = (ctx: AwsContext, TableName: string, live: string | null, wanted: string | null): Call =>
  call("dynamodb:UpdateTimeToLive", async () => {
    const dynamodb = await ctx.clients.of(dynamodbClient);
    const { TimeToLiveDescription: present } = await dynamodb.describeTimeToLive({ TableName });
    const on = present?.TimeToLiveStatus === "ENABLED" || present?.TimeToLiveStatus === "ENABLING";
    if (on === (wanted !== null)) return;
    const AttributeName = wanted ?? present?.AttributeName ?? live ?? "";
    await dynamodb.updateTimeToLive({
      TableName,
      TimeToLiveSpecification: { Enabled: wanted !== null, AttributeName },
    });
  });

/** Days that point-in-time recovery goes back where nobody says otherwise. */
export const AWS_DAYS = 35;

/** Switches point-in-time recovery. */
export const recoveryCall = (ctx: AwsContext, TableName: string, on: boolean, days?: number): Call =>
  call("dynamodb:UpdateContinuousBackups", async () =>
    (await ctx.clients.of(dynamodbClient)).updateContinuousBackups({
      TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: on,
        ...(on && days !== undefined ? { RecoveryPeriodInDays: days } : {}),
      },
    }),
  );

/** Deletion protection is switched alone: nothing to wait for, but never mixed with another change. */
export const protectionCall = (ctx: AwsContext, TableName: string, on: boolean): Call =>
  call("dynamodb:UpdateTable", async () =>
    (await ctx.clients.of(dynamodbClient)).updateTable({ TableName, DeletionProtectionEnabled: on }),
  );

/** The changes of a table, one kind a call as AWS wants it, ACTIVE again before the next. */
export function* updateCalls(
  ctx: AwsContext,
  { address: { name }, props, live, changed }: Change<TableProps>,
): Iterable<Call> {
  const update = (input: Omit<UpdateTableInput, "TableName">): Call =>
    call(
      "dynamodb:UpdateTable",
      async () => (await ctx.clients.of(dynamodbClient)).updateTable({ TableName: name, ...input }),
      untilActive(ctx, name, 2),
    );
  const before = live.props.indexes;
  const { drop, add, resize } = indexChanges(before, props.indexes);
  const billed = changed.has("billing") || changed.has("readCapacity") || changed.has("writeCapacity");

  for (const IndexName of drop) yield update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] });
  if (billed) {
    const Updates = resize.flatMap(([IndexName, index]) => {
      const { ProvisionedThroughput } = throughput(index);
      return ProvisionedThroughput ? [{ Update: { IndexName, ProvisionedThroughput } }] : [];
    });
    yield update({
      ...(changed.has("billing") ? { BillingMode: props.billing } : {}),
      ...throughput(props),
      ...(Updates.length > 0 ? { GlobalSecondaryIndexUpdates: Updates } : {}),
    });
  }
  // What the call above has not sent: capacities without a change of billing, and ceilings.
  for (const [IndexName, index] of resize) {
    const { ProvisionedThroughput } = throughput(index);
    const ceiling = !sameJson(before[IndexName]?.onDemandThroughput, index.onDemandThroughput);
    if (ProvisionedThroughput && !billed)
      yield update({ GlobalSecondaryIndexUpdates: [{ Update: { IndexName, ProvisionedThroughput } }] });
    if (!ProvisionedThroughput && ceiling)
      yield update({
        GlobalSecondaryIndexUpdates: [{ Update: { IndexName, ...ceilingInput(index.onDemandThroughput) } }],
      });
  }
  const there = Object.entries(before)
    .filter(([key]) => !drop.includes(key))
    .map(([, index]) => index);
  for (const [key, index] of add) {
    there.push(index);
    yield update({
      AttributeDefinitions: definitions(props, there),
      GlobalSecondaryIndexUpdates: [{ Create: indexToAws(key, index) }],
    });
  }
  for (const one of settingUpdates(live.props, props, changed)) yield update(one);
  if (changed.has("encryption")) yield update({ SSESpecification: sse(props.encryption) });
  if (changed.has("tableClass")) yield update({ TableClass: props.tableClass });
  if (changed.has("deletionProtection")) yield protectionCall(ctx, name, props.deletionProtection);
  if (changed.has("ttlAttribute")) yield ttlCall(ctx, name, live.props.ttlAttribute, props.ttlAttribute);
  if (changed.has("pointInTimeRecovery") || (props.pointInTimeRecovery && changed.has("recoveryPeriodDays")))
    // Named no more they are AWS's own again: nobody knows another number.
    yield recoveryCall(
      ctx,
      name,
      props.pointInTimeRecovery,
      props.recoveryPeriodDays ?? (changed.has("recoveryPeriodDays") ? AWS_DAYS : undefined),
    );
  if (changed.has("statements")) yield statementsCall(ctx, name, props.statements);
}

type Indexes = TableProps["indexes"];

/** An index whose keys or projection change is made anew; one whose capacity changes is resized in place. */
function indexChanges(live: Indexes, wanted: Indexes) {
  const shape = ({
    readCapacity: _read,
    writeCapacity: _write,
    onDemandThroughput: _ceiling,
    ...rest
  }: TableIndex): object => rest;
  const { put, drop } = mapDelta(live, wanted, (a, b) => sameJson(shape(a), shape(b)));
  const sized = mapDelta(live, wanted, sameJson).put.filter(([key]) => !put.some(([other]) => other === key));
  return {
    drop: [...drop, ...put.map(([key]) => key).filter((key) => live[key] !== undefined)],
    add: put,
    resize: sized,
  };
}
