import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { topic } from "../../../src/services/sns/topic.ts";
import type { TopicProps } from "../../../src/services/sns/props.ts";
import { topicStatements } from "../../../src/services/sns/policy.ts";
import type { Address } from "../../../src/engine/types.ts";
import type { KindCase } from "../case.ts";
import { snsClient } from "../../../src/services/sns/client.ts";
import { sqsArn } from "../../../src/services/sqs/arn.ts";
import { snsArn } from "../../../src/services/sns/arn.ts";
import { eventsArn } from "../../../src/services/events/arn.ts";

const statements = (ctx: AwsContext, name: string, ...rules: readonly string[]): TopicProps["statements"] =>
  topicStatements(
    snsArn.topic(ctx, name),
    ctx.account,
    rules.map((one) => ({ service: "events.amazonaws.com", arn: eventsArn.rule(ctx, one) })),
  );
const role = (ctx: AwsContext): string => `arn:aws:iam::${ctx.account}:role/feedback`;
const policyOf = (numRetries: number) => ({
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: "linear",
    },
    disableSubscriptionOverrides: false,
  },
});
const PLAIN = { rawMessageDelivery: false, filterPolicy: null };
const queue = (ctx: AwsContext): string => `sqs:arn:aws:sqs:${ctx.region}:${ctx.account}:alerts`;

export const topicCase: KindCase<TopicProps> = {
  kind: topic,
  address: (ctx, unique) => ({ kind: "sns.topic", id: `t${unique}`, name: nameOf(ctx, `t${unique}`) }),
  prepare: async (ctx, address) => {
    void ctx;
    void address;
  },
  props: (ctx, { name }) =>
    fc.record({
      displayName: fc.constantFrom("", "Alerts"),
      kmsKey: fc.option(fc.constant("alias/aws/sns")),
      statements: fc.constantFrom({}, statements(ctx, name), statements(ctx, name, "failure", "schedule")),
      subscriptions: fc.dictionary(
        fc.constantFrom("email:a@example.org", queue(ctx)),
        fc.record({
          rawMessageDelivery: fc.constant(false),
          filterPolicy: fc.constantFrom(null, { state: ["FAILED"] }),
        }),
      ),
    }),
  base: (ctx, { name }) => ({
    displayName: "Alerts",
    kmsKey: null,
    statements: statements(ctx, name, "failure"),
    subscriptions: { [queue(ctx)]: PLAIN },
    deliveryPolicy: policyOf(3),
    signatureVersion: "2",
    tracing: "Active",
    feedback: { lambda: { successRole: role(ctx), successSampleRate: 10, failureRole: role(ctx) } },
  }),
  fixed: [],
  optional: ["deliveryPolicy", "signatureVersion", "tracing", "feedback"],
  vary: {
    deliveryPolicy: (props) => ({ ...props, deliveryPolicy: policyOf(4) }),
    signatureVersion: (props) => ({ ...props, signatureVersion: "1" }),
    tracing: (props) => ({ ...props, tracing: "PassThrough" }),
    feedback: (props, ctx) => ({ ...props, feedback: { sqs: { failureRole: role(ctx) } } }),
    displayName: (props) => ({ ...props, displayName: "" }),
    kmsKey: (props) => ({ ...props, kmsKey: "alias/aws/sns" }),
    statements: (props, ctx, { name }) => ({ ...props, statements: statements(ctx, name, "failure", "other") }),
    subscriptions: (props, ctx) => ({
      ...props,
      subscriptions: {
        [queue(ctx)]: {
          rawMessageDelivery: true,
          filterPolicy: { state: ["FAILED"] },
          filterPolicyScope: "MessageBody",
          redriveArn: sqsArn.queue(ctx, "alerts_dead"),
        },
        "email:b@example.org": PLAIN,
      },
    }),
  },
  calls: {
    deliveryPolicy: ["sns:SetTopicAttributes"],
    signatureVersion: ["sns:SetTopicAttributes"],
    tracing: ["sns:SetTopicAttributes"],
    feedback: ["sns:SetTopicAttributes"],
    displayName: ["sns:SetTopicAttributes"],
    kmsKey: ["sns:SetTopicAttributes"],
    statements: ["sns:SetTopicAttributes"],
    subscriptions: ["sns:TagResource", "sns:SetSubscriptionAttributes", "sns:Subscribe"],
  },
  outside: {
    deliveryPolicy: (ctx, { name }) => set(ctx, name, "DeliveryPolicy", JSON.stringify(policyOf(9))),
    signatureVersion: (ctx, { name }) => set(ctx, name, "SignatureVersion", "1"),
    tracing: (ctx, { name }) => set(ctx, name, "TracingConfig", "PassThrough"),
    feedback: (ctx, { name }) => set(ctx, name, "LambdaSuccessFeedbackSampleRate", "50"),
    displayName: (ctx, { name }) => set(ctx, name, "DisplayName", "by hand"),
    kmsKey: (ctx, { name }) => set(ctx, name, "KmsMasterKeyId", "alias/aws/sns"),
    statements: (ctx, { name }) =>
      set(
        ctx,
        name,
        "Policy",
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Theirs",
              Effect: "Allow",
              Principal: "*",
              Action: "sns:Publish",
              Resource: snsArn.topic(ctx, name),
            },
          ],
        }),
      ),
    subscriptions: async (ctx, { name }) => {
      const sns = await ctx.clients.of(snsClient);
      const { Subscriptions = [] } = await sns.listSubscriptionsByTopic({ TopicArn: snsArn.topic(ctx, name) });
      for (const { SubscriptionArn } of Subscriptions) await sns.unsubscribe({ SubscriptionArn });
    },
  },
  foreignTag: async (ctx, { name }, Key, Value) =>
    (await ctx.clients.of(snsClient)).tagResource({ ResourceArn: snsArn.topic(ctx, name), Tags: [{ Key, Value }] }),
};

