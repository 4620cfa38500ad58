import type { AwsContext } from "../../aws/context.ts";
import { tagList, tagMap } from "../../aws/marks.ts";
import type { Call, Kind, Live, Tags, Wanted } from "../../engine/types.ts";
import type { PolicyStatement } from "../iam/props.ts";
import { call, forget, orNull, readEach, tagged, taggedAddresses, unless } from "../kit.ts";
import { ourStatements, parsePolicy, samePolicies, withStatements } from "../statements.ts";
import type { Drawer } from "../coverage.ts";
import { changes, creating, sameFeedback, settingsFrom } from "./attributes.ts";
import { lint, pendingOf } from "./lint.ts";
import type { TopicProps } from "./props.ts";
import {
  listSubscriptions,
  ourSubscriptions,
  sameSubscriptions,
  subscriptionCalls,
  SUBSCRIPTIONS_TAG,
  subscriptionsMark,
} from "./subscriptions.ts";
import { snsClient } from "./client.ts";
import { snsArn } from "./arn.ts";

/** The SDK types a topic's attributes as plain text by name; these are the names of its documentation. */
const FEEDBACK = Object.fromEntries(
  ["HTTP", "Lambda", "SQS", "Application", "Firehose"].flatMap((endpoint) =>
    ["SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"].map((end): [string, Drawer] => [
      `${endpoint}${end}`,
      "managed",
    ]),
  ),
);

export const coverage = {
  TopicArn: "identity",
  Owner: "server",
  DisplayName: "managed",
  Policy: "managed",
  KmsMasterKeyId: "managed",
  EffectiveDeliveryPolicy: "server",
  DeliveryPolicy: "managed",
  SubscriptionsConfirmed: "server",
  SubscriptionsPending: "server",
  SubscriptionsDeleted: "server",
  TracingConfig: "managed",
  SignatureVersion: "managed",
  FifoTopic: "managed",
  ContentBasedDeduplication: "managed",
  ArchivePolicy: "managed",
  BeginningArchiveTime: "server",
  FifoThroughputScope: "managed",
  ...FEEDBACK,
} satisfies Readonly<Record<string, Drawer>>;

const ABSENT = ["NotFound", "ResourceNotFound"] as const;

async function ownTags(ctx: AwsContext, ResourceArn: string): Promise<Tags | undefined> {
  const sns = await ctx.clients.of(snsClient);
  const answer = await unless(ABSENT, sns.listTagsForResource({ ResourceArn }));
  return answer && tagMap(answer.Tags);
}

async function read(ctx: AwsContext, wanted: Wanted): Promise<Live<TopicProps> | undefined> {
  const { name } = wanted;
  const sns = await ctx.clients.of(snsClient);
  const TopicArn = snsArn.topic(ctx, name);
  const told = unless(ABSENT, sns.getTopicAttributes({ TopicArn }));
  const subscriptions = () => unless(ABSENT, listSubscriptions(ctx, TopicArn));
  // Beside the tags: an error of theirs is told where they are waited for.
  const subscribed = wanted.alone ? subscriptions() : told.then((found) => found && subscriptions());
  subscribed.catch(() => undefined);
  const live = await tagged(
    ctx,
    wanted,
    told.then((found) => found?.Attributes),
    { arn: TopicArn, own: () => ownTags(ctx, TopicArn) },
    async (found, all) => ({
      displayName: found["DisplayName"] ?? "",
      kmsKey: orNull(found["KmsMasterKeyId"]),
      statements: ourStatements(parsePolicy(found["Policy"])),
      subscriptions: await ourSubscriptions(ctx, (await subscribed) ?? [], all[SUBSCRIPTIONS_TAG]),
      ...settingsFrom(found),
    }),
  );
  if (!live) return undefined;
  const { [SUBSCRIPTIONS_TAG]: _mark, ...tags } = live.tags;
  return { ...live, tags };
}

/** Reads, merges and writes the policy in one go: our statements are replaced, others stay. */
async function putPolicy(
  ctx: AwsContext,
  TopicArn: string,
  statements: Readonly<Record<string, PolicyStatement>>,
): Promise<void> {
  const sns = await ctx.clients.of(snsClient);
  const { Attributes = {} } = await sns.getTopicAttributes({ TopicArn });
  const merged = withStatements(parsePolicy(Attributes["Policy"]), statements);
  await sns.setTopicAttributes({ TopicArn, AttributeName: "Policy", AttributeValue: JSON.stringify(merged) });
}

const setAttribute = (ctx: AwsContext, TopicArn: string, AttributeName: string, AttributeValue: string): Call =>
  call("sns:SetTopicAttributes", async () =>
    (await ctx.clients.of(snsClient)).setTopicAttributes({ TopicArn, AttributeName, AttributeValue }),
  );

const markSubscriptions = (ctx: AwsContext, ResourceArn: string, keys: readonly string[]): Call =>
  call("sns:TagResource", async () =>
    (await ctx.clients.of(snsClient)).tagResource({
      ResourceArn,
      Tags: tagList({ [SUBSCRIPTIONS_TAG]: subscriptionsMark(keys) }),
    }),
  );

