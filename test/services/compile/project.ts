import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Scope } from "../../../src/aws/arn.ts";
import { loadConfig } from "../../../src/config/index.ts";
import {
  check,
  compile,
  type Compiled,
  type LakehouseConfig,
  lakehouseSchema,
  textNames,
} from "../../../src/lakehouse/index.ts";
import { temporary } from "../../harness/temporary.ts";

/** The repository's own `config/`. */
export const CONFIG = resolve(import.meta.dirname, "../../../config");

export const scopeOf = (env: string): Scope => ({
  project: "metriccare",
  env,
  account: "111122223333",
  region: "eu-central-1",
  partition: "aws",
});

/** A project folder with the shipped config and small files in place of scripts, so that hashes stay put. */
export function project(files: Readonly<Record<string, string>> = {}): { dir: string; remove: () => void } {
  const dir = temporary("metriccare-compile-");
  cpSync(CONFIG, join(dir, "config"), { recursive: true });
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const { jobs } = load({ dir, env: "dev", checked: false });
  for (const job of Object.values(jobs)) put(job.script, `# ${job.layer}\n`);
  put("glue-scripts/metriccare_etl/__init__.py", "");
  put("glue-scripts/lambda/myglueworkflow.py", "def lambda_handler(event, context): ...\n");
  put("glue-scripts/value-sets/hai.csv", "category,first_day,system,match,code\n");
  for (const [path, text] of Object.entries(files)) put(path, text);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Loads an environment as the CLI does. */
export function load({ dir, env, checked = true }: { dir: string; env: string; checked?: boolean }): LakehouseConfig {
  const place = { dir, configDir: join(dir, "config") };
  const crossCheck = (config: LakehouseConfig) => (checked ? check(config, { env, projectDir: dir }) : []);
  return loadConfig<LakehouseConfig>(place, env, lakehouseSchema, crossCheck, textNames(env, scopeOf(env))).value;
}

/** Loads and compiles an environment of a project folder. */
export const compiled = (dir: string, env: string): Promise<Compiled> => compile(load({ dir, env }), scopeOf(env), dir);
