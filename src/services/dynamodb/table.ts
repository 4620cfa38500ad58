import type { FindingCode } from "../../codes/index.ts";
import type { GlobalSecondaryIndexDescription, TableDescription } from "@aws-sdk/client-dynamodb";
import { nameOf } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { tagList } from "../../aws/marks.ts";
import { addressText, type Address, type Finding, type Kind, type Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, readEach, taggedAddresses, unless } from "../kit.ts";
import { LEDGER_ID, type TableProps } from "./props.ts";
import { ABSENT, describe, readTable } from "./read.ts";
import { samePolicies } from "../statements.ts";
import { sameWarmth, statementsCall } from "./settings.ts";
import {
  AWS_DAYS,
  createInput,
  protectionCall,
  recoveryCall,
  firstTtlCall,
  untilActive,
  untilGone,
  updateCalls,
} from "./update.ts";
import { dynamodbClient } from "./client.ts";
import { dynamodbArn } from "./arn.ts";

const global = ignored("no global tables: an environment belongs to one region");
const stream = "server";

export const coverage = {
  table: {
    AttributeDefinitions: "managed",
    TableName: "identity",
    KeySchema: "managed",
    TableStatus: "server",
    CreationDateTime: "server",
    ProvisionedThroughput: "managed",
    TableSizeBytes: "server",
    ItemCount: "server",
    TableArn: "identity",
    TableId: "server",
    BillingModeSummary: "managed",
    LocalSecondaryIndexes: "managed",
    GlobalSecondaryIndexes: "managed",
    StreamSpecification: "managed",
    LatestStreamLabel: stream,
    LatestStreamArn: stream,
    GlobalTableVersion: global,
    Replicas: global,
    GlobalTableWitnesses: global,
    GlobalTableSettingsReplicationMode: global,
    RestoreSummary: "server",
    SSEDescription: "managed",
    ArchivalSummary: "server",
    TableClassSummary: "managed",
    DeletionProtectionEnabled: "managed",
    DisassociationProtectionEnabled: global,
    OnDemandThroughput: "managed",
    WarmThroughput: "managed",
    MultiRegionConsistency: global,
    VectorIndexes: ignored("the ledger is not searched by vectors"),
  } satisfies Coverage<TableDescription>,
  index: {
    IndexName: "identity",
    KeySchema: "managed",
    Projection: "managed",
    IndexStatus: "server",
    Backfilling: "server",
    ProvisionedThroughput: "managed",
    IndexSizeBytes: "server",
    ItemCount: "server",
    IndexArn: "identity",
    OnDemandThroughput: "managed",
    WarmThroughput: ignored("AWS raises it with use, and nothing lowers it"),
  } satisfies Coverage<GlobalSecondaryIndexDescription>,
};

/** AWS answers its own key by ARN, which looks like any other: `managed` accepts every key that is there. */
const sameEncryption = (live: unknown, desired: unknown): boolean =>
  live === desired || (desired === "managed" && live !== "owned");

const KEY = {
  onChange: "refuse",
  reason: "the key of a table cannot be changed: it would be a new table without the ledger's items",
} as const;

/** Nobody's to lose, were it a single item. */
const LEDGER_HOLDS = "the ledger: which file was processed when";

/** Whether a table has any item: one is looked for and not read (AWS's own count is up to six hours old). */
async function itemsIn(ctx: AwsContext, TableName: string): Promise<string | undefined> {
  const dynamodb = await ctx.clients.of(dynamodbClient);
  const answer = await unless(ABSENT, dynamodb.scan({ TableName, Limit: 1, Select: "COUNT" }));
  return answer?.Count ? "a table's items" : undefined;
}

