import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { schedulerClient } from "./client.ts";
import { faults } from "./faults.ts";
import { declareSchedules } from "./declare.ts";
import { coverage as groupFields, group } from "./group.ts";
import { groupArn, groupName, placed, scheduleArn } from "./names.ts";
import { coverage as scheduleFields, schedule } from "./schedule.ts";
import { scheduleSection } from "./section.ts";
import { schedulerTerraform } from "./terraform.ts";
import { scheduleRights } from "./rights.ts";

/** Amazon EventBridge Scheduler. */
export const scheduler = service({
  name: "scheduler",
  client: schedulerClient,
  coverage: {
    fields: {
      GetScheduleGroupOutput: groupFields,
      GetScheduleOutput: scheduleFields.schedule,
      Target: scheduleFields.target,
    },
    terraform: schedulerTerraform,
  },
  faults,
  kinds: [anyKind(group), anyKind(schedule)],
  sections: {
    schedules: {
      kind: "scheduler.schedule",
      one: "schedule",
      about: "Schedules of EventBridge Scheduler, in a time zone.",
      example: `
schedules:
  night:
    expression: cron(0 3 * * ? *)
    timezone: Europe/Berlin
    target: {topic: alerts, role: night_clock, input: {text: Good night}}`,
      schema: scheduleSection,
      named: {
        limit: { max: 64, form: /^[.\-_A-Za-z0-9]+$/, words: "letters, digits and ._-" },
        arn: (scope: Scope, name: string) => scheduleArn(scope, `${groupName(scope)}/${name}`),
        // With the group that they lie in.
        inPolicies: { with: (own: readonly string[], scope: Scope) => [groupArn(scope, groupName(scope)), ...own] },
      },
    },
  },
  where: [[/^scheduler:/, "schedules"]],
  reach: {
    "scheduler.group": (scope: Scope, name: string) => [groupArn(scope, name)],
    "scheduler.schedule": (scope: Scope, name: string) => [
      scheduleArn(scope, name),
      groupArn(scope, placed(name).GroupName),
    ],
  },
  rights: scheduleRights,
  declare: declareSchedules,
});
