import { arn, bucketNameOf, nameOf, type Scope } from "../aws/arn.ts";
import { BOUNDARY_ID } from "../services/iam/props.ts";
import type { LakehouseConfig } from "./schema.ts";

/** Ids of the things that the config has one of. */
export const WORKFLOW_ID = "etl_workflow";
export const FUNCTION_ID = "trigger_glue_workflow";
export const LEDGER_ID = "processed_files";
export const TOPIC_ID = "alerts";
export { BOUNDARY_ID };

export interface Named {
  readonly name: string;
  readonly arn: string;
}

/** Every name and ARN of an environment, by section and id. All of it is computed: nothing here asks AWS. */
export interface Names {
  readonly bucket: (id: string) => Named;
  /** The Glue catalog folds names to lower case. */
  readonly database: (id: string) => Named;
  readonly job: (id: string) => Named;
  readonly trigger: (id: string) => Named;
  readonly role: (id: string) => Named;
  readonly queue: (id: string) => Named;
  readonly rule: (id: string) => Named;
  readonly workflow: Named;
  readonly function: Named;
  readonly logGroup: Named;
  /** Prefix of the log groups that the environment's jobs write to. */
  readonly jobLogs: string;
  readonly ledger: Named;
  readonly topic: Named;
  /** The environment's own boundary, whether it is made or not. */
  readonly boundary: Named;
  /** ARN of the boundary of a role; null where the config wants none. */
  readonly boundaryOf: (role: string) => string | null;
}

/** Names and ARNs of a config in a scope. */
export function namesOf(config: LakehouseConfig, scope: Scope): Names {
  const one = (id: string, override: string | undefined, toArn: (name: string) => string): Named => {
    const name = override ?? nameOf(scope, id);
    return { name, arn: toArn(name) };
  };
  const fn = one(FUNCTION_ID, config.function.name, (name) => arn.function(scope, name));
  const logGroup = `/aws/lambda/${fn.name}`;
  return {
    bucket: (id) => {
      const name = config.buckets[id]?.name ?? bucketNameOf(scope, id);
      return { name, arn: arn.bucket(scope, name) };
    },
    database: (id) => {
      const name = (config.databases[id]?.name ?? nameOf(scope, id)).toLowerCase();
      return { name, arn: arn.glue(scope, "database", name) };
    },
    job: (id) => one(id, config.jobs[id]?.name, (name) => arn.glue(scope, "job", name)),
    trigger: (id) => one(id, config.workflow.triggers[id]?.name, (name) => arn.glue(scope, "trigger", name)),
    role: (id) => {
      const path = config.roles[id]?.path ?? "/";
      return one(id, config.roles[id]?.name, (name) => arn.role(scope, `${path.slice(1)}${name}`));
    },
    queue: (id) => one(id, config.queues[id]?.name, (name) => arn.queue(scope, name)),
    rule: (id) => one(id, config.rules[id]?.name, (name) => arn.rule(scope, name)),
    workflow: one(WORKFLOW_ID, config.workflow.name, (name) => arn.glue(scope, "workflow", name)),
    function: fn,
    logGroup: { name: logGroup, arn: arn.logGroup(scope, logGroup) },
    // AWS's own policy for Glue roles allows what begins like this.
    jobLogs: `/aws-glue/${nameOf(scope, "jobs")}`,
    ledger: one(LEDGER_ID, config.ledger.name, (name) => arn.table(scope, name)),
    topic: one(TOPIC_ID, config.alerts.name, (name) => arn.topic(scope, name)),
    boundary: one(BOUNDARY_ID, undefined, (name) => arn.policy(scope, name)),
    boundaryOf: (id) => {
      const chosen = config.roles[id]?.permissionsBoundary ?? config.permissionsBoundary ?? nameOf(scope, BOUNDARY_ID);
      if (chosen === "none") return null;
      return chosen.startsWith("arn:") ? chosen : arn.policy(scope, chosen);
    },
  };
}

/** Whether a role stands on the environment's own boundary, which is then ours to make. */
export const ownsBoundary = (config: LakehouseConfig, names: Names): boolean =>
  Object.keys(config.roles).some((id) => names.boundaryOf(id) === names.boundary.arn);
