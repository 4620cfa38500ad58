import type { GetScheduleOutput, Target } from "@aws-sdk/client-scheduler";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG } from "../../aws/marks.ts";
import type { Call, Kind, Live, Wanted } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, given, idOf, orNull, pages, readEach, taggedAddresses, unless } from "../kit.ts";
import { ABSENT, groupTags } from "./group.ts";
import { groupArn, placed, scheduleArn } from "./names.ts";
import type { ScheduleProps, ScheduleTarget } from "./props.ts";
import { schedulerClient } from "./client.ts";

const universal = ignored("a call of AWS says the same and more: aws-sdk:<service>:<operation> with `input`");

export const coverage = {
  schedule: {
    Arn: "identity",
    GroupName: "identity",
    Name: "identity",
    ScheduleExpression: "managed",
    StartDate: "managed",
    EndDate: "managed",
    Description: "managed",
    ScheduleExpressionTimezone: "managed",
    State: "managed",
    CreationDate: "server",
    LastModificationDate: "server",
    KmsKeyArn: "managed",
    Target: "managed",
    FlexibleTimeWindow: "managed",
    ActionAfterCompletion: ignored("what removes itself would be made again by the next apply"),
  } satisfies Coverage<GetScheduleOutput>,
  target: {
    Arn: "managed",
    RoleArn: "managed",
    DeadLetterConfig: "managed",
    RetryPolicy: "managed",
    Input: "managed",
    EcsParameters: universal,
    EventBridgeParameters: universal,
    EventBridgePutEventsV2Parameters: universal,
    EventBridgePutRawEventsParameters: universal,
    KinesisParameters: universal,
    SageMakerPipelineParameters: universal,
    SqsParameters: universal,
  } satisfies Coverage<Target>,
};

const isoOf = (date: Date | undefined): string | null => date?.toISOString().replace(".000Z", "Z") ?? null;

const targetOf = (target: Target | undefined): ScheduleTarget => ({
  arn: target?.Arn ?? "",
  roleArn: target?.RoleArn ?? "",
  input: orNull(target?.Input),
  dlqArn: target?.DeadLetterConfig?.Arn ?? null,
  retry: {
    maxAgeSeconds: target?.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
    attempts: target?.RetryPolicy?.MaximumRetryAttempts ?? 185,
  },
});

/** AWS refuses a start that is over, also in an update: it has done its work, and is no difference where it is not told. */
const isOver = (ctx: AwsContext, start: string | null | undefined): boolean =>
  start !== null && start !== undefined && Date.parse(start) < ctx.clock.now();

async function read(ctx: AwsContext, { name, props }: Wanted<ScheduleProps>): Promise<Live<ScheduleProps>> {
  const scheduler = await ctx.clients.of(schedulerClient);
  const found = await scheduler.getSchedule(placed(name));
  const start = isoOf(found.StartDate);
  return {
    name,
    tags: {},
    props: {
      description: found.Description ?? "",
      expression: found.ScheduleExpression ?? "",
      timezone: found.ScheduleExpressionTimezone ?? "UTC",
      flexibleMinutes: found.FlexibleTimeWindow?.MaximumWindowInMinutes ?? null,
      start: start === null && isOver(ctx, props?.start) ? (props?.start ?? null) : start,
      end: isoOf(found.EndDate),
      enabled: found.State !== "DISABLED",
      kmsKeyArn: orNull(found.KmsKeyArn),
      target: targetOf(found.Target),
    },
  };
}

/** The mark is on the group: one call for each group, asked when one of its schedules is there (kit.ts, `tagged`). */
async function readAll(
  ctx: AwsContext,
  wanted: readonly Wanted<ScheduleProps>[],
): Promise<ReadonlyMap<string, Live<ScheduleProps>>> {
  const owners = new Map<string, Promise<string | undefined>>();
  const ownerOf = (group: string): Promise<string | undefined> => {
    const asked = owners.get(group) ?? unless(ABSENT, groupTags(ctx, group)).then((tags) => tags?.[OWNER_TAG]);
    owners.set(group, asked);
    return asked;
  };
  return readEach(wanted, async (one) => {
    const live = await unless(ABSENT, read(ctx, one));
    return live && { ...live, ...given("owner", await ownerOf(placed(one.name).GroupName)) };
  });
}

