import type { FindingCode } from "../../codes/index.ts";
import type {
  LambdaFunctionConfiguration,
  NotificationConfiguration,
  QueueConfiguration,
  TopicConfiguration,
} from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { type Address, addressText, type Finding, type Kind, type Live, type Wanted } from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, idOf, readEach, taggedAddresses, unless } from "../kit.ts";
import { NO_BUCKET, notifications, notificationsOnce } from "./bucket-read.ts";
import {
  type ForeignEntry,
  foreignEntries,
  mergeEntries,
  ourEntries,
  overlap,
  sameEntries,
  saysTheSame,
} from "./notification-entries.ts";
import type { NotificationEntry, NotificationProps } from "./props.ts";
import { s3Client } from "./client.ts";

const entry = { Id: "identity", Events: "managed", Filter: "managed" } as const;

export const coverage = {
  configuration: {
    LambdaFunctionConfigurations: "managed",
    TopicConfigurations: "managed",
    QueueConfigurations: "managed",
    EventBridgeConfiguration: "managed",
  } satisfies Coverage<NotificationConfiguration>,
  function: { ...entry, LambdaFunctionArn: "managed" } satisfies Coverage<LambdaFunctionConfiguration>,
  queue: { ...entry, QueueArn: "managed" } satisfies Coverage<QueueConfiguration>,
  topic: { ...entry, TopicArn: "managed" } satisfies Coverage<TopicConfiguration>,
};

/** A bucket without entries of ours has other people's all the same: `inspect` judges by these. */
const isForeign = (around: unknown): around is { readonly foreign: readonly ForeignEntry[] } =>
  typeof around === "object" && around !== null && "foreign" in around;

const at = (ctx: AwsContext, name: string) => ({ Bucket: name, ExpectedBucketOwner: ctx.account });

async function read(ctx: AwsContext, { name, going }: Wanted): Promise<Live<NotificationProps> | undefined> {
  const config = await (going ? notificationsOnce(ctx, name) : notifications(ctx, name));
  if (!config) return undefined;
  const entries = ourEntries(ctx, config);
  const around = { foreign: foreignEntries(ctx, config) };
  const none = Object.keys(entries).length === 0;
  return {
    name,
    owner: ctx.owner,
    tags: {},
    props: { bucket: name, entries },
    around,
    ...(none ? { absent: true } : {}),
  };
}

/** Read, merge, write in one go: PutBucketNotificationConfiguration replaces everything. */
async function put(ctx: AwsContext, name: string, entries: Readonly<Record<string, NotificationEntry>>): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  const present = await s3.getBucketNotificationConfiguration(at(ctx, name));
  await s3.putBucketNotificationConfiguration({
    ...at(ctx, name),
    NotificationConfiguration: mergeEntries(ctx, present, entries),
  });
}

const NAME = "s3:PutBucketNotification";

/** What S3 would refuse of our own entries. */
function lintEntries(address: Address, { entries }: NotificationProps): readonly Finding[] {
  const at = addressText(address);
  const all = Object.entries(entries);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const pairs = all.flatMap(([key, entry], i) =>
    all.slice(i + 1).map(([other, more]) => ({ key, entry, other, more })),
  );
  return [
    ...all
      .filter(([key]) => !/^\w+$/.test(key))
      .map(([key]) =>
        error(
          "notification_key",
          `"${key}" cannot be the key of a notification entry`,
          "Use letters, digits and underscores.",
        ),
      ),
    // "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
    ...pairs
      .filter(({ entry, more }) => overlap(entry, more))
      .map(({ key, entry, other, more }) =>
        error(
          "notification_overlap",
          `entries ${key} (prefix "${entry.prefix}", suffix "${entry.suffix}") and ${other} (prefix "${more.prefix}", suffix "${more.suffix}") take the same events; S3 refuses such a pair`,
          "Give them prefixes or suffixes that are not the beginning or the end of each other, or send them on from one receiver: a topic, or EventBridge.",
        ),
      ),
    ...all
      .filter(([, { targetArn }]) => targetArn.endsWith(".fifo"))
      .map(([key]) =>
        error(
          "notification_fifo",
          `entry ${key} goes to a FIFO queue or topic, which S3 sends nothing to`,
          "Name a standard queue or topic, or use EventBridge.",
        ),
      ),
    ...all
      .filter(([, { targetArn }]) => !/^arn:[^:]+:(lambda|sqs|sns):/.test(targetArn))
      .map(([key, { targetArn }]) =>
        error(
          "notification_target",
          `entry ${key} goes to "${targetArn}", which is no function, queue or topic`,
          "Name the id of one here, or an ARN.",
        ),
      ),
  ];
}

export const notification: Kind<NotificationProps, AwsContext> = {
  name: "s3.notification",
  asksOn: true,
  // An entry has no tags: its id says whose it is.
  untaggable: true,
  fields: { entries: { equal: sameEntries }, bucket: { onChange: "replace" } },
  handles: (_ctx, { name }) => [`s3.notification:${name}`],
  needs: (_ctx, _address, { bucket, entries }) => [
    `s3://${bucket}`,
    ...Object.values(entries).map(({ targetArn }) => targetArn),
  ],
  read: (ctx, wanted) => readEach(wanted, (one) => read(ctx, one)),
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
  goesWith: (_ctx, { name }) => `s3://${name}`,
  inspect(_ctx, address, { entries }, _live, around) {
    const foreign = isForeign(around) ? around.foreign : [];
    return Object.entries(entries).flatMap(([key, entry]) =>
      foreign
        .filter((other) => overlap(entry, other) && !saysTheSame(entry, other))
        .map((other): Finding => ({
          code: "notification_overlap",
          level: "error",
          at: addressText(address),
          text: `entry ${key} (prefix "${entry.prefix}") takes the same events as the entry ${other.id || "without id"} of somebody else (prefix "${other.prefix}"); S3 refuses such a pair`,
          fix: "Choose another prefix, or remove the other entry from the bucket.",
        })),
    );
  },
  lint: lintEntries,
  permissions: {
    read: ["s3:GetBucketNotification", "tag:GetResources"],
    create: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
    update: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
    delete: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
  },
};
