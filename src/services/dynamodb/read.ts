import type {
  AttributeDefinition,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  TableDescription,
  TimeToLiveDescription,
} from "@aws-sdk/client-dynamodb";
import { arn } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagMap } from "../../aws/marks.ts";
import type { Live } from "../../engine/types.ts";
import { pages, unless } from "../kit.ts";
import type { KeyType, TableIndex, TableProps } from "./props.ts";

export const ABSENT = ["ResourceNotFound"] as const;

/** The table's description, or undefined. */
export async function describe(ctx: AwsContext, name: string): Promise<TableDescription | undefined> {
  const dynamodb = await ctx.clients.dynamodb();
  return (await unless(ABSENT, dynamodb.describeTable({ TableName: name })))?.Table;
}

/** TTL and backups of a table are calls of their own, and its tags too: all side by side. */
export async function readTable(ctx: AwsContext, name: string): Promise<Live<TableProps> | undefined> {
  const dynamodb = await ctx.clients.dynamodb();
  const ResourceArn = arn.table(ctx, name);
  // A table that is being made has no backups to describe yet.
  const settling = [...ABSENT, "TableNotFound"] as const;
  const [table, ttl, backups, tagged] = await Promise.all([
    describe(ctx, name),
    unless(settling, dynamodb.describeTimeToLive({ TableName: name })),
    unless(settling, dynamodb.describeContinuousBackups({ TableName: name })),
    unless(
      ABSENT,
      pages(
        (NextToken?: string) => dynamodb.listTagsOfResource({ ResourceArn, ...(NextToken ? { NextToken } : {}) }),
        (page) => page.NextToken,
      ),
    ).then(
      (pages) => ({ pages }),
      (error: unknown) => ({ error }),
    ),
  ]);
  if (!table || table.TableStatus === "DELETING") return undefined;
  // Tags of a table that is not there are "denied" with MiniStack: only the description decides about absence.
  if ("error" in tagged) throw tagged.error;
  const tagging = tagged.pages;
  const tags = tagMap(tagging?.flatMap((page) => page.Tags ?? []));
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  return {
    name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      ...keyOf(table),
      ...capacityOf(table),
      indexes: Object.fromEntries(
        (table.GlobalSecondaryIndexes ?? [])
          .filter(({ IndexStatus }) => IndexStatus !== "DELETING")
          .map((index) => [index.IndexName ?? "", indexOf(index, table)]),
      ),
      ttlAttribute: ttlAttributeOf(ttl?.TimeToLiveDescription),
      pointInTimeRecovery: recovery === "ENABLED",
      deletionProtection: table.DeletionProtectionEnabled ?? false,
      encryption: encryptionOf(table),
      tableClass: table.TableClassSummary?.TableClass ?? "STANDARD",
    },
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
    projection: index.Projection?.ProjectionType === "KEYS_ONLY" ? "KEYS_ONLY" : "ALL",
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
