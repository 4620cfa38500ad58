import type { Scope } from "../aws/arn.ts";
import type { Plain } from "../services/index.ts";
import type { LogGroupConfig } from "../services/logs/section.ts";
import { logGroupSection } from "../services/logs/section.ts";
import { uploadSection, type UploadConfig } from "../services/s3/section.ts";
import { keyOf } from "../services/s3/keys.ts";
import { boundaryEntry } from "./boundary.ts";
import type { Expansion } from "./expansion.ts";
import { BOUNDARY_ID, FUNCTION_ID, LEDGER_ID, TOPIC_ID, WORKFLOW_ID } from "./ids.ts";
import { jobArguments } from "./job-arguments.ts";
import { hasOwnLogs, LOG_STREAMS } from "./log-groups.ts";
import { heardEvents } from "./heard.ts";
import { ledgerTable } from "./ledger-table.ts";
import { withRulesSpread } from "./job-events.ts";
import { namesOf } from "./naming.ts";
import { undeliveredQueue } from "./queues.ts";
import { functionEntry, receiverEntry } from "./receiver.ts";
import { roleEntries } from "./roles.ts";
import { ruleEntry } from "./rules.ts";
import type { LakehouseConfig } from "./schema.ts";
import { BESIDE_EXISTING, sectionsIn } from "./maps.ts";

