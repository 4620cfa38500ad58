import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { faults } from "./faults.ts";
import { declareSchedules } from "./declare.ts";
import { coverage as groupFields, group } from "./group.ts";
import { groupArn, groupName, placed, scheduleArn } from "./names.ts";
import { coverage as scheduleFields, schedule } from "./schedule.ts";
import { scheduleSection } from "./section.ts";
import { schedulerTerraform } from "./terraform.ts";

/** Amazon EventBridge Scheduler. */
export const scheduler = service({
  name: "scheduler",
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
      schema: scheduleSection,
      named: {
        limit: { max: 64, form: /^[.\-_A-Za-z0-9]+$/, words: "letters, digits and ._-" },
        arn: (scope: Scope, name: string) => scheduleArn(scope, `${groupName(scope)}/${name}`),
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
  declare: declareSchedules,
});
