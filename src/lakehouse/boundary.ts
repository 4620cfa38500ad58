import type { Scope } from "../aws/arn.ts";
import { nameOf } from "../aws/arn.ts";
import type { Finding } from "../engine/types.ts";
import type { PolicyDocument, PolicyStatement } from "../services/iam/props.ts";
import { type PolicyConfig, policySection } from "../services/iam/section.ts";
import { BOUNDARY_ID, namesOf, ownsBoundary } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";
import { parsePolicy } from "../services/statements.ts";
import type { Expansion } from "./expansion.ts";
import { declaredRights } from "./roles.ts";

/**
 * The permissions boundary: the most that any role of the environment may ever do, whoever writes its policies. It follows
 * from what the roles are given, with names widened to patterns of this environment, so that a new job is no new boundary.
 * Nothing in it makes roles, takes roles or reaches a bucket that the config does not name.
 */
export function boundaryDocument(config: LakehouseConfig, scope: Scope): PolicyDocument {
  const named: Expansion = { config, scope, names: namesOf(config, scope) };
  const derived = [...declaredRights(config, scope).values()].flat();
  return {
    Version: "2012-10-17",
    Statement: merge([...derived, ...inside(config), ...network(config)].map((statement) => widen(named, statement))),
  };
}

/**
 * Glue puts a job with a connection into a network, with rights that its role has from a managed policy or one of the
 * config's own. Source: AWSGlueServiceRole.
 */