async function set(ctx: AwsContext, name: string, AttributeName: string, AttributeValue: string): Promise<void> {
  await (
    await ctx.clients.of(snsClient)
  ).setTopicAttributes({ TopicArn: snsArn.topic(ctx, name), AttributeName, AttributeValue });
}

/** What only FIFO topics have. */
export const fifoTopicCase: KindCase<TopicProps> = {
  ...topicCase,
  address: (ctx, unique) => ({ kind: "sns.topic", id: `t${unique}`, name: `${nameOf(ctx, `t${unique}`)}.fifo` }),
  props: (ctx, address) => fc.constant(fifoBase(ctx, address)),
  base: (ctx, address) => fifoBase(ctx, address),
  fixed: [...Object.keys(topicCase.vary), "fifo"] as (keyof TopicProps & string)[],
  optional: ["contentBasedDeduplication", "archiveDays"],
  vary: {
    contentBasedDeduplication: (props) => ({ ...props, contentBasedDeduplication: false }),
    fifoThroughputScope: (props) => ({ ...props, fifoThroughputScope: "Topic" }),
    archiveDays: (props) => ({ ...props, archiveDays: 31 }),
  },
  calls: {
    contentBasedDeduplication: ["sns:SetTopicAttributes"],
    fifoThroughputScope: ["sns:SetTopicAttributes"],
    archiveDays: ["sns:SetTopicAttributes"],
  },
  outside: {
    contentBasedDeduplication: (ctx, { name }) => set(ctx, name, "ContentBasedDeduplication", "false"),
    fifoThroughputScope: (ctx, { name }) => set(ctx, name, "FifoThroughputScope", "Topic"),
    archiveDays: (ctx, { name }) => set(ctx, name, "ArchivePolicy", JSON.stringify({ MessageRetentionPeriod: "7" })),
  },
};

const fifoBase = (ctx: AwsContext, { name }: Address): TopicProps => ({
  displayName: "",
  kmsKey: null,
  statements: statements(ctx, name),
  subscriptions: {},
  fifo: true,
  contentBasedDeduplication: true,
  fifoThroughputScope: "MessageGroup",
  archiveDays: 30,
});
