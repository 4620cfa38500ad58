import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { queue } from "../../../src/services/sqs/queue.ts";
import type { QueueProps } from "../../../src/services/sqs/props.ts";
import { queueStatements } from "../../../src/services/sqs/policy.ts";
import { SSE_SQS } from "../../../src/services/sqs/attributes.ts";
import type { Address } from "../../../src/engine/types.ts";
import type { KindCase } from "../case.ts";
import { sqsClient } from "../../../src/services/sqs/client.ts";
import { queueUrl, sqsArn } from "../../../src/services/sqs/arn.ts";
import { eventsArn } from "../../../src/services/events/arn.ts";

const statements = (ctx: AwsContext, name: string, ...rules: readonly string[]): QueueProps["statements"] =>
  queueStatements(
    sqsArn.queue(ctx, name),
    ctx.account,
    rules.map((one) => ({ service: "events.amazonaws.com", arn: eventsArn.rule(ctx, one) })),
  );
const dead = (name: string): string => (name.endsWith(".fifo") ? `dead_${name}` : `${name}_dead`);
const redrive = (ctx: AwsContext, name: string) => ({ queueArn: sqsArn.queue(ctx, dead(name)), maxReceives: 7 });
const SET = ["sqs:SetQueueAttributes"];
const KEY = "alias/aws/sqs";

export const queueCase: KindCase<QueueProps> = {
  kind: queue,
  address: (ctx, unique) => ({ kind: "sqs.queue", id: `q${unique}`, name: nameOf(ctx, `q${unique}`) }),
  prepare: async (ctx, { name }) =>
    void (await (
      await ctx.clients.of(sqsClient)
    ).createQueue({ QueueName: dead(name), ...(name.endsWith(".fifo") ? { Attributes: { FifoQueue: "true" } } : {}) })),
  tidy: async (ctx, { name }) =>
    void (await (await ctx.clients.of(sqsClient)).deleteQueue({ QueueUrl: queueUrl(ctx, dead(name)) })),
  props: (ctx, { name }) =>
    fc.record({
      encryption: fc.constantFrom(SSE_SQS, KEY),
      retentionSeconds: fc.integer({ min: 60, max: 1_209_600 }),
      visibilitySeconds: fc.integer({ min: 0, max: 43_200 }),
      delaySeconds: fc.integer({ min: 0, max: 900 }),
      waitSeconds: fc.integer({ min: 0, max: 20 }),
      maxMessageBytes: fc.integer({ min: 1024, max: 1_048_576 }),
      redrive: fc.constantFrom(null, redrive(ctx, name)),
      statements: fc.constantFrom({}, statements(ctx, name), statements(ctx, name, "failure", "schedule")),
    }),
  base: (ctx, { name }) => ({
    encryption: SSE_SQS,
    retentionSeconds: 1_209_600,
    visibilitySeconds: 360,
    delaySeconds: 0,
    waitSeconds: 0,
    maxMessageBytes: 1_048_576,
    redrive: null,
    statements: statements(ctx, name, "failure"),
    redriveAllow: { permission: "denyAll" },
  }),
  fixed: [],
  optional: ["redriveAllow"],
  vary: {
    redriveAllow: (props, ctx, { name }) => ({
      ...props,
      redriveAllow: { permission: "byQueue", queueArns: [sqsArn.queue(ctx, dead(name))] },
    }),
    encryption: (props) => ({ ...props, encryption: KEY }),
    retentionSeconds: (props) => ({ ...props, retentionSeconds: 86_400 }),
    visibilitySeconds: (props) => ({ ...props, visibilitySeconds: 60 }),
    delaySeconds: (props) => ({ ...props, delaySeconds: 3 }),
    waitSeconds: (props) => ({ ...props, waitSeconds: 20 }),
    maxMessageBytes: (props) => ({ ...props, maxMessageBytes: 262_144 }),
    redrive: (props, ctx, { name }) => ({ ...props, redrive: redrive(ctx, name) }),
    statements: (props, ctx, { name }) => ({ ...props, statements: statements(ctx, name, "failure", "other") }),
  },
  calls: {
    redriveAllow: SET,
    encryption: SET,
    retentionSeconds: SET,
    visibilitySeconds: SET,
    delaySeconds: SET,
    waitSeconds: SET,
    maxMessageBytes: SET,
    redrive: SET,
    statements: SET,
  },
  outside: {
    redriveAllow: set({ RedriveAllowPolicy: JSON.stringify({ redrivePermission: "allowAll" }) }),
    encryption: set({ SqsManagedSseEnabled: "false" }),
    retentionSeconds: set({ MessageRetentionPeriod: "60" }),
    visibilitySeconds: set({ VisibilityTimeout: "1" }),
    delaySeconds: set({ DelaySeconds: "1" }),
    waitSeconds: set({ ReceiveMessageWaitTimeSeconds: "1" }),
    maxMessageBytes: set({ MaximumMessageSize: "1024" }),
    redrive: (ctx, address) =>
      set({
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: sqsArn.queue(ctx, dead(address.name)),
          maxReceiveCount: 1,
        }),
      })(ctx, address),
    statements: (ctx, address) =>
      set({
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "Theirs",
              Effect: "Allow",
              Principal: "*",
              Action: "sqs:SendMessage",
              Resource: sqsArn.queue(ctx, address.name),
            },
          ],
        }),
      })(ctx, address),
  },
  foreignTag: async (ctx, { name }, key, value) =>
    (await ctx.clients.of(sqsClient)).tagQueue({ QueueUrl: queueUrl(ctx, name), Tags: { [key]: value } }),
};