export const topic: Kind<TopicProps, AwsContext> = {
  name: "sns.topic",
  fields: {
    statements: { equal: samePolicies },
    subscriptions: { equal: sameSubscriptions },
    fifo: { onChange: "replace", unset: false },
    contentBasedDeduplication: { unset: false },
    fifoThroughputScope: { unset: "Topic" },
    signatureVersion: { unset: "1" },
    tracing: { unset: "PassThrough" },
    feedback: { equal: sameFeedback },
  },
  handles: (ctx, { name }) => [snsArn.topic(ctx, name)],
  needs: (_ctx, _address, { kmsKey, subscriptions, feedback = {} }) => [
    ...(kmsKey ? [kmsKey] : []),
    // Functions and queues are named by ARN, and must be there to be subscribed.
    ...Object.keys(subscriptions).map((key) => key.slice(key.indexOf(":") + 1)),
    ...[
      ...Object.values(subscriptions).flatMap(({ redriveArn, roleArn }) => [redriveArn, roleArn]),
      ...Object.values(feedback).flatMap(({ successRole, failureRole }) => [successRole, failureRole]),
    ].filter((one) => one !== undefined),
  ],
  read: (ctx, wanted) => readEach(wanted, (one) => read(ctx, one)),
  owned: (ctx) => taggedAddresses(ctx, "sns.topic", "sns", ""),
  async *create(ctx, { address: { name }, props, tags }) {
    const TopicArn = snsArn.topic(ctx, name);
    const keys = Object.keys(props.subscriptions);
    const mark: Tags = keys.length > 0 ? { [SUBSCRIPTIONS_TAG]: subscriptionsMark(keys) } : {};
    yield call(
      "sns:CreateTopic",
      async () =>
        (await ctx.clients.of(snsClient)).createTopic({
          Name: name,
          Tags: tagList({ ...tags, ...mark }),
          Attributes: {
            ...(props.displayName ? { DisplayName: props.displayName } : {}),
            ...(props.kmsKey ? { KmsMasterKeyId: props.kmsKey } : {}),
            ...creating(props),
          },
        }),
      { creates: true },
    );
    if (Object.keys(props.statements).length > 0) {
      yield call("sns:SetTopicAttributes", () => putPolicy(ctx, TopicArn, props.statements));
    }
    for (const [attribute, value] of changes(props, {}, (key) => key === "feedback"))
      yield setAttribute(ctx, TopicArn, attribute, value);
    yield* subscriptionCalls(ctx, TopicArn, {}, props.subscriptions);
  },
  async *update(ctx, { address: { name }, props, live, changed }) {
    const TopicArn = snsArn.topic(ctx, name);
    if (changed.has("displayName")) yield setAttribute(ctx, TopicArn, "DisplayName", props.displayName);
    if (changed.has("kmsKey")) yield setAttribute(ctx, TopicArn, "KmsMasterKeyId", props.kmsKey ?? "");
    for (const [attribute, value] of changes(props, live.props, (key) => changed.has(key)))
      yield setAttribute(ctx, TopicArn, attribute, value);
    if (changed.has("statements"))
      yield call("sns:SetTopicAttributes", () => putPolicy(ctx, TopicArn, props.statements));
    if (changed.has("subscriptions")) {
      const before = Object.keys(live.props.subscriptions);
      const wanted = Object.keys(props.subscriptions);
      // Before, and for a while both: a cut between the calls must not turn one of ours into a stranger.
      if (wanted.some((key) => !before.includes(key))) yield markSubscriptions(ctx, TopicArn, [...before, ...wanted]);
      yield* subscriptionCalls(ctx, TopicArn, live.props.subscriptions, props.subscriptions);
      if (before.some((key) => !wanted.includes(key))) yield markSubscriptions(ctx, TopicArn, wanted);
    }
  },
  async *delete(ctx, { name }) {
    const TopicArn = snsArn.topic(ctx, name);
    // A deleted topic leaves its subscriptions behind for hours.
    const sns = await ctx.clients.of(snsClient);
    const found = (await unless(ABSENT, listSubscriptions(ctx, TopicArn))) ?? [];
    for (const { arn: SubscriptionArn } of found) {
      if (SubscriptionArn)
        yield forget("sns:Unsubscribe", [...ABSENT, "InvalidParameter"], () => sns.unsubscribe({ SubscriptionArn }));
    }
    yield forget("sns:DeleteTopic", ABSENT, () => sns.deleteTopic({ TopicArn }));
  },
  *retag(ctx, { name }, _live, set, remove) {
    const ResourceArn = snsArn.topic(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("sns:TagResource", async () =>
        (await ctx.clients.of(snsClient)).tagResource({ ResourceArn, Tags: tagList(set) }),
      );
    }
    if (remove.length > 0) {
      yield call("sns:UntagResource", async () =>
        (await ctx.clients.of(snsClient)).untagResource({ ResourceArn, TagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `sns ${name}`,
  inspect: (_ctx, address, _props, live) => pendingOf(address, live),
  lint,
  permissions: {
    read: [
      "sns:GetTopicAttributes",
      "sns:ListTagsForResource",
      "sns:ListSubscriptionsByTopic",
      "sns:GetSubscriptionAttributes",
      "tag:GetResources",
    ],
    create: ["sns:CreateTopic", "sns:TagResource", "sns:SetTopicAttributes", "sns:Subscribe", "iam:PassRole"],
    update: [
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:SetSubscriptionAttributes",
      "sns:Unsubscribe",
      "sns:TagResource",
      "sns:UntagResource",
      "iam:PassRole",
    ],
    delete: ["sns:DeleteTopic", "sns:Unsubscribe"],
  },
};