function network({ jobs }: LakehouseConfig): PolicyStatement[] {
  if (Object.values(jobs).every(({ connections }) => connections.length === 0)) return [];
  const describe = ["NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "VpcAttribute", "VpcEndpoints"];
  const own = { "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } };
  return [
    {
      Effect: "Allow",
      Action: [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        ...describe.map((what) => `ec2:Describe${what}`),
      ],
      Resource: "*",
    },
    { Effect: "Allow", Action: ["ec2:CreateTags", "ec2:DeleteTags"], Resource: "*", Condition: own },
  ];
}

/** The boundary as a managed policy: only where a role stands on it. */
export function boundaryEntry({ config, scope, names }: Expansion): Record<string, PolicyConfig> {
  if (!ownsBoundary(config, names)) return {};
  return { [BOUNDARY_ID]: policySection.parse({ document: boundaryDocument(config, scope) }) };
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** Services whose rights are rights to more rights. */
const CLIMBS = /^(iam|sts|organizations|account|sso|sso-directory|identitystore|cloudformation):/i;
/** What has no resource of its own and tells nothing of anybody's data. */
const HARMLESS = /^(cloudwatch:PutMetricData|xray:Put\w+|ec2:Describe\w+|ec2:(Create|Delete)NetworkInterface)$/i;

/** Everything, or everything of a service, however it is written: `*`, `arn:*`, `arn:aws:s3:*:*:*`, `arn:aws:s3:::?*`. */
function isWide(arn: string): boolean {
  const [, , service = "*", , , ...rest] = arn.split(":");
  const name = rest.join(":");
  return /[*?]/.test(service) || name === "" || /^[*?]/.test(name);
}

/** Why a statement of the config's own stays outside of the boundary; undefined when it is inside. */
function outside(statement: PolicyStatement): string | undefined {
  const actions = list(statement.Action);
  const resources = list(statement.Resource);
  if (actions.length === 0 || resources.length === 0) return "it says what it does not mean (NotAction, NotResource)";
  const climb = actions.find((action) => CLIMBS.test(action));
  if (climb !== undefined) return `${climb} leads to more rights`;
  const wild = actions.find((action) => !/^[a-z0-9-]+:[A-Za-z]{3,}\*?$/.test(action));
  if (wild !== undefined) return `${wild} names no action`;
  const everywhere = resources.some(isWide);
  const loose = everywhere ? actions.find((action) => !HARMLESS.test(action)) : undefined;
  return loose === undefined ? undefined : `${loose} on ${resources.join(", ")} reaches beyond the environment`;
}

/** Documents that a role bears: its inline policies, and those managed ones that are ours. */
const documentsOf = (config: LakehouseConfig, role: string): [string, unknown][] => {
  const { policies = {}, managedPolicies = [] } = config.roles[role] ?? {};
  const managed = managedPolicies.flatMap((id): [string, unknown][] => {
    const own = config.policies[id];
    return own?.document === undefined ? [] : [[id, own.document]];
  });
  return [...Object.entries(policies), ...managed];
};

/** Allowing statements of the roles' own policies, by role and policy. */
function ownStatements(config: LakehouseConfig): { role: string; policy: string; statement: PolicyStatement }[] {
  return Object.keys(config.roles).flatMap((role) =>
    documentsOf(config, role).flatMap(([policy, document]) =>
      parsePolicy(JSON.stringify(document))
        .Statement.filter(({ Effect }) => Effect === "Allow")
        .map((statement) => ({ role, policy, statement })),
    ),
  );
}

const inside = (config: LakehouseConfig): PolicyStatement[] =>
  ownStatements(config).flatMap(({ statement }) => (outside(statement) === undefined ? [statement] : []));

/** Rights that the config gives and the boundary takes away again. */
export function outsideBoundary(config: LakehouseConfig): Finding[] {
  const bounded = (role: string): boolean =>
    (config.roles[role]?.permissionsBoundary ?? config.permissionsBoundary) === undefined;
  const own = ownStatements(config).flatMap(({ role, policy, statement }): Finding[] => {
    const why = bounded(role) ? outside(statement) : undefined;
    return why === undefined ? [] : [finding(role, `policy \`${policy}\`${sid(statement)} has no effect: ${why}`)];
  });
  const managed = Object.entries(config.roles).flatMap(([role, { managedPolicies }]): Finding[] => {
    const theirs = managedPolicies.filter((one) => config.policies[one]?.document === undefined);
    return bounded(role) && theirs.length > 0
      ? [
          {
            ...finding(role, `of ${theirs.join(", ")} only that counts which the boundary allows too`),
            level: "note",
          },
        ]
      : [];
  });
  return [...own, ...managed];
}

const sid = ({ Sid }: PolicyStatement): string => (Sid === undefined ? "" : ` (${Sid})`);

const finding = (role: string, text: string): Finding => ({
  code: "outside_boundary",
  level: "warning",
  at: `iam.role/${role}`,
  text,
  fix: "Narrow it, or give the role a boundary of your own: `roles.<id>.permissionsBoundary` (an ARN, a name, or none).",
});

/** Names of the environment as patterns, and one scratch space. Buckets keep their names: theirs are everybody's. */
function widen({ scope }: Expansion, statement: PolicyStatement): PolicyStatement {
  const any = nameOf(scope, "*");
  const ours = new RegExp(`(?<=[:/])${scope.project}_[A-Za-z0-9_-]+_${scope.env}(?=$|[:/])`, "gi");
  const wider = (text: string): string =>
    text.startsWith(`arn:${scope.partition}:s3:`)
      ? text.replace(/\/tmp\/.*\/\*$/, "/tmp/*")
      : text.replace(ours, (name) => (name.endsWith(scope.env) ? any : any.toLowerCase()));
  return { ...statement, Resource: [...new Set(list(statement.Resource).map(wider))] };
}

/** One statement a set of resources and conditions, then one a set of actions: the least characters for the same rights. */
function merge(statements: readonly PolicyStatement[]): PolicyStatement[] {
  const byPlace = new Map<string, { statement: PolicyStatement; actions: Set<string> }>();
  for (const statement of statements) {
    for (const Resource of list(statement.Resource)) {
      const key = JSON.stringify([Resource, statement.Condition ?? null]);
      const found = byPlace.get(key) ?? { statement: { ...statement, Resource }, actions: new Set() };
      for (const action of list(statement.Action)) found.actions.add(action);
      byPlace.set(key, found);
    }
  }
  const byActions = new Map<string, { statement: PolicyStatement; resources: string[] }>();
  for (const { statement, actions } of byPlace.values()) {
    const Action = [...actions].toSorted();
    const key = JSON.stringify([Action, statement.Condition ?? null]);
    const found = byActions.get(key) ?? { statement: { ...statement, Action }, resources: [] };
    found.resources.push(...list(statement.Resource));
    byActions.set(key, found);
  }
  return [...byActions]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { statement, resources }]) => ({
      Effect: "Allow",
      Action: oneOrMore(list(statement.Action)),
      Resource: oneOrMore(resources.toSorted()),
      ...(statement.Condition ? { Condition: statement.Condition } : {}),
    }));
}

const oneOrMore = (all: readonly string[]): string | readonly string[] => (all.length === 1 ? (all[0] ?? "") : all);
