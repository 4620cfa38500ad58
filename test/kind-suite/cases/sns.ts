import * as fc from "fast-check";
import { arn, nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { topic } from "../../../src/services/sns/topic.ts";
import type { TopicProps } from "../../../src/services/sns/props.ts";
import { topicStatements } from "../../../src/services/sns/policy.ts";
import type { KindCase } from "../case.ts";

const statements = (ctx: AwsContext, name: string, ...rules: readonly string[]): TopicProps["statements"] =>
  topicStatements(
    arn.topic(ctx, name),
    ctx.account,
    rules.map((one) => arn.rule(ctx, one)),
  );
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
  }),
  fixed: [],
  vary: {
    displayName: (props) => ({ ...props, displayName: "" }),
    kmsKey: (props) => ({ ...props, kmsKey: "alias/aws/sns" }),
    statements: (props, ctx, { name }) => ({ ...props, statements: statements(ctx, name, "failure", "other") }),
    subscriptions: (props, ctx) => ({
      ...props,
      subscriptions: {
        [queue(ctx)]: { rawMessageDelivery: true, filterPolicy: { state: ["FAILED"] } },
        "email:b@example.org": PLAIN,
      },
    }),
  },
  calls: {
    displayName: ["sns:SetTopicAttributes"],
    kmsKey: ["sns:SetTopicAttributes"],
    statements: ["sns:SetTopicAttributes"],
    subscriptions: ["sns:TagResource", "sns:SetSubscriptionAttributes", "sns:Subscribe"],
  },
  outside: {
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
            { Sid: "Theirs", Effect: "Allow", Principal: "*", Action: "sns:Publish", Resource: arn.topic(ctx, name) },
          ],
        }),
      ),
    subscriptions: async (ctx, { name }) => {
      const sns = await ctx.clients.sns();
      const { Subscriptions = [] } = await sns.listSubscriptionsByTopic({ TopicArn: arn.topic(ctx, name) });
      for (const { SubscriptionArn } of Subscriptions) await sns.unsubscribe({ SubscriptionArn });
    },
  },
  foreignTag: async (ctx, { name }, Key, Value) =>
    (await ctx.clients.sns()).tagResource({ ResourceArn: arn.topic(ctx, name), Tags: [{ Key, Value }] }),
};

async function set(ctx: AwsContext, name: string, AttributeName: string, AttributeValue: string): Promise<void> {
  await (await ctx.clients.sns()).setTopicAttributes({ TopicArn: arn.topic(ctx, name), AttributeName, AttributeValue });
}
