import { nameOf, type Scope } from "../aws/arn.ts";
import type { Named } from "../services/build.ts";
import { boundaryArn } from "../services/iam/declare.ts";
import { sections } from "../services/index.ts";
import { lookup } from "../services/names.ts";
import { BOUNDARY_ID, FUNCTION_ID, LEDGER_ID, TOPIC_ID, WORKFLOW_ID } from "./ids.ts";
import { mapsOf } from "./maps.ts";
import type { LakehouseConfig } from "./schema.ts";
import { logsArn } from "../services/logs/arn.ts";

export { BOUNDARY_ID, WORKFLOW_ID } from "./ids.ts";
export type { Named } from "../services/build.ts";

/** Every name and ARN of an environment, by section and id. All of it is computed: nothing here asks AWS. */
export interface Names {
  /** What a reference to a section means: an id, an ARN or a name. */
  readonly named: (section: string, reference: string) => Named;
  /** True for an id of the section. */
  readonly has: (section: string, reference: string) => boolean;
  readonly bucket: (id: string) => Named;
  readonly database: (id: string) => Named;
  readonly job: (id: string) => Named;
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
  const { named, has } = lookup(sections, mapsOf(config), scope);
  const of = (section: string) => (id: string) => named(section, id);
  const fn = named("functions", FUNCTION_ID);
  const logGroup = `/aws/lambda/${fn.name}`;
  return {
    named,
    has,
    bucket: of("buckets"),
    database: of("databases"),
    job: of("jobs"),
    role: of("roles"),
    queue: of("queues"),
    rule: of("rules"),
    workflow: named("workflows", WORKFLOW_ID),
    function: fn,
    logGroup: { name: logGroup, arn: logsArn.group(scope, logGroup) },
    // AWS's own policy for Glue roles allows what begins like this.
    jobLogs: `/aws-glue/${nameOf(scope, "jobs")}`,
    ledger: named("tables", LEDGER_ID),
    topic: named("topics", TOPIC_ID),
    boundary: named("policies", nameOf(scope, BOUNDARY_ID)),
    boundaryOf: (id) =>
      boundaryArn(
        { scope, named },
        { permissionsBoundary: config.roles[id]?.permissionsBoundary ?? config.permissionsBoundary },
      ),
  };
}

/** Roles that are ours to make. */
export const ownRoles = (config: LakehouseConfig): string[] =>
  Object.keys(config.roles).filter((id) => config.roles[id]?.existing === undefined);

/** Whether a role stands on the environment's own boundary, which is then ours to make. */
export const ownsBoundary = (config: LakehouseConfig, names: Names): boolean =>
  ownRoles(config).some((id) => names.boundaryOf(id) === names.boundary.arn);
