import type { Scope } from "../../aws/arn.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";
import { namesOf, ownRoles } from "../naming.ts";
import { passedRoles } from "../uses.ts";
import { roleArns } from "./places.ts";
import type { LakehouseConfig } from "../schema.ts";

/**
 * Rights on roles. AWS's own pattern ("Permissions boundaries for IAM entities", "Delegating responsibility"): what makes a
 * role stronger is allowed only while the role stands inside of the boundary, and the boundary itself is out of reach.
 */

/** Calls that tell IAM the boundary of the role. Source: Service Authorization Reference, `iam:PermissionsBoundary`. */
const BOUNDED = [
  "iam:CreateRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
];
const ATTACH = "iam:AttachRolePolicy";
const UNBOUND = "iam:DeleteRolePermissionsBoundary";
const INVITE = "lambda:AddPermission";
const MAPPINGS = [
  "lambda:CreateEventSourceMapping",
  "lambda:DeleteEventSourceMapping",
  "lambda:UpdateEventSourceMapping",
];

/** What only statements with conditions may allow. */
export const CONDITIONAL: ReadonlySet<string> = new Set([
  ...BOUNDED,
  ATTACH,
  UNBOUND,
  "iam:PassRole",
  INVITE,
  ...MAPPINGS,
]);

/** Changes of a managed policy. */
const REWRITES = [
  "iam:CreatePolicy",
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
  "iam:TagPolicy",
  "iam:UntagPolicy",
];

const oneOrMore = (list: readonly string[]): string | readonly string[] => (list.length === 1 ? (list[0] ?? "") : list);

const statement = (
  Effect: "Allow" | "Deny",
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: PolicyStatement["Condition"],
): PolicyStatement => ({
  Effect,
  Action: oneOrMore(Action),
  Resource: oneOrMore(Resource),
  ...(Condition ? { Condition } : {}),
});

function grouped<T>(items: readonly T[], key: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}

/** Making and changing the config's roles, each with its boundary; and nothing at all on the boundary. */
export function roleStatements(config: LakehouseConfig, scope: Scope): PolicyStatement[] {
  const names = namesOf(config, scope);
  const arns = (of: readonly string[]): string[] => of.flatMap((id) => roleArns(config, scope, id));
  const ids = ownRoles(config);
  const free = ids.filter((id) => names.boundaryOf(id) === null);
  const bounded = [...grouped(ids, (id) => names.boundaryOf(id) ?? undefined)];
  return [
    ...bounded.map(([boundary, of]) =>
      statement("Allow", BOUNDED, arns(of), { StringEquals: { "iam:PermissionsBoundary": boundary } }),
    ),
    ...(free.length > 0 ? [statement("Allow", [...BOUNDED, UNBOUND], arns(free))] : []),
    ...attachStatements(config, scope),
    ...(bounded.length > 0 ? [statement("Deny", [UNBOUND], arns(bounded.flatMap(([, of]) => of)))] : []),
    ...(bounded.length > 0
      ? [
          statement(
            "Deny",
            REWRITES,
            bounded.map(([boundary]) => boundary),
          ),
        ]
      : []),
  ];
}

/** Managed policies go on no role but the one that the config gives them to. */
function attachStatements(config: LakehouseConfig, scope: Scope): PolicyStatement[] {
  const names = namesOf(config, scope);
  const ids = ownRoles(config).filter((id) => config.roles[id]?.managedPolicies.length);
  const policies = (id: string): string[] =>
    (config.roles[id]?.managedPolicies ?? []).map((one) => names.named("policies", one).arn);
  const same = grouped(ids, (id) => JSON.stringify([names.boundaryOf(id), policies(id)]));
  return [...same.values()].map((of) => {
    const [first = ""] = of;
    const boundary = names.boundaryOf(first);
    return statement(
      "Allow",
      [ATTACH],
      of.map((id) => names.role(id).arn),
      {
        ArnEquals: { "iam:PolicyARN": oneOrMore(policies(first)) },
        ...(boundary === null ? {} : { StringEquals: { "iam:PermissionsBoundary": boundary } }),
      },
    );
  });
}

/** Topics that call functions. */
const tellsFunctions = ({ made, alerts, topics }: LakehouseConfig): boolean =>
  [...(made.includes("alerts") ? [alerts] : []), ...Object.values(topics)].some(({ subscriptions }) =>
    subscriptions.some(({ protocol }) => protocol === "lambda"),
  );

/** Functions are opened to the services that call them, to whom the config names, and to nobody else. */
export function inviteStatement(config: LakehouseConfig, functions: readonly string[]): PolicyStatement {
  const all = [...(config.made.includes("function") ? [config.function] : []), ...Object.values(config.functions)];
  const named = all.flatMap(({ permissions = {} }) => Object.values(permissions).map(({ principal }) => principal));
  const services = [
    "events.amazonaws.com",
    "s3.amazonaws.com",
    ...(tellsFunctions(config) ? ["sns.amazonaws.com"] : []),
  ];
  return statement("Allow", [INVITE], functions, {
    StringEquals: { "lambda:Principal": [...new Set([...services, ...named])].toSorted() },
  });
}

/** Queues and streams are bound to our functions, and to no other: AWS binds a mapping's own ARN to nothing that is known before. */
export const eventSourceStatements = (config: LakehouseConfig, functions: readonly string[]): PolicyStatement[] =>
  Object.keys(config.eventSources).length === 0
    ? []
    : [
        statement("Allow", MAPPINGS, ["*"], {
          ArnLike: { "lambda:FunctionArn": functions.flatMap((one) => [one, `${one}:*`]) },
        }),
      ];

/** Each role is handed to the services that use it in the config, and to no other. */
export function passStatements(config: LakehouseConfig, scope: Scope): PolicyStatement[] {
  const names = namesOf(config, scope);
  const byService = new Map<string, string[]>();
  for (const [role, services] of passedRoles(config))
    for (const service of services) byService.set(service, [...(byService.get(service) ?? []), names.role(role).arn]);
  return [...byService]
    .toSorted(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))
    .map(([service, arns]) =>
      statement("Allow", ["iam:PassRole"], arns, { StringEquals: { "iam:PassedToService": service } }),
    );
}

/** Those that every lakehouse has come first. */
const ORDER = ["sns.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com", "glue.amazonaws.com"].toReversed();
