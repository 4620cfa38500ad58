import type { z } from "zod";
import type { writtenSchema } from "./written.ts";
import { type TriggerConfig, triggerSection } from "../services/glue/section.ts";
import { sized } from "../services/glue/job-size.ts";
import { topicSection } from "../services/sns/section.ts";
import { STAYS_MEASURE } from "./registry.ts";
import { etlSection, LAYERS, type Layer, ledgerSection, receiverSection } from "./sections.ts";

type Written = z.output<typeof writtenSchema>;

/** Sections of which there is one, and which the pipeline brings along. */
export const SINGLES = ["workflow", "function", "ledger", "alerts"] as const;
export type Single = (typeof SINGLES)[number];

/** A workflow with its triggers. */
export type EtlConfig = Omit<z.output<typeof etlSection>, "triggers"> & {
  readonly triggers: Readonly<Record<string, TriggerConfig>>;
};

const trigger = (actions: readonly string[], after: readonly string[]): TriggerConfig =>
  triggerSection.parse({
    type: after.length === 0 ? "on_demand" : "conditional",
    ...(after.length === 0 ? {} : { after: [...after] }),
    actions: [...actions],
  });

/** What the order of the jobs follows from. */
export interface Placed {
  readonly layer?: unknown;
  readonly measure?: unknown;
}

type Step = readonly [name: string, jobs: readonly string[]];

/** The jobs of Gold in two steps: who makes the stays goes first, or every other one makes all of them by itself. */
function goldSteps(jobs: Readonly<Record<string, Placed>>, gold: readonly string[]): Step[] {
  const makes = (id: string): boolean => jobs[id]?.measure === STAYS_MEASURE;
  const first = gold.filter(makes);
  const steps: Step[] = [
    ["gold", first],
    [first.length === 0 ? "gold" : "measures", gold.filter((id) => !makes(id))],
  ];
  return steps.filter(([, of]) => of.length > 0);
}

/** Groups of jobs that run one after another, with the id of the trigger that starts each. */
export function stepsOf(jobs: Readonly<Record<string, Placed>>, stagger: boolean): Step[] {
  const layers = LAYERS.flatMap((layer): Step[] => {
    const of = Object.keys(jobs).filter((id) => jobs[id]?.layer === layer);
    if (layer === "gold") return goldSteps(jobs, of);
    return of.length === 0 ? [] : [[layer, of]];
  });
  const all = stagger ? layers.flatMap(([, of]) => of.map((id): Step => [id, [id]])) : layers;
  return all.map(([name, of], i) => [i === 0 ? "start" : name, of]);
}

/** start, then layer after layer: each group of jobs waits for the one before. */
export function triggersOf(jobs: Written["jobs"], stagger: boolean): Record<string, TriggerConfig> {
  const all = stepsOf(jobs, stagger);
  return Object.fromEntries(all.map(([name, actions], i) => [name, trigger(actions, all[i - 1]?.[1] ?? [])]));
}

const withTriggers = (one: z.output<typeof etlSection>, jobs: Written["jobs"]): EtlConfig => ({
  ...one,
  triggers: one.triggers ?? triggersOf(jobs, one.stagger),
});

/** The bucket of scripts, lease and temporary files; undefined where the config has none. */
function scriptsOf({ buckets, scriptsBucket }: Written): string | undefined {
  if (scriptsBucket !== undefined) return scriptsBucket;
  if (Object.hasOwn(buckets, "scripts")) return "scripts";
  const own = Object.keys(buckets).filter((id) => buckets[id]?.existing === undefined);
  return own.length === 1 ? own[0] : undefined;
}

interface LayerPlace {
  readonly bucket: string;
  readonly prefix: string;
  readonly database: string;
}

const layersOf = ({ layers }: Written): Readonly<Record<Layer, LayerPlace>> => {
  const of = (layer: Layer): LayerPlace => ({
    bucket: layers[layer].bucket ?? layer,
    prefix: layers[layer].prefix,
    database: layers[layer].database ?? layer,
  });
  return { bronze: of("bronze"), silver: of("silver"), gold: of("gold") };
};

/**
 * What the pipeline brings along is written out: its single sections, triggers, places of the layers, roles of the jobs.
 * Sections that are not made (`pipeline: none`) hold their defaults and stand in no `made`.
 */
export function completed(written: Written) {
  const { jobs, workflow, workflows } = written;
  const made: readonly Single[] = SINGLES.filter((key) => written.pipeline === "fhir" || written[key] !== undefined);
  const scripts = scriptsOf(written);
  return {
    ...written,
    made,
    scriptsBucket: scripts ?? "scripts",
    layers: layersOf(written),
    uploads: Object.fromEntries(
      Object.entries(written.uploads).map(([id, one]) => [
        id,
        one.bucket === "" ? { ...one, bucket: scripts ?? "scripts" } : one,
      ]),
    ),
    jobs: Object.fromEntries(
      Object.entries(jobs).map(([id, job]) => [
        id,
        {
          ...sized(job),
          role: job.role ?? (job.layer === undefined ? "" : `glue_${job.layer}`),
          packages: job.packages ?? (job.layer === undefined ? [] : ["metriccare_etl"]),
        },
      ]),
    ),
    workflow: withTriggers(workflow ?? etlSection.parse({}), jobs),
    workflows: Object.fromEntries(Object.entries(workflows).map(([id, one]) => [id, withTriggers(one, jobs)])),
    function: written.function ?? receiverSection.parse({}),
    ledger: written.ledger ?? ledgerSection.parse({}),
    alerts: written.alerts ?? topicSection.parse({}),
  };
}

/** The config as it is printed: without what is not made. */
export function shown<T extends { readonly made: readonly Single[] }>(config: T): Omit<T, "made"> {
  const { made, ...rest } = config;
  return Object.fromEntries(
    Object.entries(rest).filter(([key]) => made.includes(key as Single) || !SINGLES.includes(key as Single)),
  ) as Omit<T, "made">;
}
