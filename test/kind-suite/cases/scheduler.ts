import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { group } from "../../../src/services/scheduler/group.ts";
import { groupArn, groupName, placed } from "../../../src/services/scheduler/names.ts";
import type { GroupProps, ScheduleProps, ScheduleTarget } from "../../../src/services/scheduler/props.ts";
import { schedule } from "../../../src/services/scheduler/schedule.ts";
import type { KindCase } from "../case.ts";
import { schedulerClient } from "../../../src/services/scheduler/client.ts";
import { sqsArn } from "../../../src/services/sqs/arn.ts";
import { snsArn } from "../../../src/services/sns/arn.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";

export const groupCase: KindCase<GroupProps> = {
  kind: group,
  address: (ctx, unique) => ({ kind: "scheduler.group", id: `g${unique}`, name: nameOf(ctx, `g${unique}`) }),
  props: () => fc.constant({}),
  base: () => ({}),
  fixed: [],
  vary: {},
  calls: {},
  outside: {},
  foreignTag: async (ctx, { name }, Key, Value) =>
    (await ctx.clients.of(schedulerClient)).tagResource({ ResourceArn: groupArn(ctx, name), Tags: [{ Key, Value }] }),
};

const target = (ctx: AwsContext, more: Partial<ScheduleTarget> = {}): ScheduleTarget => ({
  arn: snsArn.topic(ctx, "alerts"),
  roleArn: iamArn.role(ctx, "scheduler"),
  input: null,
  dlqArn: null,
  retry: { maxAgeSeconds: 86_400, attempts: 185 },
  ...more,
});
const targets = (ctx: AwsContext): readonly ScheduleTarget[] => [
  target(ctx),
  target(ctx, { input: '{"a":1}', dlqArn: sqsArn.queue(ctx, "dead") }),
  target(ctx, { arn: "arn:aws:scheduler:::aws-sdk:glue:startWorkflowRun", input: '{"Name":"etl"}' }),
  target(ctx, { retry: { maxAgeSeconds: 60, attempts: 0 } }),
];

const UPDATE = ["scheduler:UpdateSchedule"];
const KEYS = [
  "description",
  "expression",
  "timezone",
  "flexibleMinutes",
  "start",
  "end",
  "enabled",
  "kmsKeyArn",
  "target",
] as const;

async function change(ctx: AwsContext, name: string, more: object): Promise<void> {
  const scheduler = await ctx.clients.of(schedulerClient);
  const { ScheduleExpression, FlexibleTimeWindow, Target, State } = await scheduler.getSchedule(placed(name));
  await scheduler.updateSchedule({
    ...placed(name),
    ScheduleExpression,
    FlexibleTimeWindow,
    Target,
    ...(State ? { State } : {}),
    ...more,
  });
}

export const scheduleCase: KindCase<ScheduleProps> = {
  kind: schedule,
  address: (ctx, unique) => ({
    kind: "scheduler.schedule",
    id: `s${unique}`,
    name: `${groupName(ctx)}/${nameOf(ctx, `s${unique}`)}`,
  }),
  // The mark of a schedule is on its group.
  prepare: async (ctx, { name }) =>
    void (await (
      await ctx.clients.of(schedulerClient)
    ).createScheduleGroup({
      Name: placed(name).GroupName,
      Tags: [{ Key: "metriccare:owner", Value: ctx.owner }],
    })),
  tidy: async (ctx, { name }) =>
    void (await (await ctx.clients.of(schedulerClient)).deleteScheduleGroup({ Name: placed(name).GroupName })),
  props: (ctx) =>
    fc.record({
      description: fc.constantFrom("", "Every night"),
      expression: fc.constantFrom("rate(1 hour)", "cron(0 3 * * ? *)", "at(2099-01-31T06:00:00)"),
      timezone: fc.constantFrom("UTC", "Europe/Berlin"),
      flexibleMinutes: fc.constantFrom(null, 1, 1440),
      start: fc.constantFrom(null, "2098-01-01T00:00:00Z"),
      end: fc.constantFrom(null, "2099-01-01T00:00:00Z"),
      enabled: fc.boolean(),
      kmsKeyArn: fc.constant(null),
      target: fc.constantFrom(...targets(ctx)),
    }),
  base: (ctx) => ({
    description: "Every night",
    expression: "cron(0 3 * * ? *)",
    timezone: "Europe/Berlin",
    flexibleMinutes: 15,
    start: null,
    end: null,
    enabled: true,
    kmsKeyArn: null,
    target: target(ctx),
  }),
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    expression: (props) => ({ ...props, expression: "rate(2 days)" }),
    timezone: (props) => ({ ...props, timezone: "America/New_York" }),
    flexibleMinutes: (props) => ({ ...props, flexibleMinutes: null }),
    start: (props) => ({ ...props, start: "2098-01-01T00:00:00Z" }),
    end: (props) => ({ ...props, end: "2099-01-01T00:00:00Z" }),
    enabled: (props) => ({ ...props, enabled: false }),
    kmsKeyArn: (props, ctx) => ({ ...props, kmsKeyArn: `arn:aws:kms:${ctx.region}:${ctx.account}:key/1` }),
    target: (props, ctx) => ({ ...props, target: target(ctx, { input: '{"a":2}' }) }),
  },
  calls: Object.fromEntries(KEYS.map((key) => [key, UPDATE])),
  outside: {
    description: (ctx, { name }) => change(ctx, name, { Description: "by hand" }),
    expression: (ctx, { name }) => change(ctx, name, { ScheduleExpression: "rate(5 minutes)" }),
    timezone: (ctx, { name }) => change(ctx, name, { ScheduleExpressionTimezone: "Asia/Tokyo" }),
    flexibleMinutes: (ctx, { name }) => change(ctx, name, { FlexibleTimeWindow: { Mode: "OFF" } }),
    start: (ctx, { name }) => change(ctx, name, { StartDate: new Date("2097-01-01T00:00:00Z") }),
    end: (ctx, { name }) => change(ctx, name, { EndDate: new Date("2097-01-01T00:00:00Z") }),
    enabled: (ctx, { name }) => change(ctx, name, { State: "DISABLED" }),
    kmsKeyArn: (ctx, { name }) => change(ctx, name, { KmsKeyArn: `arn:aws:kms:${ctx.region}:${ctx.account}:key/2` }),
    target: (ctx, { name }) =>
      change(ctx, name, { Target: { Arn: snsArn.topic(ctx, "x"), RoleArn: iamArn.role(ctx, "x") } }),
  },
};
