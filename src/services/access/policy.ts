import type { Scope } from "../../aws/arn.ts";
import type { PolicyDocument, PolicyStatement } from "../iam/props.ts";
import type { LakehouseConfig } from "../schema.ts";
import { whereOf } from "./actions.ts";
import type { Audience, Grant } from "./grant.ts";
import { keyStatements } from "./keys.ts";
import { placesOf, type Where } from "./places.ts";
import { foreignCode } from "./uploads.ts";

export type { Audience, Grant } from "./grant.ts";

/** The part of a kind that rights follow from. */
interface Needs {
  readonly name: string;
  readonly permissions: Readonly<Record<"read" | "create" | "update" | "delete", readonly string[]>>;
}

/** Characters of a managed policy, white space not counted. Source: IAM and STS quotas. */
export const MANAGED_LIMIT = 6144;

/** Every plan needs these, whatever its kinds. */
const ALWAYS: readonly Grant[] = [{ action: "sts:GetCallerIdentity" }, { action: "tag:GetResources" }];

/** What the kinds' own calls need. */
export function kindGrants(kinds: readonly Needs[], audience: Audience): Grant[] {
  const grants = kinds.flatMap(({ name, permissions: { read, create, update, delete: remove } }) => {
    const actions = audience === "reader" ? read : [...read, ...create, ...update, ...remove];
    // Only what apply itself put there; emptying a bucket is the bucket's own right.
    const own = name === "s3.object";
    return actions.map((action): Grant =>
      own && whereOf(action) === "objects" ? { action, where: "uploads" } : { action },
    );
  });
  return [...ALWAYS, ...grants];
}

/** Services that roles are handed to. */
function passedTo(config: LakehouseConfig): string[] {
  return [...(Object.keys(config.jobs).length > 0 ? ["glue.amazonaws.com"] : []), "lambda.amazonaws.com"];
}

/** Roles of the config's own choice that rules hand to EventBridge, and firehose subscriptions to SNS. */
function passOwnRoles(config: LakehouseConfig): PolicyStatement[] {
  const targets = Object.values(config.rules).flatMap((rule) =>
    rule.targets.flatMap((target) => (typeof target === "string" ? [] : (target.roleArn ?? []))),
  );
  const subscriptions = config.alerts.subscriptions.flatMap(({ roleArn }) => roleArn ?? []);
  const pass = (arns: readonly string[], service: string): PolicyStatement[] =>
    arns.length === 0
      ? []
      : [
          {
            ...allow(["iam:PassRole"], [...new Set(arns)]),
            Condition: { StringEquals: { "iam:PassedToService": service } },
          },
        ];
  return [...pass(targets, "events.amazonaws.com"), ...pass(subscriptions, "sns.amazonaws.com")];
}

/**
 * The least policy for these grants: one statement a place, actions in order, none twice. Names of an environment are
 * patterns (see `placesOf`); `*` stands only where IAM knows no resource.
 */
export function policyOf(
  config: LakehouseConfig,
  scope: Scope,
  grants: readonly Grant[],
  audience: Audience,
): PolicyDocument {
  const places = placesOf(config, scope);
  const byWhere = new Map<Where, Set<string>>();
  const pass = grants.some(({ action }) => action === "iam:PassRole");
  for (const { action, where = whereOf(action) } of grants) {
    if (action === "iam:PassRole" || places[where].length === 0) continue;
    byWhere.set(where, (byWhere.get(where) ?? new Set()).add(action));
  }
  // What is allowed on all objects need not be said again for some of them.
  const everyObject = byWhere.get("objects") ?? new Set();
  for (const part of ["uploads", "raw", "bronze", "silverCommits", "gold"] as const)
    for (const action of everyObject) byWhere.get(part)?.delete(action);
  // Places with the same rights share a statement.
  const byActions = new Map<string, Where[]>();
  for (const [where, actions] of [...byWhere].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = [...actions].sort().join();
    if (key !== "") byActions.set(key, [...(byActions.get(key) ?? []), where]);
  }
  const statements = [...byActions].map(([actions, wheres]) =>
    allow(
      actions.split(","),
      wheres.flatMap((where) => places[where]),
    ),
  );
  const code = foreignCode(config);
  return {
    Version: "2012-10-17",
    Statement: [
      ...statements,
      ...(pass
        ? [
            {
              ...allow(["iam:PassRole"], places.roles),
              Condition: { StringEquals: { "iam:PassedToService": passedTo(config) } },
            },
          ]
        : []),
      ...(pass ? passOwnRoles(config) : []),
      ...(code && audience === "deployer"
        ? [allow(["s3:GetObject", "s3:GetObjectVersion"], [`arn:${scope.partition}:s3:::${code.bucket}/${code.key}`])]
        : []),
      ...keyStatements(config, scope, audience),
    ],
  };
}

/** Every character counts towards the limit: no Sid, and no list around a single one. */
const allow = (Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Effect: "Allow",
  Action: oneOrMore(Action),
  Resource: oneOrMore(Resource),
});

const oneOrMore = (list: readonly string[]): string | readonly string[] => (list.length === 1 ? (list[0] ?? "") : list);

/** Characters as IAM counts them. */
export const sizeOf = (document: PolicyDocument): number => JSON.stringify(document).replace(/\s/g, "").length;

/** The same rights in as few documents as fit: statements are kept whole where they fit, and cut by action where not. */
export function split(document: PolicyDocument, limit = MANAGED_LIMIT): PolicyDocument[] {
  const documents: PolicyStatement[][] = [];
  const fits = (statements: readonly PolicyStatement[]): boolean =>
    sizeOf({ ...document, Statement: statements }) <= limit;
  const place = (statement: PolicyStatement): void => {
    const open = documents.find((statements) => fits([...statements, statement]));
    if (open) open.push(statement);
    else if (fits([statement]) || halves(statement) === undefined) documents.push([statement]);
    else for (const half of halves(statement) ?? []) place(half);
  };
  [...document.Statement].sort((a, b) => JSON.stringify(b).length - JSON.stringify(a).length).forEach(place);
  return documents.map((Statement) => ({ ...document, Statement }));
}

/** A statement as two, its actions or its resources shared out. */
function halves(statement: PolicyStatement): readonly PolicyStatement[] | undefined {
  for (const key of ["Action", "Resource"] as const) {
    const list = statement[key];
    if (!Array.isArray(list) || list.length < 2) continue;
    const middle = Math.ceil(list.length / 2);
    return [
      { ...statement, [key]: list.slice(0, middle) },
      { ...statement, [key]: list.slice(middle) },
    ];
  }
  return undefined;
}
