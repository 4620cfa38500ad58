import type { Scope } from "../../aws/arn.ts";
import type { Desired } from "../../engine/types.ts";
import { DERIVED_POLICY } from "../check/references.ts";
import type { PolicyDocument, PolicyStatement, RoleProps } from "../../services/iam/props.ts";
import { namesOf } from "../naming.ts";
import type { LakehouseConfig } from "../schema.ts";
import { type Build, type Named, resource, tagsOf } from "./build.ts";
import { functionStatements, jobsOf, jobStatements } from "./policies.ts";

const document = (Statement: readonly PolicyStatement[]): PolicyDocument => ({ Version: "2012-10-17", Statement });

/**
 * Only on behalf of the own account. `IfExists`, because AWS has no list of the services that send the key when they take a
 * role: Glue's guide ("Cross-service confused deputy prevention") recommends it, for Lambda AWS Support denied it as late as
 * 2023 (github.com/prowler-cloud/prowler/issues/2810), and a plain StringEquals on a key that is not sent would stop the pipeline.
 */
const trust = (services: readonly string[], account: string): PolicyDocument =>
  document([
    {
      Effect: "Allow",
      Principal: { Service: services.length === 1 ? (services[0] ?? "") : services },
      Action: "sts:AssumeRole",
      Condition: { StringEqualsIfExists: { "aws:SourceAccount": account } },
    },
  ]);

/** Sids are unique within a policy: a role that the function and jobs share says some things twice. */
const distinct = (statements: readonly PolicyStatement[]): PolicyStatement[] => {
  const seen = new Map<string, PolicyStatement>();
  for (const statement of statements) {
    const text = JSON.stringify({ ...statement, Sid: "" });
    let sid = statement.Sid ?? "Statement";
    for (let n = 2; seen.has(sid) && JSON.stringify({ ...seen.get(sid), Sid: "" }) !== text; n++)
      sid = `${statement.Sid}${n}`;
    seen.set(sid, { ...statement, Sid: sid });
  }
  return [...seen.values()];
};

/** What follows from who uses a role. */
function statementsOf(build: Named, id: string): PolicyStatement[] {
  const jobs = jobsOf(build, id);
  return distinct([
    ...(build.config.function.role === id ? functionStatements(build) : []),
    ...(jobs.length > 0 ? jobStatements(build, jobs) : []),
  ]);
}

/** The statements of each role's derived policy, by the role's key. */
export const declaredRights = (
  config: LakehouseConfig,
  scope: Scope,
): ReadonlyMap<string, readonly PolicyStatement[]> => {
  const build = { config, scope, names: namesOf(config, scope) };
  return new Map(Object.keys(config.roles).map((id) => [id, statementsOf(build, id)]));
};

/** Roles: who may take them follows from who uses them, and so does what they may do. */
export function roles(build: Build): Desired[] {
  const { config, names } = build;
  return Object.entries(config.roles).map(([id, role]) => {
    const jobs = jobsOf(build, id);
    const ofFunction = config.function.role === id;
    const services = [
      ...(jobs.length > 0 ? ["glue.amazonaws.com"] : []),
      ...(ofFunction ? ["lambda.amazonaws.com"] : []),
    ];
    const statements = statementsOf(build, id);
    return resource<RoleProps>(
      { kind: "iam.role", id, name: names.role(id).name },
      {
        path: role.path,
        description: role.description,
        trust: trust(services, build.scope.account),
        policies: {
          ...(statements.length > 0 ? { [DERIVED_POLICY]: document(statements) } : {}),
          // Written by hand in the config: IAM checks its form.
          ...(role.policies as unknown as Record<string, PolicyDocument>),
        },
        managedPolicies: role.managedPolicies,
        maxSessionSeconds: role.maxSessionDuration,
        permissionsBoundary: names.boundaryOf(id),
      },
      tagsOf(build, role.tags),
    );
  });
}