export const table: Kind<TableProps, AwsContext> = {
  name: "dynamodb.table",
  fields: {
    hashKey: KEY,
    hashKeyType: KEY,
    rangeKey: { ...KEY, absenceCounts: true },
    rangeKeyType: { ...KEY, absenceCounts: true },
    encryption: { equal: sameEncryption },
    localIndexes: {
      onChange: "refuse",
      reason: "local indexes are made with their table and never after: it would be a new table without the items",
    },
    warmThroughput: { equal: sameWarmth },
    recoveryPeriodDays: { unset: AWS_DAYS },
    statements: { equal: samePolicies },
  },
  mints: ["streamArn"],
  // Each stream has a label of its own, the time at which it was switched on.
  remints: (changed) => (changed.has("stream") ? ["streamArn"] : []),
  handles: (ctx, { name }) => [dynamodbArn.table(ctx, name)],
  needs: (_ctx, _address, { encryption }) => (encryption.startsWith("arn:") ? [encryption] : []),
  read: (ctx, wanted) => readEach(wanted, (one) => readTable(ctx, one)),
  owned: (ctx) =>
    taggedAddresses(ctx, "dynamodb.table", "dynamodb", "table/").then((all) =>
      all.filter(({ name }) => !name.includes("/")),
    ),
  *create(ctx, { address: { name }, props, tags }) {
    yield call(
      "dynamodb:CreateTable",
      async () =>
        (await ctx.clients.of(dynamodbClient)).createTable({ ...createInput(name, props), Tags: tagList(tags) }),
      { creates: true, ...untilActive(ctx, name, 1) },
    );
    if (props.ttlAttribute !== null) yield firstTtlCall(ctx, name, props.ttlAttribute);
    if (props.pointInTimeRecovery) yield recoveryCall(ctx, name, true, props.recoveryPeriodDays);
    if (props.statements) yield statementsCall(ctx, name, props.statements);
  },
  update: updateCalls,
  async *delete(ctx, { name }) {
    const present = await describe(ctx, name);
    if (present?.DeletionProtectionEnabled) yield protectionCall(ctx, name, false);
    yield forget(
      "dynamodb:DeleteTable",
      ABSENT,
      async () => (await ctx.clients.of(dynamodbClient)).deleteTable({ TableName: name }),
      untilGone(ctx, name),
    );
  },
  *retag(ctx, { name }, _live, set, remove) {
    const ResourceArn = dynamodbArn.table(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("dynamodb:TagResource", async () =>
        (await ctx.clients.of(dynamodbClient)).tagResource({ ResourceArn, Tags: tagList(set) }),
      );
    }
    if (remove.length > 0) {
      yield call("dynamodb:UntagResource", async () =>
        (await ctx.clients.of(dynamodbClient)).untagResource({ ResourceArn, TagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `dynamodb ${name}`,
  // One that the config names otherwise now goes under its old name alone.
  holdsData: (ctx, { id, name }) =>
    id === LEDGER_ID || name === nameOf(ctx, LEDGER_ID) ? Promise.resolve(LEDGER_HOLDS) : itemsIn(ctx, name),
  inspect: ttlMove,
  lint,
  permissions: {
    read: [
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:GetResourcePolicy",
      "dynamodb:ListTagsOfResource",
      "tag:GetResources",
    ],
    create: [
      "dynamodb:CreateTable",
      "dynamodb:TagResource",
      "dynamodb:UpdateTimeToLive",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:PutResourcePolicy",
    ],
    update: [
      "dynamodb:PutResourcePolicy",
      "dynamodb:DeleteResourcePolicy",
      "dynamodb:UpdateTable",
      "dynamodb:UpdateTimeToLive",
      "dynamodb:UpdateContinuousBackups",
      "dynamodb:TagResource",
      "dynamodb:UntagResource",
    ],
    delete: ["dynamodb:DeleteTable", "dynamodb:Scan", "dynamodb:UpdateTable"],
  },
};

/** AWS takes one TTL change an hour and no change of the attribute while it is on. */
function ttlMove(
  _ctx: AwsContext,
  address: Address,
  props: TableProps,
  live: Live<TableProps> | undefined,
): readonly Finding[] {
  const before = live?.props.ttlAttribute ?? null;
  if (before === null || props.ttlAttribute === null || before === props.ttlAttribute) return [];
  return [
    {
      code: "ttl_attribute",
      level: "error",
      at: addressText(address),
      text: `time-to-live is on for ${before}; DynamoDB cannot move it to ${props.ttlAttribute} in one step`,
      fix: "Switch TTL off in the config and apply; an hour later switch it on with the new attribute and apply again.",
    },
  ];
}

function lint(address: Address, props: TableProps): readonly Finding[] {
  const at = addressText(address);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const provisioned = props.billing === "PROVISIONED";
  const sizes = [props, ...Object.values(props.indexes)];
  const wrong = sizes.some(({ readCapacity, writeCapacity }) =>
    provisioned ? !(readCapacity && writeCapacity) : readCapacity !== null || writeCapacity !== null,
  );
  return [
    ...(wrong
      ? [
          error(
            "table_capacity",
            `capacities do not fit ${props.billing}`,
            "Give both with provisioned billing, none with on-demand.",
          ),
        ]
      : []),
    ...(props.localIndexes !== undefined && props.rangeKey === undefined
      ? [error("table_indexes", "local indexes need a table with a range key", "Give `rangeKey`, or make it an index.")]
      : []),
    ...(provisioned && props.onDemandThroughput !== undefined
      ? [error("table_capacity", "a ceiling of on-demand units does not fit PROVISIONED", "Say `billing: on-demand`.")]
      : []),
    ...(props.recoveryPeriodDays !== undefined && !props.pointInTimeRecovery
      ? [error("table_recovery", "days without recovery", "Say `pointInTimeRecovery: true`, or leave them out.")]
      : []),
    ...(Object.keys(props.indexes).length > 20
      ? [error("too_many_indexes", "a table takes 20 indexes", "Remove some.")]
      : []),
    ...(/^[\w.-]{3,255}$/.test(address.name)
      ? []
      : [error("table_name", `"${address.name}" is no table name`, "Use 3 to 255 letters, digits, '_', '.' and '-'.")]),
  ];
}