/** Names of the schedules in a group. */
async function namesIn(ctx: AwsContext, GroupName: string): Promise<readonly string[]> {
  const scheduler = await ctx.clients.of(schedulerClient);
  const all = await unless(
    ABSENT,
    pages(
      (NextToken?: string) => scheduler.listSchedules({ GroupName, ...given("NextToken", NextToken) }),
      (page) => page.NextToken,
    ),
  );
  return (all ?? []).flatMap((page) => (page.Schedules ?? []).flatMap(({ Name }) => Name ?? []));
}

/** The whole schedule, in creation and update alike: UpdateSchedule sets to AWS's default what is not sent. */
const settings = (ctx: AwsContext, name: string, props: ScheduleProps) => ({
  ...placed(name),
  Description: props.description,
  ScheduleExpression: props.expression,
  ScheduleExpressionTimezone: props.timezone,
  State: props.enabled ? ("ENABLED" as const) : ("DISABLED" as const),
  FlexibleTimeWindow:
    props.flexibleMinutes === null
      ? { Mode: "OFF" as const }
      : { Mode: "FLEXIBLE" as const, MaximumWindowInMinutes: props.flexibleMinutes },
  ...(props.start === null || isOver(ctx, props.start) ? {} : { StartDate: new Date(props.start) }),
  ...(props.end === null ? {} : { EndDate: new Date(props.end) }),
  ...(props.kmsKeyArn === null ? {} : { KmsKeyArn: props.kmsKeyArn }),
  Target: {
    Arn: props.target.arn,
    RoleArn: props.target.roleArn,
    RetryPolicy: {
      MaximumEventAgeInSeconds: props.target.retry.maxAgeSeconds,
      MaximumRetryAttempts: props.target.retry.attempts,
    },
    ...(props.target.input === null ? {} : { Input: props.target.input }),
    ...(props.target.dlqArn === null ? {} : { DeadLetterConfig: { Arn: props.target.dlqArn } }),
  },
});

const updated = (ctx: AwsContext, name: string, props: ScheduleProps): Call =>
  call("scheduler:UpdateSchedule", async () =>
    (await ctx.clients.of(schedulerClient)).updateSchedule(settings(ctx, name, props)),
  );

/** A schedule in the environment's group. */
export const schedule: Kind<ScheduleProps, AwsContext> = {
  name: "scheduler.schedule",
  untaggable: true,
  handles: (ctx, { name }) => [scheduleArn(ctx, name)],
  needs: (ctx, { name }, { target: { arn, roleArn, dlqArn } }) => [
    groupArn(ctx, placed(name).GroupName),
    arn,
    roleArn,
    ...(dlqArn === null ? [] : [dlqArn]),
  ],
  read: readAll,
  async owned(ctx, declared = []) {
    const marked = await taggedAddresses(ctx, "scheduler.group", "scheduler", "schedule-group/");
    const groups = [...marked.map(({ name }) => name), ...declared.map(({ name }) => placed(name).GroupName)];
    const found = await Promise.all(
      [...new Set(groups)].map(async (group) =>
        (await namesIn(ctx, group)).map((name) => ({
          kind: "scheduler.schedule",
          id: idOf(ctx, name),
          name: `${group}/${name}`,
        })),
      ),
    );
    return found.flat();
  },
  *create(ctx, { address: { name }, props }) {
    yield call(
      "scheduler:CreateSchedule",
      async () => (await ctx.clients.of(schedulerClient)).createSchedule(settings(ctx, name, props)),
      { creates: true },
    );
  },
  *update(ctx, { address: { name }, props, changed }) {
    if (changed.size > 0) yield updated(ctx, name, props);
  },
  *delete(ctx, { name }) {
    yield forget("scheduler:DeleteSchedule", ABSENT, async () =>
      (await ctx.clients.of(schedulerClient)).deleteSchedule(placed(name)),
    );
  },
  lane: ({ name }) => `scheduler ${name}`,
  permissions: {
    read: ["scheduler:GetSchedule", "scheduler:ListSchedules", "scheduler:ListTagsForResource", "tag:GetResources"],
    create: ["scheduler:CreateSchedule", "iam:PassRole"],
    update: ["scheduler:UpdateSchedule", "iam:PassRole"],
    delete: ["scheduler:DeleteSchedule"],
  },
};