function set(Attributes: Record<string, string>) {
  return async (ctx: AwsContext, { name }: { readonly name: string }): Promise<void> =>
    void (await (await ctx.clients.of(sqsClient)).setQueueAttributes({ QueueUrl: queueUrl(ctx, name), Attributes }));
}

/** What only FIFO queues have. */
export const fifoQueueCase: KindCase<QueueProps> = {
  ...queueCase,
  address: (ctx, unique) => ({ kind: "sqs.queue", id: `q${unique}`, name: `${nameOf(ctx, `q${unique}`)}.fifo` }),
  props: (ctx, address) => fc.constant(fifoBase(ctx, address)),
  base: (ctx, address) => fifoBase(ctx, address),
  fixed: [...Object.keys(queueCase.vary), "fifo"] as (keyof QueueProps & string)[],
  optional: ["contentBasedDeduplication", "kmsReuseSeconds"],
  vary: {
    kmsReuseSeconds: (props) => ({ ...props, kmsReuseSeconds: 60 }),
    contentBasedDeduplication: (props) => ({ ...props, contentBasedDeduplication: false }),
    deduplicationScope: (props) => ({ ...props, deduplicationScope: "queue", fifoThroughputLimit: "perQueue" }),
    fifoThroughputLimit: (props) => ({ ...props, fifoThroughputLimit: "perQueue" }),
  },
  calls: { kmsReuseSeconds: SET, contentBasedDeduplication: SET, deduplicationScope: SET, fifoThroughputLimit: SET },
  outside: {
    kmsReuseSeconds: set({ KmsDataKeyReusePeriodSeconds: "61" }),
    contentBasedDeduplication: set({ ContentBasedDeduplication: "false" }),
    deduplicationScope: set({ FifoThroughputLimit: "perQueue", DeduplicationScope: "queue" }),
    fifoThroughputLimit: set({ FifoThroughputLimit: "perQueue" }),
  },
};

const fifoBase = (ctx: AwsContext, address: Address): QueueProps => ({
  ...queueCase.base(ctx, address),
  statements: {},
  encryption: KEY,
  kmsReuseSeconds: 600,
  fifo: true,
  contentBasedDeduplication: true,
  deduplicationScope: "messageGroup",
  fifoThroughputLimit: "perMessageGroupId",
});
