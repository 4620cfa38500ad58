import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { GROUP_ID, groupName } from "./names.ts";
import type { GroupProps, ScheduleProps, ScheduleTarget } from "./props.ts";
import type { ScheduleConfig } from "./section.ts";

type Target = ScheduleConfig["target"];

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** Whose ARN is called, and with what. A workflow has no target of its own: Scheduler makes the call of AWS that starts it. */
function called(build: Build, target: Target): Pick<ScheduleTarget, "arn" | "input"> {
  const input = json(target.input);
  if (target.workflow !== undefined) {
    const { name } = build.named("workflows", target.workflow);
    const given = typeof target.input === "object" && target.input !== null ? target.input : {};
    return {
      arn: `arn:${build.scope.partition}:scheduler:::aws-sdk:glue:startWorkflowRun`,
      input: JSON.stringify({ ...given, Name: name }),
    };
  }
  if (target.function !== undefined) return { arn: build.named("functions", target.function).arn, input };
  if (target.topic !== undefined) return { arn: build.named("topics", target.topic).arn, input };
  if (target.queue !== undefined) return { arn: build.named("queues", target.queue).arn, input };
  return { arn: target.arn ?? "", input };
}

const seconds = (time: string | undefined): string | null =>
  time === undefined ? null : new Date(Math.floor(Date.parse(time) / 1000) * 1000).toISOString().replace(".000Z", "Z");

const scheduleProps = (build: Build, one: ScheduleConfig): ScheduleProps => ({
  description: one.description,
  expression: one.expression,
  timezone: one.timezone,
  flexibleMinutes: one.flexibleWindow ?? null,
  start: seconds(one.start),
  end: seconds(one.end),
  enabled: one.enabled,
  kmsKeyArn: one.kmsKeyArn ?? null,
  target: {
    ...called(build, one.target),
    roleArn: build.named("roles", one.target.role).arn,
    dlqArn: one.target.deadLetter === undefined ? null : build.named("queues", one.target.deadLetter).arn,
    retry: { maxAgeSeconds: one.target.retry.maxAge, attempts: one.target.retry.attempts },
  },
});

/** Schedules, and the group that they lie in: made where there is a schedule. */
export function declareSchedules(
  { schedules }: { readonly schedules: Readonly<Record<string, ScheduleConfig>> },
  build: Build,
): Desired[] {
  if (Object.keys(schedules).length === 0) return [];
  const group = groupName(build.scope);
  return [
    resource<GroupProps>({ kind: "scheduler.group", id: GROUP_ID, name: group }, {}, build.tags({})),
    ...Object.entries(schedules).map(([id, one]) =>
      resource<ScheduleProps>(
        { kind: "scheduler.schedule", id, name: `${group}/${build.named("schedules", id).name}` },
        scheduleProps(build, one),
      ),
    ),
  ];
}
