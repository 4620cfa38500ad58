import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { slipOf } from "../../config/index.ts";
import type { Problem } from "./problem.ts";
import { valueSetProblem } from "./value-set.ts";
import { codeIsOurs as zipIsOurs } from "../../services/lambda/declare.ts";
import { isOwnScript } from "../expand.ts";
import type { LakehouseConfig } from "../schema.ts";

interface Wanted {
  readonly path: readonly (string | number)[];
  readonly file: string;
  readonly folder: boolean;
}

/** Files and folders that an apply will read. */
export function filesOf(config: LakehouseConfig): Wanted[] {
  const gold = Object.values(config.jobs).some((job) => job.layer === "gold");
  return [
    ...Object.entries(config.jobs)
      .filter(([, job]) => isOwnScript(job.script))
      .map(([id, job]) => ({ path: ["jobs", id, "script"], file: job.script, folder: false })),
    ...Object.entries(config.uploads).map(([id, one]) => ({
      path: ["uploads", id, "source"],
      file: one.source,
      folder: one.zip,
    })),
    ...(codeIsOurs(config) ? [{ path: ["function", "source"], file: config.function.source, folder: true }] : []),
    ...Object.entries(config.functions)
      .filter(([, one]) => isZipped(config, one))
      .map(([id, { source = "" }]) => ({ path: ["functions", id, "source"], file: source, folder: true })),
    ...(gold ? [{ path: ["measures", "haiValueSet"], file: config.measures.haiValueSet, folder: false }] : []),
  ];
}

/** Whether apply makes the zip of a function. */
export const isZipped = (
  { buckets }: LakehouseConfig,
  one: Parameters<typeof zipIsOurs>[0] & { readonly source?: string | undefined },
): boolean => zipIsOurs(one, (bucket) => Object.hasOwn(buckets, bucket));

/** Whether apply makes the zip of the pipeline's function. A bucket elsewhere holds its own. */
export const codeIsOurs = (config: LakehouseConfig): boolean =>
  config.made.includes("function") && isZipped(config, config.function);

/** Problems for what is not there, or is a file where a folder is wanted. */
export function checkFiles(config: LakehouseConfig, projectDir: string): Problem[] {
  return [...checkThere(config, projectDir), ...checkValueSet(config, projectDir)];
}

function checkValueSet({ measures }: LakehouseConfig, projectDir: string): Problem[] {
  const file = resolve(projectDir, measures.haiValueSet);
  if (!existsSync(file) || !statSync(file).isFile()) return [];
  const wrong = valueSetProblem(readFileSync(file, "utf8"));
  return wrong ? [{ path: ["measures", "haiValueSet"], message: `${measures.haiValueSet}: ${wrong}` }] : [];
}

/** Where to look for a file; a script of before, one a table, has become one a layer. */
function whereIsIt(file: string, projectDir: string): string {
  const [, folder = "", layer, rest] = /^(.*\/)?(bronze|silver|gold)_(\w+)\.py$/.exec(file) ?? [];
  const now = `${folder}${layer}.py`;
  if (layer === undefined || !existsSync(resolve(projectDir, now))) {
    const near = nearFile(file, projectDir);
    return near === undefined ? "Paths start at the project folder." : `Did you mean \`${near}\`?`;
  }
  return `There is one script a layer: say \`script: ${now}\` and \`${layer === "gold" ? "measure" : "dataset"}: ${rest}\`.`;
}

/** The file of nearly that path. */
function nearFile(file: string, projectDir: string): string | undefined {
  let found = "";
  for (const part of file.split("/").filter((one) => one !== "" && one !== ".")) {
    const inside = namesIn(resolve(projectDir, found));
    const name = inside.includes(part) ? part : slipOf(part, inside);
    if (name === undefined) return undefined;
    found = found === "" ? name : `${found}/${name}`;
  }
  return found;
}

const namesIn = (folder: string): string[] =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];

function checkThere(config: LakehouseConfig, projectDir: string): Problem[] {
  return filesOf(config).flatMap(({ path, file, folder }): Problem[] => {
    const full = resolve(projectDir, file);
    if (!existsSync(full))
      return [{ path, message: `${file} does not exist`, suggestion: whereIsIt(file, projectDir) }];
    if (statSync(full).isDirectory() === folder) return [];
    const suggestion = path[0] === "uploads" && !folder ? "A folder is uploaded as a zip: say `zip: true`." : undefined;
    return [
      {
        path,
        message: folder ? `${file} is a file, not a folder` : `${file} is a folder, not a file`,
        suggestion,
        ...(path[0] === "uploads" ? { because: [[...path.slice(0, 2), "zip"]] } : {}),
      },
    ];
  });
}
