import { arn, nameOf, type Scope } from "../../aws/arn.ts";
import { formerNames } from "../compile/formerly.ts";
import { logPrefixOf } from "../log-groups.ts";
import { FUNCTION_ID, type Named, type Names, namesOf } from "../naming.ts";
import { listedPrefixes, uploadBuckets, uploadKeys } from "./uploads.ts";
import type { LakehouseConfig } from "../schema.ts";

/** What an action works on, as far as IAM can name it. */
export type Where =
  | "anything"
  | "buckets"
  | "objects"
  /** Buckets that apply uploads to: all of their objects. */
  | "uploads"
  /** Those of them that hold no patients' files: the buckets themselves. */
  | "uploadBuckets"
  /** What apply uploads, object by object: never a job's scratch space, never a file that arrived. */
  | "uploaded"
  /** The same by folders, which is shorter: for who may read the data anyway. */
  | "uploadFolders"
  | "raw"
  | "bronze"
  /** How far Silver has read, and no row of it. */
  | "silverCommits"
  | "gold"
  | "glue"
  | "databases"
  | "functions"
  | "tables"
  | "topics"
  | "queues"
  | "rules"
  | "roles"
  | "boundary"
  | "logGroups"
  | "jobLogs"
  | "glueConnections";

export type Places = Readonly<Record<Where, readonly string[]>>;

/**
 * The ARNs of an environment. Buckets, roles and the function stand by name: a pattern of bucket names would match those of
 * a project whose name begins alike, and one of roles or functions what somebody else made stronger. The rest follows the
 * pattern of names, so that what the config no longer names is still found and removed; names of the config's own choice
 * (`name:`) stand beside it. No project's name has a `_` in it, so no other project's names match. (An environment whose
 * name ends in `_<other environment>` is in reach of the other's pattern: give such a one an account of its own.)
 */
export function placesOf(config: LakehouseConfig, scope: Scope): Places {
  const names = namesOf(config, scope);
  const any = nameOf(scope, "*");
  const withOwn = (pattern: string, ...own: readonly Named[]): string[] => [
    pattern,
    ...new Set(own.map((one) => one.arn).filter((one) => !matches(pattern, one))),
  ];
  const ids = (map: object, of: (id: string) => Named): Named[] => Object.keys(map).map(of);
  // What has another name now must still be read and removed under its old one.
  const former = (kind: string, id: string, name: string): string[] => formerNames(config, scope, { kind, id, name });
  const buckets = Object.keys(config.buckets).flatMap((id) => {
    const { name } = names.bucket(id);
    return [name, ...former("s3.bucket", id, name)].map((one) => arn.bucket(scope, one));
  });
  const functions = [names.function.name, ...former("lambda.function", FUNCTION_ID, names.function.name)];
  const uploads = uploadBuckets(config).map((id) => names.bucket(id).arn);
  const jobs = withOwn(arn.glue(scope, "job", any), ...ids(config.jobs, names.job));
  const workflows = withOwn(arn.glue(scope, "workflow", any), names.workflow);
  const triggers = withOwn(arn.glue(scope, "trigger", any), ...ids(config.workflow.triggers, names.trigger));
  const databases = withOwn(arn.glue(scope, "database", any.toLowerCase()), ...ids(config.databases, names.database));
  const tables = withOwn(arn.table(scope, any), names.ledger);
  const { bucket, prefix } = config.function.events;
  const objectsOf = (id: string): string[] => (Object.hasOwn(config.buckets, id) ? [`${names.bucket(id).arn}/*`] : []);
  return {
    anything: ["*"],
    buckets,
    objects: buckets.map((one) => `${one}/*`),
    uploads: uploads.map((one) => `${one}/*`),
    uploadBuckets: Object.keys(listedPrefixes(config)).flatMap((id) =>
      listedPrefixes(config)[id]?.includes("") ? [names.bucket(id).arn] : [],
    ),
    uploadFolders: [
      ...new Set(uploadKeys(config).map(({ bucket: id, key }) => `${names.bucket(id).arn}/${folderOf(key)}`)),
    ],
    uploaded: uploadKeys(config).map(({ bucket: id, key }) => `${names.bucket(id).arn}/${key}`),
    raw: [`${names.bucket(bucket).arn}/${prefix}*`],
    bronze: objectsOf("bronze"),
    silverCommits: objectsOf("silver").map((one) => `${one}/.hoodie/*`),
    gold: objectsOf("gold"),
    glue: [...jobs, ...workflows, ...triggers, ...databases],
    // Glue asks for the right at the catalog, the database and everything inside it.
    databases: [
      arn.glueCatalog(scope),
      ...databases,
      ...databases.map((one) => `${one.replace(":database/", ":table/")}/*`),
      ...databases.map((one) => `${one.replace(":database/", ":userDefinedFunction/")}/*`),
    ],
    // By name: code that is put into a function runs with that function's role.
    functions: functions.map((name) => arn.function(scope, name)),
    tables: [...tables, ...tables.map((one) => `${one}/index/*`)],
    topics: withOwn(arn.topic(scope, any), names.topic),
    queues: withOwn(arn.queue(scope, any), ...ids(config.queues, names.queue)),
    rules: withOwn(arn.rule(scope, any), ...ids(config.rules, names.rule)),
    roles: Object.keys(config.roles).flatMap((id) => roleArns(config, scope, id)),
    boundary: Object.keys(config.roles).length > 0 ? [names.boundary.arn] : [],
    // With and without the end that stands for the streams of a group: AWS's own calls disagree.
    logGroups: [
      ...withOwn(arn.logGroup(scope, `/aws/lambda/${any}`), names.logGroup),
      arn.logGroup(scope, `/aws-glue/${any}/*`),
    ].flatMap((one) => [one, `${one}:*`]),
    jobLogs: jobLogGroups(config, names).map((group) => arn.logGroup(scope, `${group}/*:log-stream:*`)),
    glueConnections: connections(config, scope),
  };
}

/** The outermost folder of an upload, where that is no scratch space; else the key. */
const folderOf = (key: string): string => {
  const [first = "", ...rest] = key.split("/");
  return rest.length === 0 || first === "tmp" ? key : `${first}/*`;
};

/** A role under its name, and under those that it had. */
export function roleArns(config: LakehouseConfig, scope: Scope, id: string): string[] {
  const { name, arn: own } = namesOf(config, scope).role(id);
  const former = formerNames(config, scope, { kind: "iam.role", id, name });
  return [own, ...former.map((one) => `${own.slice(0, own.length - name.length)}${one}`)];
}

/**
 * Log groups that a job of the config writes to. Glue's own, where other people's jobs print too, only where one does; what runs
 * of before left there is not worth the whole account's logs.
 */
const jobLogGroups = (config: LakehouseConfig, names: Names): string[] => [
  ...new Set(Object.keys(config.jobs).map((id) => logPrefixOf(config, names, id))),
];

function connections(config: LakehouseConfig, scope: Scope): string[] {
  const named = [...new Set(Object.values(config.jobs).flatMap((job) => job.connections))];
  const base = arn.glueCatalog(scope).replace(/catalog$/, "connection/");
  return named.length === 0 ? [] : [arn.glueCatalog(scope), ...named.map((name) => `${base}${name}`)];
}

/** IAM's wild cards: `*` is any run of characters, `?` one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
