import type { LambdaFunctionConfiguration, NotificationConfiguration } from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { addressText, type Finding, type Kind, type Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, idOf, readEach, taggedAddresses, unless } from "../kit.ts";
import { NO_BUCKET } from "./bucket-read.ts";
import {
  type ForeignEntry,
  foreignEntries,
  mergeEntries,
  ourEntries,
  overlap,
  sameEntries,
} from "./notification-entries.ts";
import type { NotificationEntry, NotificationProps } from "./props.ts";

export const coverage = {
  configuration: {
    LambdaFunctionConfigurations: "managed",
    TopicConfigurations: ignored("other people's: kept as they are"),
    QueueConfigurations: ignored("other people's: kept as they are"),
    EventBridgeConfiguration: ignored("other people's: kept as it is"),
  } satisfies Coverage<NotificationConfiguration>,
  entry: {
    Id: "identity",
    LambdaFunctionArn: "managed",
    Events: "managed",
    Filter: "managed",
  } satisfies Coverage<LambdaFunctionConfiguration>,
};

/** Foreign entries as the last read saw them: `inspect` reads nothing, and a bucket without entries of ours has no `Live`. */
const neighbours = new WeakMap<AwsContext, Map<string, readonly ForeignEntry[]>>();

function remember(ctx: AwsContext, bucket: string, foreign: readonly ForeignEntry[]): void {
  const known = neighbours.get(ctx) ?? new Map<string, readonly ForeignEntry[]>();
  neighbours.set(ctx, known.set(bucket, foreign));
}

const at = (ctx: AwsContext, name: string) => ({ Bucket: name, ExpectedBucketOwner: ctx.account });

async function read(ctx: AwsContext, name: string): Promise<Live<NotificationProps> | undefined> {
  const s3 = await ctx.clients.s3();
  const config = await unless(NO_BUCKET, s3.getBucketNotificationConfiguration(at(ctx, name)));
  if (!config) return undefined;
  remember(ctx, name, foreignEntries(ctx, config));
  const entries = ourEntries(ctx, config);
  if (Object.keys(entries).length === 0) return undefined;
  return { name, owner: ctx.owner, tags: {}, props: { bucket: name, entries } };
}

/** Read, merge, write in one go: PutBucketNotificationConfiguration replaces everything. */
async function put(ctx: AwsContext, name: string, entries: Readonly<Record<string, NotificationEntry>>): Promise<void> {
  const s3 = await ctx.clients.s3();
  const present = await s3.getBucketNotificationConfiguration(at(ctx, name));
  await s3.putBucketNotificationConfiguration({
    ...at(ctx, name),
    NotificationConfiguration: mergeEntries(ctx, present, entries),
  });
}

const NAME = "s3:PutBucketNotification";

export const notification: Kind<NotificationProps, AwsContext> = {
  name: "s3.notification",
  // An entry has no tags: its id says whose it is.
  untaggable: true,
  fields: { entries: { equal: sameEntries }, bucket: { onChange: "replace" } },
  handles: (_ctx, { name }) => [`s3.notification:${name}`],
  needs: (_ctx, _address, { bucket, entries }) => [
    `s3://${bucket}`,
    ...Object.values(entries).map(({ functionArn }) => functionArn),
  ],
  read: (ctx, wanted) => readEach(wanted, ({ name }) => read(ctx, name)),
  // Any bucket of ours may carry entries of ours: reading tells.
  owned: async (ctx) => {
    const buckets = await taggedAddresses(ctx, "s3.notification", "s3", "");
    return buckets.filter(({ name }) => !name.includes("/")).map((found) => ({ ...found, id: idOf(ctx, found.name) }));
  },
  *create(ctx, { address, props }) {
    yield call(NAME, () => put(ctx, address.name, props.entries), { creates: true });
  },
  *update(ctx, { address, props, changed }) {
    if (changed.has("entries")) yield call(NAME, () => put(ctx, address.name, props.entries));
  },
  *delete(ctx, { name }) {
    yield call(NAME, () => unless(NO_BUCKET, put(ctx, name, {})));
  },
  lane: ({ name }) => `s3 ${name}`,
  inspect(ctx, address, { entries }) {
    const foreign = neighbours.get(ctx)?.get(address.name) ?? [];
    return Object.entries(entries).flatMap(([key, entry]) =>
      foreign
        .filter((other) => overlap(entry, other))
        .map((other): Finding => ({
          code: "notification_overlap",
          level: "error",
          at: addressText(address),
          text: `entry ${key} (prefix "${entry.prefix}") takes the same events as the entry ${other.id || "without id"} of somebody else (prefix "${other.prefix}"); S3 refuses such a pair`,
          fix: "Choose another prefix for the raw files, or remove the other entry from the bucket.",
        })),
    );
  },
  lint: (address, { entries }) =>
    Object.keys(entries)
      .filter((key) => !/^\w+$/.test(key))
      .map((key) => ({
        code: "notification_key",
        level: "error",
        at: addressText(address),
        text: `"${key}" cannot be the key of a notification entry`,
        fix: "Use letters, digits and underscores.",
      })),
  permissions: {
    read: ["s3:GetBucketNotification", "tag:GetResources"],
    create: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
    update: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
    delete: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
  },
};
