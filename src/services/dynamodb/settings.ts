import type { StreamViewType, TableDescription, UpdateTableInput } from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, given, unless } from "../kit.ts";
import type { PolicyStatement } from "../iam/props.ts";
import { ourStatements, parsePolicy, withStatements } from "../statements.ts";
import type { LocalIndex } from "./props.ts";
import { dynamodbClient } from "./client.ts";
import { dynamodbArn } from "./arn.ts";

/** Read and write units; null: no ceiling. */
export interface Ceiling {
  readonly read: number | null;
  readonly write: number | null;
}

/** Settings that a table need not name. DescribeTable tells them, but for the last two. */
export interface TableSettings {
  readonly localIndexes: Readonly<Record<string, LocalIndex>>;
  readonly stream: StreamViewType;
  readonly onDemandThroughput: Ceiling;
  /** Units that the table can serve at once. AWS raises them by itself, and nothing lowers them. */
  readonly warmThroughput: { readonly read: number; readonly write: number };
  /** Days that point-in-time recovery goes back, told with the backups. */
  readonly recoveryPeriodDays: number;
  /** Our statements of the table's policy, by the end of their Sid: a call of its own. */
  readonly statements: Readonly<Record<string, PolicyStatement>>;
}

const NO_CEILING = -1;
const ceilingOf = (units: number | undefined): number | null => (units === undefined || units < 0 ? null : units);

/** A ceiling as AWS tells it; undefined where there is none. */
export function ceilingIn(told: TableDescription["OnDemandThroughput"]): Ceiling | undefined {
  const ceiling = { read: ceilingOf(told?.MaxReadRequestUnits), write: ceilingOf(told?.MaxWriteRequestUnits) };
  return ceiling.read === null && ceiling.write === null ? undefined : ceiling;
}

/** A ceiling as AWS takes it; -1 takes one away. */
export const ceilingInput = (ceiling: Ceiling | undefined) => ({
  OnDemandThroughput: {
    MaxReadRequestUnits: ceiling?.read ?? NO_CEILING,
    MaxWriteRequestUnits: ceiling?.write ?? NO_CEILING,
  },
});

/** What DescribeTable tells of the settings; what is not set is left out. */
export function settingsIn(table: TableDescription): Partial<TableSettings> {
  const { StreamSpecification: stream, WarmThroughput: warm } = table;
  return {
    ...given("stream", stream?.StreamEnabled ? stream.StreamViewType : undefined),
    ...given("onDemandThroughput", ceilingIn(table.OnDemandThroughput)),
    ...given("warmThroughput", warm && { read: warm.ReadUnitsPerSecond ?? 0, write: warm.WriteUnitsPerSecond ?? 0 }),
  };
}

const streamInput = (StreamViewType: StreamViewType | undefined) => ({
  StreamSpecification:
    StreamViewType === undefined ? { StreamEnabled: false } : { StreamEnabled: true, StreamViewType },
});

const warmInput = (warm: TableSettings["warmThroughput"]) => ({
  WarmThroughput: { ReadUnitsPerSecond: warm.read, WriteUnitsPerSecond: warm.write },
});

/** What CreateTable takes of the settings that are named. */
export const settingsInput = ({ stream, onDemandThroughput, warmThroughput }: Partial<TableSettings>) => ({
  ...(stream === undefined ? {} : streamInput(stream)),
  ...(onDemandThroughput === undefined ? {} : ceilingInput(onDemandThroughput)),
  ...(warmThroughput === undefined ? {} : warmInput(warmThroughput)),
});

type Update = Omit<UpdateTableInput, "TableName">;

/** The updates of changed settings, one kind a call. A stream of another view is a new stream: off, then on. */
export function settingUpdates(
  live: Partial<TableSettings>,
  wanted: Partial<TableSettings>,
  changed: ReadonlySet<string>,
): readonly Update[] {
  const off = live.stream !== undefined;
  return [
    ...(changed.has("stream") && off ? [streamInput(undefined)] : []),
    ...(changed.has("stream") && wanted.stream !== undefined ? [streamInput(wanted.stream)] : []),
    ...(changed.has("onDemandThroughput") ? [ceilingInput(wanted.onDemandThroughput)] : []),
    ...(changed.has("warmThroughput") && wanted.warmThroughput ? [warmInput(wanted.warmThroughput)] : []),
  ];
}

/** What is warmer than asked for is as asked for: it never cools down. */
export function sameWarmth(live: unknown, wanted: unknown): boolean {
  // Both are this kind's own props.
  const [is, asked] = [live, wanted] as (TableSettings["warmThroughput"] | undefined)[];
  return asked === undefined || (is !== undefined && is.read >= asked.read && is.write >= asked.write);
}

const NONE = ["PolicyNotFound", "ResourceNotFound"] as const;

const policyOf = async (ctx: AwsContext, name: string) =>
  unless(NONE, (await ctx.clients.of(dynamodbClient)).getResourcePolicy({ ResourceArn: dynamodbArn.table(ctx, name) }));

/** Our statements of its policy; undefined where there are none. */
export async function readStatements(ctx: AwsContext, name: string): Promise<TableSettings["statements"] | undefined> {
  const statements = ourStatements(parsePolicy((await policyOf(ctx, name))?.Policy));
  return Object.keys(statements).length > 0 ? statements : undefined;
}

/** Puts our statements among other people's; a policy without any is taken off. */
export const statementsCall = (ctx: AwsContext, name: string, wanted: TableSettings["statements"] = {}): Call =>
  call("dynamodb:PutResourcePolicy", async () => {
    const dynamodb = await ctx.clients.of(dynamodbClient);
    const ResourceArn = dynamodbArn.table(ctx, name);
    const merged = withStatements(parsePolicy((await policyOf(ctx, name))?.Policy), wanted);
    return merged.Statement.length > 0
      ? dynamodb.putResourcePolicy({ ResourceArn, Policy: JSON.stringify(merged) })
      : unless(NONE, dynamodb.deleteResourcePolicy({ ResourceArn }));
  });
