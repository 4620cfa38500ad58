import { resolve } from "node:path";
import { OWN, type Registry, type RegistryFile, registryFileOf, type Wrong } from "../registry.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { JobConfig } from "../sections.ts";
import { textOf } from "../tables.ts";
import type { Problem } from "./problem.ts";
import { missing } from "./reference.ts";

/** The project's registry of datasets and measures, and what jobs name of it. */
export function checkRegistry(config: LakehouseConfig, projectDir: string): Problem[] {
  const file = registryFileOf(config, projectDir);
  const registry = file?.found ?? OWN;
  if (!("measures" in registry)) return file === undefined ? [] : wrongIn(file, registry);
  return Object.entries(config.jobs).flatMap(([id, job]) => jobProblems(id, job, projectDir, registry));
}

const wrongIn = ({ upload, file }: RegistryFile, wrong: readonly Wrong[]): Problem[] =>
  wrong.map(({ at, text }) => ({
    path: ["uploads", upload, "source"],
    message: `${file}: ${at ? `${at}: ` : ""}${text}`,
    suggestion: "docs/measures.md says what an entry holds.",
  }));

function jobProblems(id: string, job: JobConfig, projectDir: string, registry: Registry): Problem[] {
  const path = ["jobs", id];
  const measures = Object.fromEntries(registry.measures);
  return [
    ...(job.dataset === undefined ? [] : missing([...path, "dataset"], "dataset", job.dataset, registry.datasets)),
    ...(job.measure === undefined ? [] : missing([...path, "measure"], "measure", job.measure, measures)),
    // A job that has neither a layer nor a role lacks the layer, which is told already.
    ...(job.measure !== undefined && job.layer !== "gold" && job.role !== ""
      ? [
          {
            path: [...path, "measure"],
            because: [[...path, "layer"]],
            message: `is for Gold jobs, and this one is ${job.layer === undefined ? "of no layer" : `of ${job.layer}`}`,
          },
        ]
      : []),
    ...untold(id, job, projectDir, registry),
  ];
}

/** A script that is told what to do, and nobody tells it: the job would fail with its first word. */
function untold(id: string, job: JobConfig, projectDir: string, registry: Registry): Problem[] {
  if (job.layer === undefined) return [];
  const key = job.layer === "gold" ? "measure" : "dataset";
  if (job[key] !== undefined || `--${key}` in { ...job.arguments, ...job.nonOverridableArguments }) return [];
  if (!new RegExp(`\\b${job.layer}_main\\(\\)`).test(textOf(resolve(projectDir, job.script)))) return [];
  const known = key === "measure" ? [...registry.measures.keys()] : Object.keys(registry.datasets);
  const named = known.find((one) => id === `${job.layer}_${one}`);
  return [
    {
      path: ["jobs", id],
      message: `${job.script} is told its ${key}, and this job names none`,
      suggestion: named ? `Say \`${key}: ${named}\`.` : `Say \`${key}\`, one of ${known.join(", ")}.`,
    },
  ];
}
