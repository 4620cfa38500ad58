import { nameOf, type Scope } from "../../aws/arn.ts";
import { sections, services } from "../../services/index.ts";
import { entriesOf, formerNames, namedEntry } from "../../services/names.ts";
import type { Placed, Section, Sections } from "../../services/service.ts";
import { withRulesSpread } from "../job-events.ts";
import { logPrefixOf } from "../log-groups.ts";
import { mapsOf } from "../maps.ts";
import { type Names, namesOf, ownRoles } from "../naming.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Layer } from "../sections.ts";
import { listedPrefixes, uploadBuckets, uploadKeys } from "./uploads.ts";
import { logsArn } from "../../services/logs/arn.ts";
import { glueArn } from "../../services/glue/arn.ts";

/**
 * What an action works on, as far as IAM can name it: the key of a section, or one of the places that `placesOf` adds.
 */
export type Where = string;

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
  const all = mapsOf(withRulesSpread(config, scope));
  const arns = arnsOf(all, scope);
  const has = (key: string): boolean => Object.keys(all[key] ?? {}).length > 0;
  const buckets = arns("buckets");
  const uploads = uploadBuckets(config).map((id) => names.bucket(id).arn);
  const objectsOf = (layer: Layer): string[] => {
    const { bucket, prefix } = config.layers[layer];
    return Object.hasOwn(config.buckets, bucket) ? [`${names.bucket(bucket).arn}/${prefix}*`] : [];
  };
  const { bucket, prefix } = config.function.events;
  const bySection = Object.entries(sections).map(([key, { named }]) => [
    key,
    named?.inPolicies?.with && arns(key).length > 0 ? named.inPolicies.with(arns(key), scope) : arns(key),
  ]);
  return {
    ...Object.fromEntries(bySection),
    ...Object.assign({}, ...services.map((one) => one.places?.(arns, scope, has))),
    anything: ["*"],
    objects: buckets.map((one) => `${one}/*`),
    /** Buckets that apply uploads to: all of their objects. */
    uploads: uploads.map((one) => `${one}/*`),
    /** Those of them that hold no patients' files: the buckets themselves. */
    uploadBuckets: Object.keys(listedPrefixes(config)).flatMap((id) =>
      listedPrefixes(config)[id]?.includes("") ? [names.bucket(id).arn] : [],
    ),
    /** What apply uploads, by folders, which is shorter: for who may read the data anyway. */
    uploadFolders: [
      ...new Set(uploadKeys(config).map(({ bucket: id, key }) => `${names.bucket(id).arn}/${folderOf(key)}`)),
    ],
    /** The same object by object: never a job's scratch space, never a file that arrived. */
    uploaded: uploadKeys(config).map(({ bucket: id, key }) => `${names.bucket(id).arn}/${key}`),
    raw: config.made.includes("function") ? [`${names.bucket(bucket).arn}/${prefix}*`] : [],
    bronze: objectsOf("bronze"),
    /** How far Silver has read, and no row of it. */
    silverCommits: objectsOf("silver").map((one) => `${one}/.hoodie/*`),
    silver: objectsOf("silver"),
    /** Encounters, and what is kept of stays: no names, and no other table. */
    silverStays: objectsOf("silver").flatMap((one) =>
      ["encounter", "encounter_deleted", "stays"].map((table) => `${one.slice(0, -1)}${table}/*`),
    ),
    gold: objectsOf("gold"),
    /** Scratch space of the jobs. */
    temp: Object.hasOwn(config.buckets, config.scriptsBucket)
      ? [`${names.bucket(config.scriptsBucket).arn}/tmp/*`]
      : [],
    /** The boundary, and the managed policies that are ours to make. */
    policies: [...(ownRoles(config).length > 0 ? [names.boundary.arn] : []), ...arns("policies")],
    // With and without the end that stands for the streams of a group: AWS's own calls disagree.
    logGroups: logGroupArns(config, scope).flatMap((one) => [one, `${one}:*`]),
    jobLogs: jobLogGroups(config, names).map((group) => logsArn.group(scope, `${group}/*:log-stream:*`)),
    glueConnections: connections(config, scope),
  };
}

/**
 * ARNs of the entries of a section that are ours: as one pattern with the names beside it, or each under its names and former
 * names (what has another name now must still be read and removed under its old one).
 */
function arnsOf(all: Sections, scope: Scope): (section: string) => string[] {
  return (key) => {
    const section = sections[key];
    if (!section?.named) return [];
    const { byName, always } = section.named.inPolicies ?? {};
    const entries = entriesOf(key, section, all).filter(({ entry }) => entry.existing === undefined);
    if (!always && Object.keys(all[key] ?? {}).length === 0) return [];
    const now = entries.map(({ id, entry }) => namedEntry(section, scope, id, entry));
    if (byName) return [...new Set([...now.map(({ arn }) => arn), ...formerArns(section, scope, entries)])];
    const any = nameOf(scope, "*");
    const pattern = section.named.arn(scope, section.named.kept?.(any) ?? any, {});
    return [pattern, ...new Set(now.flatMap(({ arn }) => (matches(pattern, arn) ? [] : [arn])))];
  };
}

const formerArns = (section: Section, scope: Scope, entries: readonly Placed[]): string[] =>
  entries.flatMap(({ id, entry }) => {
    const { name } = namedEntry(section, scope, id, entry);
    return formerNames(section, scope, entry, name).flatMap((one) => section.named?.arn(scope, one, entry) ?? []);
  });

/** Groups of functions and of jobs by pattern, others by name. */
function logGroupArns(config: LakehouseConfig, scope: Scope): string[] {
  const patterns = [
    logsArn.group(scope, `/aws/lambda/${nameOf(scope, "*")}`),
    logsArn.group(scope, `/aws-glue/${nameOf(scope, "*")}/*`),
  ];
  const names = namesOf(config, scope);
  const functions = mapsOf(config).functions ?? {};
  const own = [
    ...Object.keys(functions).map((id) => logsArn.group(scope, `/aws/lambda/${names.named("functions", id).name}`)),
    ...Object.keys(config.logGroups).map((id) => names.named("logGroups", id).arn),
  ];
  return [...patterns, ...new Set(own.filter((one) => !patterns.some((pattern) => matches(pattern, one))))];
}

/** The outermost folder of an upload, where that is no scratch space; else the key. */
const folderOf = (key: string): string => {
  const [first = "", ...rest] = key.split("/");
  return rest.length === 0 || first === "tmp" ? key : `${first}/*`;
};

/** A role under its name, and under those that it had. */
export function roleArns(config: LakehouseConfig, scope: Scope, id: string): string[] {
  const entry = config.roles[id];
  return entry ? arnsOf({ roles: { [id]: entry } }, scope)("roles") : [];
}

/**
 * Log groups that a job of the config writes to. Glue's own, where other people's jobs print too, only where one does; what runs
 * of before left there is not worth the whole account's logs.
 */
const jobLogGroups = (config: LakehouseConfig, names: Names): string[] => [
  ...new Set(Object.keys(config.jobs).map((id) => logPrefixOf(config, names, id))),
];

function connections(config: LakehouseConfig, scope: Scope): string[] {
  const names = namesOf(config, scope);
  const used = [...Object.values(config.jobs).flatMap((job) => job.connections), ...Object.keys(config.connections)];
  const arns = used.map((one) => names.named("connections", one).arn);
  return arns.length === 0 ? [] : [glueArn.catalog(scope), ...new Set(arns)];
}

/** IAM's wild cards: `*` is any run of characters, `?` one. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
