import { arn, type Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { database } from "./database.ts";
import { declareGlue } from "./declare.ts";
import { job } from "./job.ts";
import { databaseSection, jobSection, triggerSection, workflowSection } from "./section.ts";
import { trigger } from "./trigger.ts";
import { triggersOf } from "./workflow-triggers.ts";
import { workflow } from "./workflow.ts";

/** Glue itself takes any printable text; names go into ARNs and log streams, so not here. */
const limit = { max: 255, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" };
const arnOf =
  (type: Parameters<typeof arn.glue>[1]) =>
  (scope: Scope, name: string): string =>
    arn.glue(scope, type, name);

/** AWS Glue. */
export const glue = service({
  name: "glue",
  kinds: [anyKind(database), anyKind(job), anyKind(workflow), anyKind(trigger)],
  sections: {
    databases: {
      kind: "glue.database",
      one: "database",
      schema: databaseSection,
      mayExist: true,
      named: {
        limit: { max: 255, form: /^[a-z0-9_-]+$/, words: "lower case letters, digits, _ and -" },
        arn: arnOf("database"),
        kept: (name: string) => name.toLowerCase(),
      },
    },
    jobs: { kind: "glue.job", one: "job", schema: jobSection, named: { limit, arn: arnOf("job") } },
    workflows: {
      kind: "glue.workflow",
      one: "workflow",
      schema: workflowSection,
      named: { limit, arn: arnOf("workflow") },
    },
  },
  inner: {
    triggers: {
      kind: "glue.trigger",
      one: "trigger",
      schema: triggerSection,
      named: { limit, arn: arnOf("trigger") },
      within: triggersOf,
    },
  },
  declare: declareGlue,
});
