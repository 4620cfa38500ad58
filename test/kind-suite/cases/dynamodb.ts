import type { UpdateTableInput } from "@aws-sdk/client-dynamodb";
import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { table } from "../../../src/services/dynamodb/table.ts";
import type { TableIndex, TableProps } from "../../../src/services/dynamodb/props.ts";
import type { KindCase } from "../case.ts";
import { dynamodbClient } from "../../../src/services/dynamodb/client.ts";
import { dynamodbArn } from "../../../src/services/dynamodb/arn.ts";

const index = (hashKey: string, rangeKey: string | null, capacity: number | null): TableIndex => ({
  hashKey,
  hashKeyType: "S",
  rangeKey,
  rangeKeyType: rangeKey === null ? null : "S",
  projection: "ALL",
  readCapacity: capacity,
  writeCapacity: capacity,
});
const PENDING = index("pending", "generation", 5);

type Update = Omit<UpdateTableInput, "TableName">;

export const update =
  (change: Update) =>
  async (ctx: AwsContext, { name }: { name: string }): Promise<unknown> =>
    (await ctx.clients.of(dynamodbClient)).updateTable({ TableName: name, ...change });

const TABLE = ["dynamodb:UpdateTable"] as const;

export const tableCase: KindCase<TableProps> = {
  kind: table,
  address: (ctx, unique) => ({ kind: "dynamodb.table", id: `l${unique}`, name: nameOf(ctx, `l${unique}`) }),
  props: () =>
    fc
      .record({
        provisioned: fc.boolean(),
        capacity: fc.integer({ min: 1, max: 20 }),
        indexes: fc.subarray(["pending", "by_time"] as const),
        ttlAttribute: fc.constantFrom(null, "expiration_time"),
        pointInTimeRecovery: fc.boolean(),
        deletionProtection: fc.boolean(),
      })
      .map(({ provisioned, capacity, indexes, ...rest }): TableProps => {
        const size = provisioned ? capacity : null;
        return {
          ...rest,
          hashKey: "file_id",
          hashKeyType: "S",
          billing: provisioned ? "PROVISIONED" : "PAY_PER_REQUEST",
          readCapacity: size,
          writeCapacity: size,
          indexes: Object.fromEntries(indexes.map((key) => [key, index(`${key}_key`, "generation", size)])),
          encryption: "owned",
          tableClass: "STANDARD",
        };
      }),
  base: () => ({
    hashKey: "file_id",
    hashKeyType: "S",
    billing: "PROVISIONED",
    readCapacity: 5,
    writeCapacity: 5,
    indexes: { pending: PENDING },
    ttlAttribute: null,
    pointInTimeRecovery: false,
    deletionProtection: false,
    encryption: "owned",
    tableClass: "STANDARD",
  }),
  fixed: ["hashKey", "hashKeyType"],
  vary: {
    billing: (props) => ({
      ...props,
      billing: "PAY_PER_REQUEST",
      readCapacity: null,
      writeCapacity: null,
      indexes: { pending: { ...PENDING, readCapacity: null, writeCapacity: null } },
    }),
    readCapacity: (props) => ({ ...props, readCapacity: 7 }),
    writeCapacity: (props) => ({ ...props, writeCapacity: 8 }),
    indexes: (props) => ({
      ...props,
      indexes: { pending: index("pending", null, 5), by_time: index("entity", "received_at", 5) },
    }),
    ttlAttribute: (props) => ({ ...props, ttlAttribute: "expiration_time" }),
    pointInTimeRecovery: (props) => ({ ...props, pointInTimeRecovery: true }),
    deletionProtection: (props) => ({ ...props, deletionProtection: true }),
    encryption: (props) => ({ ...props, encryption: "managed" }),
    tableClass: (props) => ({ ...props, tableClass: "STANDARD_INFREQUENT_ACCESS" }),
  },
  calls: {
    billing: TABLE,
    readCapacity: TABLE,
    writeCapacity: TABLE,
    indexes: TABLE,
    ttlAttribute: ["dynamodb:UpdateTimeToLive"],
    pointInTimeRecovery: ["dynamodb:UpdateContinuousBackups"],
    deletionProtection: TABLE,
    encryption: TABLE,
    tableClass: TABLE,
  },
  outside: {
    billing: update({ BillingMode: "PAY_PER_REQUEST" }),
    readCapacity: update({ ProvisionedThroughput: { ReadCapacityUnits: 9, WriteCapacityUnits: 5 } }),
    writeCapacity: update({ ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 9 } }),
    indexes: update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "pending" } }] }),
    ttlAttribute: async (ctx, { name }) =>
      (await ctx.clients.of(dynamodbClient)).updateTimeToLive({
        TableName: name,
        TimeToLiveSpecification: { Enabled: true, AttributeName: "other" },
      }),
    pointInTimeRecovery: async (ctx, { name }) =>
      (await ctx.clients.of(dynamodbClient)).updateContinuousBackups({
        TableName: name,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    deletionProtection: update({ DeletionProtectionEnabled: true }),
    encryption: update({ SSESpecification: { Enabled: true, SSEType: "KMS" } }),
    tableClass: update({ TableClass: "STANDARD_INFREQUENT_ACCESS" }),
  },
  foreignTag: async (ctx, { name }, Key, Value) =>
    (await ctx.clients.of(dynamodbClient)).tagResource({
      ResourceArn: dynamodbArn.table(ctx, name),
      Tags: [{ Key, Value }],
    }),
};
