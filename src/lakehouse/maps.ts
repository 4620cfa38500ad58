import { sections } from "../services/index.ts";
import { entriesOf } from "../services/names.ts";
import type { Sections } from "../services/service.ts";
import { WORKFLOW_ID } from "../services/glue/workflow-triggers.ts";
import type { Single } from "./complete.ts";
import { FUNCTION_ID, LEDGER_ID, TOPIC_ID } from "./ids.ts";
import { queuesOf } from "./queues.ts";
import type { LakehouseConfig } from "./schema.ts";

/** Where a single section stands among the plain ones. */
export const SINGLE_PLACES: Readonly<
  Record<Single, readonly [section: "workflows" | "functions" | "tables" | "topics", id: string]>
> = {
  workflow: ["workflows", WORKFLOW_ID],
  function: ["functions", FUNCTION_ID],
  ledger: ["tables", LEDGER_ID],
  alerts: ["topics", TOPIC_ID],
};

/** The sections of services in a config: all that is no word of the lakehouse's own. */
export function sectionsIn(config: LakehouseConfig) {
  const {
    project: _project,
    pipeline: _pipeline,
    made: _made,
    tags: _tags,
    aws: _aws,
    local: _local,
    ...words
  } = config;
  const { workflow: _workflow, function: _function, ledger: _ledger, alerts: _alerts, ...plain } = words;
  const { layers: _layers, scriptsBucket: _scripts, permissionsBoundary: _boundary, logs: _logs, ...rest } = plain;
  const { reading: _reading, measures: _measures, quality: _quality, ...entries } = rest;
  return entries;
}

/** The config as maps of entries, the single sections among them: what names and references are looked up in. */
export function mapsOf(config: LakehouseConfig): Sections {
  const maps: Record<string, Sections[string]> = {
    ...sectionsIn(config),
    queues: config.made.includes("function") ? queuesOf(config) : config.queues,
  };
  for (const key of config.made) {
    const [section, id] = SINGLE_PLACES[key];
    maps[section] = { [id]: config[key], ...maps[section] };
  }
  return maps;
}

/** Beside `existing` these still say something: rights to the key of what is not ours follow from them. */
export const BESIDE_EXISTING: ReadonlySet<string> = new Set(["existing", "encryption", "kmsKeyId"]);

type Path = readonly (string | number)[];

/** The rule of the config that a part follows from (`withRulesSpread`): `failure` of `failure_2`; else the id itself. */
export function ruleOf({ rules }: LakehouseConfig, id: string): string {
  const first = id.replace(/_\d+$/, "");
  return !Object.hasOwn(rules, id) && rules[first]?.jobEvents !== undefined ? first : id;
}

/** The place in the config as it is written, of a place in its maps: `topics.alerts.tags` is `alerts.tags`. */
export function writtenPath(config: LakehouseConfig, path: Path): Path {
  for (const key of config.made) {
    const [section, id] = SINGLE_PLACES[key];
    if (path[0] === section && path[1] === id) return [key, ...path.slice(2)];
  }
  const [section, id] = path;
  const rule = section === "rules" && typeof id === "string" ? ruleOf(config, id) : id;
  return rule === id ? path : ["rules", rule ?? "", ...path.slice(2)];
}

/** Where a resource stands in the config as it is written; empty where nothing of it is written. */
export function pathOf(config: LakehouseConfig, { kind, id }: { readonly kind: string; readonly id: string }): Path {
  const all = mapsOf(config);
  for (const [key, section] of Object.entries(sections)) {
    const placed = section.kind === kind && entriesOf(key, section, all).find((one) => one.id === id);
    if (placed) return writtenPath(config, placed.path);
  }
  // What follows from entries of other sections.
  if (kind === "s3.notification")
    return config.function.events.bucket === id ? ["function", "events"] : ["buckets", id, "notifications"];
  if (kind === "events.rule") return ["rules", ruleOf(config, id)];
  if (kind === "logs.group")
    return id === FUNCTION_ID ? ["function"] : all.functions?.[id] ? ["functions", id] : ["logs"];
  return [];
}
