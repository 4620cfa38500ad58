import type { Scope } from "../../aws/arn.ts";
import { s3Arn } from "../../services/s3/arn.ts";
import { MANAGED_LIMIT, sizeOf } from "../../services/iam/lint.ts";
import type { PolicyDocument, PolicyStatement } from "../../services/iam/props.ts";
import type { LakehouseConfig } from "../schema.ts";
import { whereOf } from "./actions.ts";
import { functionGrants } from "./functions.ts";
import type { Audience, Grant } from "./grant.ts";
import { keyStatements } from "./keys.ts";
import { CONDITIONAL, eventSourceStatements, inviteStatement, passStatements, roleStatements } from "./iam.ts";
import { matches, type Places, placesOf, type Where } from "./places.ts";
import { namesOf } from "../naming.ts";
import { foreignCode, listedPrefixes } from "./uploads.ts";

export { MANAGED_LIMIT, sizeOf } from "../../services/iam/lint.ts";
export type { Audience, Grant } from "./grant.ts";

/** The part of a kind that rights follow from. */
interface Needs {
  readonly name: string;
  readonly permissions: Readonly<Record<"read" | "create" | "update" | "delete", readonly string[]>>;
}

/** Every plan needs these, whatever its kinds. */
const ALWAYS: readonly Grant[] = [{ action: "sts:GetCallerIdentity" }, { action: "tag:GetResources" }];

/** Listing a bucket shows keys, and keys may name patients: a reader lists where apply uploads to, and nowhere else. */
const LISTS: ReadonlySet<string> = new Set(["s3:ListBucket", "s3:ListBucketVersions"]);

/** What the kinds' own calls need. */
export function kindGrants(kinds: readonly Needs[], audience: Audience): Grant[] {
  const deploys = audience === "deployer";
  const grants = kinds.flatMap(({ name, permissions: { read, create, update, delete: remove } }) => {
    const actions = deploys ? [...read, ...create, ...update, ...remove] : read;
    return actions.map((action): Grant => {
      if (audience === "reader" && LISTS.has(action)) return { action, where: "uploadBuckets" };
      // Only what apply itself put there; emptying a bucket is the bucket's own right.
      if (name !== "s3.object" || whereOf(action) !== "objects") return { action };
      return { action, where: deploys ? "uploads" : audience === "operator" ? "uploadFolders" : "uploaded" };
    });
  });
  return [...ALWAYS, ...grants];
}

export interface PolicyOptions {
  /** Roles are given: they are handed on, and never made or changed. */
  readonly noIam?: boolean | undefined;
}

/** Everything in IAM that is no reading. */
const changesIam = (action: string): boolean => /^iam:(?!Get|List|PassRole)/.test(action);

/**
 * The least policy for these grants: one statement a place, actions in order, none twice. Buckets, roles and the function
 * stand in it by name, the rest of an environment by pattern (see `placesOf`); `*` only where IAM knows no resource.
 */
export function policyOf(
  config: LakehouseConfig,
  scope: Scope,
  grants: readonly Grant[],
  audience: Audience,
  { noIam = false }: PolicyOptions = {},
): PolicyDocument {
  const wanted = grants.filter(({ action }) => !noIam || !changesIam(action));
  const has = (action: string): boolean => wanted.some((grant) => grant.action === action);
  const code = foreignCode(config);
  const places = placesOf(config, scope);
  return {
    Version: "2012-10-17",
    Statement: [
      ...placedStatements(places, wanted),
      ...(has("iam:CreateRole") ? roleStatements(config, scope) : []),
      ...(has("lambda:AddPermission") ? [inviteStatement(config, at(places, "functions"))] : []),
      ...(has("lambda:CreateEventSourceMapping") ? eventSourceStatements(config, at(places, "functions")) : []),
      ...(has("iam:PassRole") ? passStatements(config, scope) : []),
      ...(code && audience === "deployer"
        ? [allow(["s3:GetObject", "s3:GetObjectVersion"], [`${s3Arn.bucket(scope, code.bucket)}/${code.key}`])]
        : []),
      ...(audience === "deployer" ? functionGrants(config, scope) : []),
      ...(audience === "operator" ? uploadsStay(config, scope) : []),
      ...(audience === "reader" ? foldersListed(config, scope) : []),
      ...keyStatements(config, scope, audience),
    ],
  };
}

/** The ARNs of a place. A service that names one which is not there is a mistake of ours. */
function at(places: Places, where: Where): readonly string[] {
  const found = places[where];
  if (!found) throw new Error(`there is no place ${where}`);
  return found;
}

function placedStatements(places: Places, grants: readonly Grant[]): PolicyStatement[] {
  const byWhere = new Map<Where, Set<string>>();
  for (const { action, where = whereOf(action) } of grants) {
    if (CONDITIONAL.has(action) || at(places, where).length === 0) continue;
    byWhere.set(where, (byWhere.get(where) ?? new Set()).add(action));
  }
  // What is allowed on all of them need not be said again for some.
  const within = (all: Where, parts: readonly Where[]): void => {
    for (const part of parts) for (const action of byWhere.get(all) ?? []) byWhere.get(part)?.delete(action);
  };
  within("objects", [
    "uploads",
    "uploaded",
    "uploadFolders",
    "raw",
    "bronze",
    "silver",
    "silverCommits",
    "silverStays",
    "gold",
    "temp",
  ]);
  within("uploads", ["uploaded"]);
  within("silver", ["silverStays"]);
  within("buckets", ["uploadBuckets"]);
  // Places with the same rights share a statement.
  const byActions = new Map<string, Where[]>();
  for (const [where, actions] of [...byWhere].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = [...actions].sort().join();
    if (key !== "") byActions.set(key, [...(byActions.get(key) ?? []), where]);
  }
  return [...byActions].map(([actions, wheres]) =>
    allow(actions.split(","), [...new Set(wheres.flatMap((where) => at(places, where)))]),
  );
}

/** A reader lists the folders of uploads that lie among patients' files, and nothing beside them. */
function foldersListed(config: LakehouseConfig, scope: Scope): PolicyStatement[] {
  const names = namesOf(config, scope);
  return Object.entries(listedPrefixes(config))
    .filter(([, prefixes]) => !prefixes.includes(""))
    .map(([id, prefixes]) => ({
      ...allow([...LISTS], [names.bucket(id).arn]),
      Condition: { StringLike: { "s3:prefix": oneOrMore([...new Set(prefixes)].map((prefix) => `${prefix}*`)) } },
    }));
}

/** Whoever may write new files and start runs must not replace what runs, where an upload lies among the files. */
function uploadsStay(config: LakehouseConfig, scope: Scope): PolicyStatement[] {
  const places = placesOf(config, scope);
  const mixed = at(places, "uploaded").filter((one) => at(places, "raw").some((pattern) => matches(pattern, one)));
  return mixed.length === 0
    ? []
    : [{ ...allow(["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"], mixed), Effect: "Deny" }];
}

/** Every character counts towards the limit: no Sid, and no list around a single one. */
const allow = (Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Effect: "Allow",
  Action: oneOrMore(Action),
  Resource: oneOrMore(Resource),
});

const oneOrMore = (list: readonly string[]): string | readonly string[] => (list.length === 1 ? (list[0] ?? "") : list);

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
