import type {
  AttributeDefinition,
  DescribeContinuousBackupsOutput,
  DescribeTimeToLiveOutput,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  TableDescription,
  TimeToLiveDescription,
} from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import { tagMap } from "../../aws/marks.ts";
import type { Live, Tags, Wanted } from "../../engine/types.ts";
import { given, ifWanted, pages, tagged, unless } from "../kit.ts";
import type { KeyType, LocalIndex, Projection, TableIndex, TableProps } from "./props.ts";
import { ceilingIn, readStatements, settingsIn } from "./settings.ts";
import { dynamodbClient } from "./client.ts";
import { dynamodbArn } from "./arn.ts";

export const ABSENT = ["ResourceNotFound"] as const;

/** The table's description, or undefined. */
export async function describe(ctx: AwsContext, name: string): Promise<TableDescription | undefined> {
  const dynamodb = await ctx.clients.of(dynamodbClient);
  return (await unless(ABSENT, dynamodb.describeTable({ TableName: name })))?.Table;
}

// A table that is being made has no backups to describe yet.
const SETTLING = [...ABSENT, "TableNotFound"] as const;

async function ownTags(ctx: AwsContext, name: string): Promise<Tags | undefined> {
  const dynamodb = await ctx.clients.of(dynamodbClient);
  const ResourceArn = dynamodbArn.table(ctx, name);
  const all = await unless(
    ABSENT,
    pages(
      (NextToken?: string) => dynamodb.listTagsOfResource({ ResourceArn, ...(NextToken ? { NextToken } : {}) }),
      (page) => page.NextToken,
    ),
  );
  return all && tagMap(all.flatMap((page) => page.Tags ?? []));
}

/** TTL and backups of a table are calls of their own, and its tags too: all side by side once the table is there. */
export async function readTable(ctx: AwsContext, wanted: Wanted<TableProps>): Promise<Live<TableProps> | undefined> {
  const { name } = wanted;
  const dynamodb = await ctx.clients.of(dynamodbClient);
  const asked = describe(ctx, name).then((table) => (table?.TableStatus === "DELETING" ? undefined : table));
  const bare = wanted.going === true && wanted.props !== undefined;
  const beside = asked.then((found) =>
    Promise.all([
      found && !bare ? unless(SETTLING, dynamodb.describeTimeToLive({ TableName: name })) : undefined,
      found && !bare ? unless(SETTLING, dynamodb.describeContinuousBackups({ TableName: name })) : undefined,
    ]),
  );
  // An error of theirs is told where they are waited for.
  beside.catch(() => undefined);
  const live = await tagged(
    ctx,
    wanted,
    asked,
    { arn: dynamodbArn.table(ctx, name), own: () => ownTags(ctx, name) },
    async (table, tags): Promise<TableProps> => {
      const statements = await ifWanted(wanted, "statements", tags, () => readStatements(ctx, name));
      return { ...propsOf(table, ...(await beside)), ...given("statements", statements) };
    },
  );
  const streamArn = (await asked)?.LatestStreamArn;
  return live && { ...live, ...given("minted", streamArn === undefined ? undefined : { streamArn }) };
}

function propsOf(
  table: TableDescription,
  ttl: DescribeTimeToLiveOutput | undefined,
  backups: DescribeContinuousBackupsOutput | undefined,
): TableProps {
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return {
    ...keyOf(table),
    ...capacityOf(table),
    indexes: Object.fromEntries(
      (table.GlobalSecondaryIndexes ?? [])
        .filter(({ IndexStatus }) => IndexStatus !== "DELETING")
        .map((index) => [index.IndexName ?? "", indexOf(index, table)]),
    ),
    ttlAttribute: ttlAttributeOf(ttl?.TimeToLiveDescription),
    pointInTimeRecovery: recovery?.PointInTimeRecoveryStatus === "ENABLED",
    deletionProtection: table.DeletionProtectionEnabled ?? false,
    encryption: encryptionOf(table),
    tableClass: table.TableClassSummary?.TableClass ?? "STANDARD",
    ...settingsIn(table),
    ...given("localIndexes", localIndexesOf(table)),
    ...given("recoveryPeriodDays", recovery?.RecoveryPeriodInDays),
  };
}

