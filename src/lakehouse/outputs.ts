import type { Scope } from "../aws/arn.ts";
import { sections } from "../services/index.ts";
import { triggerId } from "../services/glue/workflow-triggers.ts";
import { withRulesSpread } from "./job-events.ts";
import { mapsOf, SINGLE_PLACES } from "./maps.ts";
import { type Named, type Names, namesOf, WORKFLOW_ID } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";

/** A workflow and its triggers. */
export interface WorkflowOutput extends Named {
  readonly triggers: Readonly<Record<string, Named>>;
}

export interface Outputs {
  readonly buckets: Readonly<Record<string, Named>>;
  readonly databases: Readonly<Record<string, { readonly name: string }>>;
  readonly jobs: Readonly<Record<string, Named>>;
  readonly workflow: WorkflowOutput;
  /** Further ones, where there are any. */
  readonly workflows?: Readonly<Record<string, WorkflowOutput>>;
  readonly function: Named;
  readonly ledger: Named;
  readonly topic: Named;
  readonly queues: Readonly<Record<string, Named>>;
  readonly rules: Readonly<Record<string, Named>>;
  readonly roles: Readonly<Record<string, Named>>;
}

/** Sections whose outputs have words of their own, or none. */
const OWN = new Set(["databases", "workflows", "uploads", "eventSources", "logGroups"]);
/** Sections that are shown though nothing stands in them. */
const ALWAYS = new Set(["buckets", "jobs", "queues", "rules", "roles"]);

function workflowOutput(names: Names, id: string, triggers: object): WorkflowOutput {
  const all = Object.keys(triggers).map((key) => [key, names.named("triggers", triggerId(id, key))]);
  return { ...names.named("workflows", id), triggers: Object.fromEntries(all) };
}

/** Names and ARNs as `metriccare outputs` shows them: computed, so the same before and after an apply. */
export function outputs(written: LakehouseConfig, scope: Scope): Outputs {
  const config = withRulesSpread(written, scope);
  const names = namesOf(config, scope);
  const maps = mapsOf(config);
  const singles = new Set(config.made.map((key) => SINGLE_PLACES[key].join("/")));
  const named = Object.keys(sections).flatMap((key) => {
    const ids = Object.keys(maps[key] ?? {}).filter((id) => !singles.has(`${key}/${id}`));
    if (OWN.has(key) || (ids.length === 0 && !ALWAYS.has(key))) return [];
    return [[key, Object.fromEntries(ids.map((id) => [id, names.named(key, id)]))] as const];
  });
  const further = Object.entries(config.workflows).map(([id, one]) => [id, workflowOutput(names, id, one.triggers)]);
  const has = (key: (typeof config.made)[number]): boolean => config.made.includes(key);
  const found = {
    ...Object.fromEntries(named),
    databases: Object.fromEntries(Object.keys(config.databases).map((id) => [id, { name: names.database(id).name }])),
    ...(further.length > 0 ? { workflows: Object.fromEntries(further) } : {}),
    ...(has("workflow") ? { workflow: workflowOutput(names, WORKFLOW_ID, config.workflow.triggers) } : {}),
    ...(has("function") ? { function: names.function } : {}),
    ...(has("ledger") ? { ledger: names.ledger } : {}),
    ...(has("alerts") ? { topic: names.topic } : {}),
  };
  // What is not made is not there: whoever needs it asks `made` first.
  return found as unknown as Outputs;
}
