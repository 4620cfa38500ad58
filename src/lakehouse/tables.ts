import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Registry, registryOf } from "./registry.ts";
import type { LakehouseConfig } from "./schema.ts";
import type { JobConfig, Layer } from "./sections.ts";

/** The table that a job of a layer writes, whatever the job is called; undefined where neither config nor script says it. */
export interface Written {
  readonly layer: Layer;
  readonly table: string | undefined;
}

/** What a job says of its work: in the config, by an argument of its own, or else in its script. */
type Said = Pick<JobConfig, "layer" | "dataset" | "measure" | "script" | "arguments">;

/**
 * Bronze and Silver jobs say their `dataset`, Gold jobs their `measure` (or the argument that it is passed as). A script of one
 * measure alone says it itself: `jobs.gold_main("hai")`, or by its name, `gold_hai.py`, as those of before did.
 */
export function writtenBy(job: Said, projectDir: string, registry: Registry): Written | undefined {
  const { layer } = job;
  if (layer === undefined) return undefined;
  if (layer !== "gold") {
    const dataset = job.arguments["--dataset"] ?? job.dataset;
    return { layer, table: dataset === undefined ? undefined : String(dataset) };
  }
  const measure = measureOf(job, projectDir, registry);
  return { layer, table: measure === undefined ? undefined : (registry.measures.get(measure)?.table ?? measure) };
}

/** The measure of a Gold job; undefined where nobody says it. */
function measureOf({ measure, script, ...job }: Said, projectDir: string, registry: Registry): string | undefined {
  const told = job.arguments["--measure"] ?? measure;
  if (told !== undefined && told !== null) return String(told);
  const said = /gold_main\(\s*["'](\w+)["']/.exec(textOf(resolve(projectDir, script)))?.[1];
  const named = /^gold_(\w+)\.py$/.exec(basename(script))?.[1];
  return said ?? (named !== undefined && registry.measures.has(named) ? named : undefined);
}

/** What each job of the config writes, by the job's key. */
export function tablesOf(config: LakehouseConfig, projectDir: string): Readonly<Record<string, Written>> {
  const registry = registryOf(config, projectDir);
  return Object.fromEntries(
    Object.entries(config.jobs).flatMap(([id, job]) => {
      const written = writtenBy(job, projectDir, registry);
      return written ? [[id, written] as const] : [];
    }),
  );
}

/** A script that is not there is a mistake that is told elsewhere. */
export const textOf = (file: string): string =>
  existsSync(file) && statSync(file).isFile() ? readFileSync(file, "utf8") : "";
