import type { z } from "zod";
import type { writtenSchema } from "./written.ts";
import type { TriggerConfig } from "../services/glue/section.ts";
import { sized } from "../services/glue/job-size.ts";
import { topicSection } from "../services/sns/section.ts";
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
  etlSection.shape.triggers.unwrap().valueType.parse({
    type: after.length === 0 ? "on_demand" : "conditional",
    ...(after.length === 0 ? {} : { after: [...after] }),
    actions: [...actions],
  });

/** Groups of jobs that run one after another, with a name for the trigger that starts each. */
function steps(jobs: Written["jobs"], stagger: boolean): (readonly [string, readonly string[]])[] {
  return LAYERS.flatMap((layer): (readonly [string, readonly string[]])[] => {
    const of = Object.keys(jobs).filter((id) => jobs[id]?.layer === layer);
    if (of.length === 0) return [];
    return stagger ? of.map((id) => [id, [id]] as const) : [[layer, of]];
  });
}

/** start, then layer after layer: each group of jobs waits for the one before. */
export function triggersOf(jobs: Written["jobs"], stagger: boolean): Record<string, TriggerConfig> {
  const all = steps(jobs, stagger);
  return Object.fromEntries(
    all.map(([name, actions], i) => [i === 0 ? "start" : name, trigger(actions, all[i - 1]?.[1] ?? [])]),
  );
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
    workflows: Object.fromEntries(Object.entries(workflows).map(([id, one]) => [id, withTriggers(one, {})])),
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
