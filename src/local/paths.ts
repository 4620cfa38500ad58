import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the embedded AWS keeps its things on disk. */
export interface LocalPaths {
  /** What is installed once: the virtual environment and the jars. */
  runtime: string;
  venv: string;
  python: string;
  jars: string;
  /** State of the embedded AWS; `reset` removes it. */
  local: string;
  /** State of the emulator (objects, tables, roles …). */
  emulator: string;
  /** State of the front (all of Glue). */
  glue: string;
  /** The pair of keys that opens it (0600). */
  keys: string;
  logs: string;
  /** Everything temporary: Spark's and Java's folders, scripts of job runs. Emptied at start and at the end. */
  tmp: string;
  /** The Python of this very start: a rebuild or an upgrade meanwhile does not reach a running one. */
  code: string;
  /** Settings and secrets of the running Spark. */
  spark: string;
}

/** The folders of one project. */
export function localPaths(projectDir: string): LocalPaths {
  // By its one true name: a folder that is reached by two paths is one project.
  const base = join(realPath(projectDir), ".metriccare");
  const runtime = join(base, "runtime");
  const local = join(base, "local");
  const venv = join(runtime, "venv");
  return {
    runtime,
    venv,
    python: join(venv, "bin", "python"),
    jars: join(runtime, "jars"),
    local,
    emulator: join(local, "emulator"),
    glue: join(local, "glue"),
    keys: join(local, "keys.json"),
    logs: join(local, "logs"),
    tmp: join(local, "tmp"),
    code: join(local, "tmp", "code"),
    spark: join(local, "spark"),
  };
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Downloads that several projects of one user share. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base !== undefined && base !== "" ? base : join(homedir(), ".cache"), "metriccare");
}

/** A file or folder that ships beside this module: `python/…`, `requirements/…` (in src/local and in dist alike). */
export function assetPath(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

/** The entry point of the detached supervisor: beside us in dist/, or the built one when we run from the sources. */
export function serverEntry(): string {
  const beside = assetPath("local-server.js");
  return existsSync(beside) ? beside : fileURLToPath(new URL("../../dist/local-server.js", import.meta.url));
}