type Map<T> = Readonly<Record<string, T>>;
const each = <T, U>(map: Map<T>, of: (one: T, id: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(map).map(([id, one]) => [id, of(one, id)]));

/** True for a script of the project, which apply uploads. */
export const isOwnScript = (script: string): boolean => !script.startsWith("s3://");

/** URL of a job's script. */
const scriptUrl = ({ config, names }: Expansion, script: string): string =>
  isOwnScript(script) ? `s3://${names.bucket(config.scriptsBucket).name}/${keyOf(script)}` : script;

function jobs(all: Expansion): Plain["jobs"] {
  return each(
    all.config.jobs,
    ({ layer: _layer, dataset: _dataset, measure: _measure, packages: _packages, ...job }, id) => ({
      ...job,
      script: scriptUrl(all, job.script),
      arguments: jobArguments(all, id),
    }),
  );
}

/** Scripts of the jobs and the value set of the measures go where the config's own uploads go. */
function uploads({ config }: Expansion): Record<string, UploadConfig> {
  const bucket = config.scriptsBucket;
  const scripts: Record<string, UploadConfig> = {};
  const seen = new Set<string>();
  for (const [id, { script }] of Object.entries(config.jobs)) {
    if (!isOwnScript(script) || seen.has(keyOf(script))) continue;
    seen.add(keyOf(script));
    const free = Object.hasOwn(config.uploads, id) ? `${id}_script` : id;
    scripts[free] = uploadSection.parse({ bucket, source: script });
  }
  const gold = Object.values(config.jobs).some((job) => job.layer === "gold");
  return {
    ...scripts,
    ...config.uploads,
    ...(gold ? { hai_value_set: uploadSection.parse({ bucket, source: config.measures.haiValueSet }) } : {}),
  };
}

/** The log groups of the jobs and of the functions. Whoever writes to one that is not there would make it by itself. */
function logGroups({ config, names }: Expansion): Record<string, LogGroupConfig> {
  const group = (name: string, more: Partial<LogGroupConfig> = {}): LogGroupConfig =>
    logGroupSection.parse({ name, ...config.logs, ...more });
  const functions = [
    ...(config.made.includes("function") ? [[FUNCTION_ID, config.function] as const] : []),
    ...Object.entries(config.functions).filter(([, { existing }]) => existing === undefined),
  ].map(([id, { logRetentionDays, tags }]) => [
    id,
    group(`/aws/lambda/${names.named("functions", id).name}`, {
      tags,
      ...(logRetentionDays === undefined ? {} : { retentionDays: logRetentionDays }),
    }),
  ]);
  const ofJobs = hasOwnLogs(config, names)
    ? LOG_STREAMS.map((stream) => [`jobs_${stream}`, group(`${names.jobLogs}/${stream}`)])
    : [];
  return { ...Object.fromEntries([...functions, ...ofJobs]), ...config.logGroups };
}

/** Buckets, with the functions that they call for new objects. A bucket that is not ours is not changed. */
function buckets({ config }: Expansion): Plain["buckets"] {
  const heard = heardEvents(config);
  return each(config.buckets, (bucket, id) => ({
    ...bucket,
    notifications: {
      ...Object.fromEntries(
        heard
          .filter(([, events]) => events.bucket === id)
          .map(([callee, { prefix, suffix }]) => [
            callee,
            { function: callee, events: ["s3:ObjectCreated:*"], prefix, suffix },
          ]),
      ),
      ...bucket.notifications,
    },
  }));
}

function databases({ config, names }: Expansion): Plain["databases"] {
  return each(config.databases, (database, id) => {
    const layer = Object.values(config.layers).find(
      (one) => one.database === id && Object.hasOwn(config.buckets, one.bucket),
    );
    const own = layer?.bucket ?? (Object.hasOwn(config.buckets, id) ? id : undefined);
    const url = own === undefined ? undefined : `s3://${names.bucket(own).name}/`;
    return { ...database, locationUri: database.locationUri ?? url };
  });
}

const single = <T>(made: boolean, id: string, of: () => T): Record<string, T> => (made ? { [id]: of() } : {});

/**
 * The plain config: what a healthcare lakehouse means becomes sections of services, with everything written out. Pure: the
 * same config and scope give the same, and the plain one says what services make of it.
 */
export function expand(written: LakehouseConfig, scope: Scope): Plain {
  const config = withRulesSpread(written, scope);
  const all: Expansion = { config, scope, names: namesOf(config, scope) };
  const has = (key: (typeof config.made)[number]): boolean => config.made.includes(key);
  const { stagger: _stagger, ...workflow } = config.workflow;
  return {
    // What means nothing to the pipeline stands as it is.
    ...sectionsIn(config),
    buckets: buckets(all),
    uploads: uploads(all),
    databases: databases(all),
    jobs: jobs(all),
    workflows: {
      ...single(has("workflow"), WORKFLOW_ID, () => workflow),
      ...each(config.workflows, ({ stagger: _stagger, ...one }) => one),
    },
    functions: {
      ...single(has("function"), FUNCTION_ID, () => receiverEntry(all)),
      ...each(config.functions, (one) => functionEntry(one)),
    },
    tables: { ...single(has("ledger"), LEDGER_ID, () => ledgerTable(config.ledger)), ...config.tables },
    topics: { ...single(has("alerts"), TOPIC_ID, () => config.alerts), ...config.topics },
    queues: { ...(has("function") ? undeliveredQueue(config) : {}), ...withoutUndelivered(all) },
    policies: { ...boundaryEntry(all), ...config.policies },
    roles: roleEntries(all),
    logGroups: logGroups(all),
    rules: each(config.rules, (rule) => ruleEntry(all, rule)),
  };
}

function withoutUndelivered({ config }: Expansion): Plain["queues"] {
  const { undelivered, ...others } = config.queues;
  return config.made.includes("function") || undelivered === undefined ? others : { undelivered, ...others };
}

/** The plain config as one that can be loaded: `pipeline: none`, with everything else written out. */
export function expanded(config: LakehouseConfig, scope: Scope): object {
  const { project, tags, aws, scriptsBucket, permissionsBoundary, local } = config;
  // The environment's own boundary follows from the roles.
  const {
    policies: { [BOUNDARY_ID]: _boundary, ...policies },
    ...plain
  } = expand(config, scope);
  return {
    project,
    pipeline: "none",
    tags,
    aws,
    local,
    ...(Object.hasOwn(config.buckets, scriptsBucket) ? { scriptsBucket } : {}),
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
    ...Object.fromEntries(Object.entries({ ...plain, policies }).map(([key, map]) => [key, each(map, ofOurs)])),
  };
}

/** Of what is not ours nothing but what means something: the rest would be defaults of things that are made. */
function ofOurs(entry: object): object {
  if (!("existing" in entry) || entry.existing === undefined) return entry;
  return Object.fromEntries(Object.entries(entry).filter(([word]) => BESIDE_EXISTING.has(word)));
}
