import { environments, type Loaded, loadConfig, type Project } from "../config/index.ts";
import type { LakehouseConfig } from "../lakehouse/index.ts";
import type { Place } from "../lakehouse/texts.ts";
import { usage } from "./errors.ts";

/** Loads and checks the config of one environment against the schema of all services. */
export async function loadLakehouse(project: Project, env: string): Promise<Loaded<LakehouseConfig>> {
  const { check, lakehouseSchema, textNames } = await import("../lakehouse/index.ts");
  return loadConfig<LakehouseConfig>(
    project,
    env,
    lakehouseSchema,
    (value) => check(value, { env, projectDir: project.dir }),
    textNames(env),
  );
}

/** Which of the environment's two files a value of the config stands in. */
export const fileIn =
  (loaded: Loaded<LakehouseConfig>) =>
  (path: readonly string[]): string =>
    loaded.place({ path, message: "" }).file;

/** The same config with its texts told by where it lives, which loading could only assume. */
export async function livingAt(
  loaded: Loaded<LakehouseConfig>,
  env: string,
  place: Place,
): Promise<Loaded<LakehouseConfig>> {
  const { dependsOnPlace, textNames } = await import("../lakehouse/index.ts");
  return dependsOnPlace(loaded.used) ? loaded.told(textNames(env, place)) : loaded;
}

/** The environment that a command is for; there is no default one, so that nothing is applied to the wrong place. */
export function environmentOf(project: Project, env: string | undefined): string {
  if (env !== undefined) return env;
  throw usage(
    "no_environment",
    "which environment?",
    `Name one with --env (here: ${environments(project).join(", ") || "none"}) or set METRICCARE_ENV.`,
  );
}
