import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { z } from "zod";
import { checkSchema, place } from "./check.ts";
import { mistakesOf } from "./mistakes.ts";
import { ConfigInvalid, ConfigNotFound, type ConfigProblem, type Draft } from "./problem.ts";
import { type Located, overlay, parseYaml } from "./source.ts";
import { nearest } from "./suggest.ts";
import type { TextNames } from "./text-names.ts";
import { type Told, tellTexts } from "./texts.ts";

/** The file that every environment starts from. */
export const BASE = "lakehouse.yaml";

export interface Project {
  /** Where relative paths of the config start; `.metriccare/` lies in it. */
  readonly dir: string;
  readonly configDir: string;
}

/** Finds the project folder: the nearest one upwards with `config/lakehouse.yaml`, or the parent of `--config <dir>`. */
export function findProject(cwd: string, configDir?: string): Project {
  if (configDir !== undefined) {
    const dir = resolve(cwd, configDir);
    if (!existsSync(join(dir, BASE))) {
      throw new ConfigNotFound(
        "no_project",
        `${configDir} holds no ${BASE}`,
        "Name the config folder itself: --config path/to/config.",
      );
    }
    return { dir: dirname(dir), configDir: dir };
  }
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    if (existsSync(join(dir, "config", BASE))) return { dir, configDir: join(dir, "config") };
    if (dirname(dir) === dir) break;
  }
  throw new ConfigNotFound(
    "no_project",
    `no config/${BASE} here (${cwd}) or in any folder above`,
    "Go into a project folder, name one with --config <dir>, or make one with `metriccare init`.",
  );
}

/** Names of the environments: every `config/<env>.yaml` beside the base. */
export function environments(project: Project): string[] {
  return readdirSync(project.configDir)
    .filter((file) => /^[A-Za-z0-9][A-Za-z0-9_-]*\.ya?ml$/.test(file) && file !== BASE)
    .map((file) => file.replace(/\.ya?ml$/, ""))
    .sort();
}

export interface Loaded<T> {
  readonly value: T;
  /** The merged YAML before defaults, with positions. */
  readonly source: Located;
  /** Gives a cross-check's problem its file:line:column. */
  place(draft: Draft): ConfigProblem;
  /** What `${…}` named: `env`, `buckets.raw.arn`. */
  readonly used: ReadonlySet<string>;
  /** The same files with other words: once it is known which account it is. Throws `ConfigInvalid` as loading does. */
  told(texts: TextNames): Loaded<T>;
}

function environmentFile(project: Project, env: string): string {
  for (const ending of ["yaml", "yml"]) {
    const file = join(project.configDir, `${env}.${ending}`);
    if (env !== "lakehouse" && basename(file) === `${env}.${ending}` && existsSync(file) && statSync(file).isFile())
      return file;
  }
  const known = environments(project);
  const guess = nearest(env, known);
  throw new ConfigNotFound(
    "no_environment",
    `there is no environment \`${env}\`: ${join(basename(project.configDir), `${env}.yaml`)} does not exist`,
    guess
      ? `Did you mean \`--env ${guess}\`?`
      : `Environments here: ${known.join(", ") || "none"}. A file dropped into config/ makes one.`,
  );
}

function parse(project: Project, file: string): ReturnType<typeof parseYaml> {
  const shown = relative(project.dir, file);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new ConfigNotFound("unreadable", `${shown} cannot be read (${code})`, "Check the file's permissions.");
  }
  return parseYaml(shown, text);
}

/**
 * Merges `config/lakehouse.yaml` with `config/<env>.yaml`, tells its texts (`${…}`, with `texts`) and checks the result
 * against `schema`, then with `crossCheck` (references, cycles, names). Throws `ConfigInvalid` with every problem at once.
 */
export function loadConfig<T>(
  project: Project,
  env: string,
  schema: z.ZodType<T>,
  crossCheck: (value: T) => readonly Draft[] = () => [],
  texts?: TextNames,
): Loaded<T> {
  const files = [join(project.configDir, BASE), environmentFile(project, env)];
  const parsed = files.map((file) => parse(project, file));
  const broken = parsed.flatMap((one) => one.problems);
  if (broken.length > 0) throw new ConfigInvalid(broken);
  const [base, over] = parsed.map((one) => one.root);
  if (!base || !over) throw new Error("a config has two files");
  // A section that neither file has is missing in the base: one place for all environments.
  return checkedConfig({ merged: { ...overlay(base, over), at: base.at }, schema, crossCheck }, texts);
}

interface Unchecked<T> {
  readonly merged: Located;
  readonly schema: z.ZodType<T>;
  readonly crossCheck: (value: T) => readonly Draft[];
}

function checkedConfig<T>(unchecked: Unchecked<T>, texts: TextNames | undefined): Loaded<T> {
  const { merged, schema, crossCheck } = unchecked;
  const tell = (root: Located) => (texts ? tellTexts(root, texts) : asWritten(root));
  const { root: source, problems, used } = tell(merged);
  const checked = checkSchema(schema, source);
  if (problems.length > 0 || "drafts" in checked || crossCheck(checked.value).length > 0)
    throw new ConfigInvalid(mistakesOf(merged, { schema, crossCheck, tell }));
  return {
    value: checked.value,
    source,
    used,
    place: (draft) => place(source, draft),
    told: (words) => checkedConfig(unchecked, words),
  };
}

const asWritten = (root: Located): Told => ({ root, problems: [], used: new Set() });
