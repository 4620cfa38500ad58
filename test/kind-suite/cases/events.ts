import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { rule } from "../../../src/services/events/rule.ts";
import type { RuleProps, RuleTarget } from "../../../src/services/events/props.ts";
import type { KindCase } from "../case.ts";
import { eventsClient } from "../../../src/services/events/client.ts";
import { snsArn } from "../../../src/services/sns/arn.ts";
import { eventsArn } from "../../../src/services/events/arn.ts";

const target = (ctx: AwsContext, topic: string, more: Partial<RuleTarget> = {}): RuleTarget => ({
  arn: snsArn.topic(ctx, topic),
  input: null,
  transformer: null,
  roleArn: null,
  dlqArn: null,
  retry: null,
  ...more,
});
const PATTERN = {
  source: ["aws.glue"],
  "detail-type": ["Glue Job State Change"],
  detail: { jobName: ["a", "b"], state: ["FAILED", "TIMEOUT"] },
};
const transformer = {
  paths: { job: "$.detail.jobName", state: "$.detail.state" },
  template: '"Job <job> is <state>. Run: metriccare runs show"',
};

export const ruleCase: KindCase<RuleProps> = {
  kind: rule,
  address: (ctx, unique) => ({ kind: "events.rule", id: `e${unique}`, name: nameOf(ctx, `e${unique}`) }),
  props: (ctx) =>
    fc.record({
      description: fc.constantFrom("", "When a job fails"),
      schedule: fc.constant(null),
      pattern: fc.constantFrom<RuleProps["pattern"]>(PATTERN, {
        source: ["aws.s3"],
        detail: { "object.key": [{ prefix: "fhir/" }] },
      }),
      enabled: fc.boolean(),
      targets: fc.dictionary(
        fc.constantFrom("topic", "other", "third_1"),
        fc.constantFrom(
          target(ctx, "alerts"),
          target(ctx, "alerts", { input: '{"source":"metriccare.schedule"}' }),
          target(ctx, "alerts", { transformer, retry: { maxAgeSeconds: 3600, attempts: 5 } }),
          target(ctx, "alerts", { dlqArn: `arn:aws:sqs:${ctx.region}:${ctx.account}:dead` }),
        ),
      ),
    }),
  base: (ctx) => ({
    description: "When a job fails",
    schedule: null,
    pattern: PATTERN,
    enabled: true,
    targets: { topic: target(ctx, "alerts", { transformer }) },
  }),
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    schedule: (props) => ({ ...props, pattern: null, schedule: "rate(1 hour)" }),
    pattern: (props) => ({ ...props, pattern: { ...PATTERN, detail: { state: ["STOPPED"] } } }),
    enabled: (props) => ({ ...props, enabled: false }),
    targets: (props, ctx) => ({ ...props, targets: { other: target(ctx, "second", { input: "{}" }) } }),
  },
  calls: {
    description: ["events:PutRule"],
    schedule: ["events:PutRule"],
    pattern: ["events:PutRule"],
    enabled: ["events:PutRule"],
    targets: ["events:RemoveTargets", "events:PutTargets"],
  },
  outside: {
    description: (ctx, { name }) => put(ctx, name, { Description: "by hand" }),
    schedule: (ctx, { name }) => put(ctx, name, { ScheduleExpression: "rate(5 minutes)" }),
    pattern: (ctx, { name }) => put(ctx, name, { EventPattern: '{"source":["aws.ec2"]}' }),
    enabled: async (ctx, { name }) => (await ctx.clients.of(eventsClient)).disableRule({ Name: name }),
    targets: async (ctx, { name }) =>
      (await ctx.clients.of(eventsClient)).removeTargets({ Rule: name, Ids: ["metriccare-topic"] }),
  },
  foreignTag: async (ctx, { name }, Key, Value) =>
    (await ctx.clients.of(eventsClient)).tagResource({
      ResourceARN: eventsArn.rule(ctx, name),
      Tags: [{ Key, Value }],
    }),
};

async function put(ctx: AwsContext, Name: string, more: object): Promise<void> {
  await (await ctx.clients.of(eventsClient)).putRule({ Name, EventPattern: JSON.stringify(PATTERN), ...more });
}
