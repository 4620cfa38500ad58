import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { LakehouseConfig } from "./schema.ts";
import type { JobConfig, Layer } from "./sections.ts";

/** The Gold tables and the Silver ones that each is computed from. Source: `DATASETS_OF` of glue-scripts/metriccare_etl/gold.py. */
export const GOLD_READS = {
  readmission: ["patient", "encounter"],
  mortality: ["patient", "encounter"],
  hai: ["patient", "encounter", "condition"],
  length_of_stay: ["patient", "encounter"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type GoldTable = keyof typeof GOLD_READS;
export const isGoldTable = (name: string | undefined): name is GoldTable =>
  name !== undefined && Object.hasOwn(GOLD_READS, name);

/** The table that a job of a layer writes, whatever the job is called; undefined where neither config nor script says it. */
export interface Written {
  readonly layer: Layer;
  readonly table: string | undefined;
}

/** Bronze and Silver jobs say their `dataset` (or the argument that it is passed as). A Gold job says its table in its script: `jobs.gold_main("hai")`. */
export function writtenBy(
  job: Pick<JobConfig, "layer" | "dataset" | "script" | "arguments">,
  projectDir: string,
): Written | undefined {
  const { layer, script } = job;
  if (layer === undefined) return undefined;
  const dataset = job.arguments["--dataset"] ?? job.dataset;
  if (layer !== "gold") return { layer, table: dataset === undefined ? undefined : String(dataset) };
  const said = /gold_main\(\s*["'](\w+)["']/.exec(textOf(resolve(projectDir, script)))?.[1];
  const named = /^gold_(\w+)\.py$/.exec(basename(script))?.[1];
  return { layer, table: said ?? (isGoldTable(named) ? named : undefined) };
}

/** What each job of the config writes, by the job's key. */
export const tablesOf = (config: LakehouseConfig, projectDir: string): Readonly<Record<string, Written>> =>
  Object.fromEntries(
    Object.entries(config.jobs).flatMap(([id, job]) => {
      const written = writtenBy(job, projectDir);
      return written ? [[id, written] as const] : [];
    }),
  );

/** A script that is not there is a mistake that is told elsewhere. */
const textOf = (file: string): string =>
  existsSync(file) && statSync(file).isFile() ? readFileSync(file, "utf8") : "";
