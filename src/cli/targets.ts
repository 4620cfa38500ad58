import { nearest } from "../config/index.ts";
import { graphsOf, jobsOfGraph } from "../lakehouse/check/workflow.ts";
import { WORKFLOW_ID } from "../lakehouse/ids.ts";
import { registryOf } from "../lakehouse/registry.ts";
import { tablesOf } from "../lakehouse/tables.ts";
import { type Wiring, wired } from "../operate/doctor/check.ts";
import type { Layers } from "../operate/index.ts";
import { type Ledger, ledgerOf } from "../operate/ledger/ledger.ts";
import type { RunTarget } from "../operate/runs/events.ts";
import type { Pipeline } from "../operate/runs/pipeline.ts";
import { logPrefixes } from "../lakehouse/log-groups.ts";
import { type CliError, usage } from "./errors.ts";
import type { Session } from "./session.ts";

/** What a command needs and the environment has not: `pipeline: none` makes nothing that the config does not name. */
function notHere({ env, loaded }: Session, what: string, key: string): CliError {
  const { file, line, column } = loaded.place({ path: ["pipeline"], message: "" });
  return usage(
    "not_in_config",
    `environment \`${env}\` has no ${what}`,
    `Its config makes none: add \`${key}\` to it, or choose an environment that has one with --env.`,
    `${file}:${line}:${column}`,
  );
}

function needed<T>(session: Session, value: T | undefined, what: string, key: string): T {
  if (value === undefined) throw notHere(session, what, key);
  return value;
}

const bucketOf = (session: Session, id: string): string =>
  needed(session, session.outputs.buckets[id], `bucket \`${id}\``, `buckets.${id}`).name;

type Layer = "bronze" | "silver" | "gold";

/** Where the tables of a layer lie: its bucket, with the prefix in it (`lake/silver`), without `s3://` and a slash at the end. */
export function layerPlace(session: Session, layer: Layer): string {
  const { bucket, prefix } = session.config.layers[layer];
  const { name } = needed(session, session.outputs.buckets[bucket], `${layer} layer`, `buckets.${bucket}`);
  return `${name}/${prefix}`.replace(/\/$/, "");
}

/** Where files arrive: the bucket, and their prefix in it. */
export function rawPlace(session: Session): { readonly bucket: string; readonly prefix: string } {
  const { events } = needed(session, session.config.function, "function that records files", "function");
  return { bucket: bucketOf(session, events.bucket), prefix: events.prefix };
}

interface Meant {
  readonly id: string;
  readonly name: string;
}

/** The workflow that is meant: the one named, else the pipeline's, else the only one. */
function workflowOf(session: Session, id: string | undefined): Meant {
  const { workflow, workflows = {} } = session.outputs;
  const [only, ...more] = Object.entries(workflows).map(([key, { name }]) => ({ id: key, name }));
  if (id === undefined) {
    const one = workflow ? { id: WORKFLOW_ID, name: workflow.name } : more.length === 0 ? only : undefined;
    if (one === undefined && more.length > 0)
      throw usage(
        "unknown_workflow",
        "which workflow?",
        `Name one with --workflow: ${Object.keys(workflows).join(", ")}.`,
      );
    return needed(session, one, "workflow", "workflow");
  }
  const named = id === WORKFLOW_ID ? workflow : workflows[id];
  if (named) return { id, name: named.name };
  const known = [...(workflow ? [WORKFLOW_ID] : []), ...Object.keys(workflows)];
  const guess = nearest(id, known);
  throw usage(
    "unknown_workflow",
    `there is no workflow \`${id}\``,
    guess ? `Did you mean \`${guess}\`?` : `Workflows: ${known.join(", ") || "none"}.`,
  );
}

/** A workflow and its jobs: those of other workflows, and those that stand alone, say nothing about its runs. */
export function runTarget(session: Session, workflow?: string): RunTarget {
  const { id, name } = workflowOf(session, workflow);
  const own = new Set(graphsOf(session.config).flatMap((graph) => (graph.id === id ? jobsOfGraph(graph) : [])));
  const jobs = (its: boolean): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(session.outputs.jobs).flatMap(([key, job]) => (own.has(key) === its ? [[key, job.name]] : [])),
    );
  return { workflow: name, jobs: jobs(true), others: jobs(false), logs: logPrefixes(session.config, session.aws) };
}

/** The ledger of the environment. */
export function openLedger(session: Session): Ledger {
  const { name } = needed(session, session.outputs.ledger, "ledger", "ledger");
  const { hashKey, enableTtl, ttl, ttlAttribute } = session.config.ledger;
  return ledgerOf(session.aws, { table: name, hashKey, ttlAttribute: (enableTtl ?? ttl) ? ttlAttribute : undefined });
}

/** The same for whoever can do without. */
export function ledgerIfAny(session: Session): Ledger | undefined {
  const { ledger }: { readonly ledger?: unknown } = session.outputs;
  return ledger === undefined ? undefined : openLedger(session);
}

/** Name of the queue of what the function could not record; undefined where there is none. */
export const undeliveredOf = ({ outputs }: Session): string | undefined => outputs.queues["undelivered"]?.name;

/** Everything that a file passes. */
export const openPipeline = (session: Session): Pipeline => ({
  ctx: session.aws,
  ...rawPlace(session),
  ledger: openLedger(session),
  run: runTarget(session),
  function: needed(session, session.outputs.function, "function that records files", "function").name,
  bronze: layerPlace(session, "bronze"),
  queue: undeliveredOf(session),
  ttlDays: session.config.ledger.ttlDays,
});

/** Buckets of the tables, and which job writes which. */
export const layersOf = (session: Session): Layers => ({
  bronze: layerPlace(session, "bronze"),
  silver: layerPlace(session, "silver"),
  gold: layerPlace(session, "gold"),
  tables: tablesOf(session.config, session.project.dir),
  registry: registryOf(session.config, session.project.dir),
});

/** The config, its rules as they are made, and the names that follow from it. */
export function wiringOf(session: Session): Wiring {
  const { aws, config, outputs } = session;
  needed(session, outputs.ledger, "ledger", "ledger");
  needed(session, outputs.function, "function that records files", "function");
  needed(session, outputs.workflow, "workflow", "workflow");
  return wired(config, aws);
}
