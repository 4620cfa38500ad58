import type { Desired } from "../../engine/types.ts";
import { nameOf } from "../../aws/arn.ts";
import { type Build, resource } from "../build.ts";
import { given } from "../kit.ts";
import { BOUNDARY_ID, type PolicyDocument, type PolicyProps, type RoleProps } from "./props.ts";
import type { PolicyConfig, RoleConfig } from "./section.ts";

/**
 * Only on behalf of the own account. `IfExists`, because AWS has no list of the services that send the key when they take a
 * role: Glue's guide ("Cross-service confused deputy prevention") recommends it, for Lambda AWS Support denied it as late as
 * 2023 (github.com/prowler-cloud/prowler/issues/2810), and a plain StringEquals on a key that is not sent would stop the pipeline.
 */
const trust = (services: readonly string[], account: string): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: services.length === 1 ? (services[0] ?? "") : services },
      Action: "sts:AssumeRole",
      Condition: { StringEqualsIfExists: { "aws:SourceAccount": account } },
    },
  ],
});

/** ARN of the boundary of a role; null where the config wants none. */
export function boundaryArn(build: Pick<Build, "scope" | "named">, role: Pick<RoleConfig, "permissionsBoundary">) {
  const chosen = role.permissionsBoundary ?? nameOf(build.scope, BOUNDARY_ID);
  return chosen === "none" ? null : build.named("policies", chosen).arn;
}

/** Managed policies and roles. */
export const declareIam = (
  {
    policies,
    roles,
  }: {
    readonly policies: Readonly<Record<string, PolicyConfig>>;
    readonly roles: Readonly<Record<string, RoleConfig>>;
  },
  build: Build,
): Desired[] => [
  ...Object.entries(policies).map(([id, { document, path, description, tags }]) =>
    resource<PolicyProps>(
      { kind: "iam.policy", id, name: `${path.slice(1)}${build.named("policies", id).name}` },
      // Only one that exists may lack it, and none such is made.
      { document: document ?? {}, ...given("description", description) },
      build.tags(tags),
    ),
  ),
  ...Object.entries(roles).map(([id, role]) =>
    resource<RoleProps>(
      { kind: "iam.role", id, name: build.named("roles", id).name },
      {
        path: role.path,
        description: role.description,
        trust: role.trust ?? trust(role.services, build.scope.account),
        policies: role.policies,
        managedPolicies: role.managedPolicies.map((one) => build.named("policies", one).arn),
        maxSessionSeconds: role.maxSessionDuration,
        permissionsBoundary: boundaryArn(build, role),
      },
      build.tags(role.tags),
    ),
  ),
];