const keyIn = (schema: readonly KeySchemaElement[] | undefined, type: "HASH" | "RANGE"): string | null =>
  schema?.find(({ KeyType }) => KeyType === type)?.AttributeName ?? null;

const typeOf = (definitions: readonly AttributeDefinition[] | undefined, name: string | null): KeyType =>
  definitions?.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? "S";

function keyOf(table: TableDescription): Pick<TableProps, "hashKey" | "hashKeyType" | "rangeKey" | "rangeKeyType"> {
  const hashKey = keyIn(table.KeySchema, "HASH");
  const rangeKey = keyIn(table.KeySchema, "RANGE");
  return {
    hashKey: hashKey ?? "",
    hashKeyType: typeOf(table.AttributeDefinitions, hashKey),
    ...(rangeKey === null ? {} : { rangeKey, rangeKeyType: typeOf(table.AttributeDefinitions, rangeKey) }),
  };
}

// A table that was always provisioned has no billing summary.
const isOnDemand = (table: TableDescription): boolean => table.BillingModeSummary?.BillingMode === "PAY_PER_REQUEST";

function capacityOf(table: TableDescription): Pick<TableProps, "billing" | "readCapacity" | "writeCapacity"> {
  if (isOnDemand(table)) return { billing: "PAY_PER_REQUEST", readCapacity: null, writeCapacity: null };
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = table.ProvisionedThroughput ?? {};
  return { billing: "PROVISIONED", readCapacity: ReadCapacityUnits, writeCapacity: WriteCapacityUnits };
}

function projectionOf({ Projection: told }: GlobalSecondaryIndexDescription): Projection {
  const names = told?.NonKeyAttributes?.toSorted() ?? [];
  return {
    projection: told?.ProjectionType ?? "ALL",
    ...given("nonKeyAttributes", names.length > 0 ? names : undefined),
  };
}

function localIndexesOf(table: TableDescription): Record<string, LocalIndex> | undefined {
  return table.LocalSecondaryIndexes?.length
    ? Object.fromEntries(
        table.LocalSecondaryIndexes.map((index) => {
          const rangeKey = keyIn(index.KeySchema, "RANGE") ?? "";
          const rangeKeyType = typeOf(table.AttributeDefinitions, rangeKey);
          return [index.IndexName ?? "", { rangeKey, rangeKeyType, ...projectionOf(index) }];
        }),
      )
    : undefined;
}

function indexOf(index: GlobalSecondaryIndexDescription, table: TableDescription): TableIndex {
  const hashKey = keyIn(index.KeySchema, "HASH") ?? "";
  const rangeKey = keyIn(index.KeySchema, "RANGE");
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = index.ProvisionedThroughput ?? {};
  const provisioned = !isOnDemand(table);
  return {
    hashKey,
    hashKeyType: typeOf(table.AttributeDefinitions, hashKey),
    rangeKey,
    rangeKeyType: rangeKey === null ? null : typeOf(table.AttributeDefinitions, rangeKey),
    ...projectionOf(index),
    ...given("onDemandThroughput", ceilingIn(index.OnDemandThroughput)),
    readCapacity: provisioned ? ReadCapacityUnits : null,
    writeCapacity: provisioned ? WriteCapacityUnits : null,
  };
}

// ENABLING and DISABLING are on their way: they count as done, or a plan in that hour would ask again and be refused.
const ttlAttributeOf = (ttl: TimeToLiveDescription | undefined): string | null =>
  ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING" ? (ttl.AttributeName ?? null) : null;

function encryptionOf(table: TableDescription): string {
  const sse = table.SSEDescription;
  if (!sse || sse.Status === "DISABLED" || sse.SSEType !== "KMS") return "owned";
  return sse.KMSMasterKeyArn ?? "managed";
}
