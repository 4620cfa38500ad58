import { createHash } from "node:crypto";
import { access, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock/index.ts";
import { assetPath, cacheDir, localPaths, type LocalPaths } from "../paths.ts";
import { LocalProblem } from "../problem.ts";
import { findJava, type JavaFound } from "./java.ts";
import { alteredJars } from "./jar-stamp.ts";
import { installJars, jarFile, readJarList, type Jar } from "./jars.ts";
import { waitForLock } from "./lock.ts";
import { findPython } from "./python.ts";
import { installVenv } from "./venv.ts";

export interface InstallOptions {
  projectDir: string;
  clock: Clock;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  onProgress(text: string): void;
}

/** What the supervisor needs to know of the installation. */
export interface Installed {
  paths: LocalPaths;
  java: JavaFound;
  /** Changes when anything that is pinned changes. */
  stamp: string;
}

interface Requirements {
  build: string;
  run: string;
  jars: Jar[];
  stamp: string;
}

/** Installs what is missing: a private virtual environment and the jars of Spark. Nothing to do takes no time. */
export async function install(o: InstallOptions): Promise<Installed> {
  const env = o.env ?? process.env;
  if (process.platform === "win32")
    throw new LocalProblem("platform", "The embedded AWS runs on Linux and macOS.", "On Windows, use it inside WSL.");
  const paths = localPaths(o.projectDir);
  const wanted = await requirements();
  const java = await findJava(env);
  const known = await altered(paths, wanted);
  if (await isInstalled(paths, wanted, known)) return { paths, java, stamp: wanted.stamp };
  const lock = await waitForLock(join(paths.runtime, "install.lock"), {
    clock: o.clock,
    ...(o.signal ? { signal: o.signal } : {}),
    onWait: () => o.onProgress("Waiting for another command that is installing"),
  });
  try {
    const bad = await altered(paths, wanted);
    if (bad.length > 0 && (await hasStamp(jarStamp(paths), wanted.stamp))) o.onProgress(alteredNote(bad));
    if (!(await isInstalled(paths, wanted, bad))) await installAll(o, env, paths, wanted, java);
  } finally {
    await lock.release();
  }
  return { paths, java, stamp: wanted.stamp };
}

async function installAll(
  o: InstallOptions,
  env: NodeJS.ProcessEnv,
  paths: LocalPaths,
  wanted: Requirements,
  java: JavaFound,
): Promise<void> {
  const python = await findPython(env);
  const common = { env, onProgress: (text: string) => o.onProgress(text), ...(o.signal ? { signal: o.signal } : {}) };
  if (!(await hasStamp(venvStamp(paths), wanted.stamp)) || !(await exists(paths.python))) {
    // The stamp is written last and removed first: a half installation is never taken for a whole one.
    await rm(venvStamp(paths), { force: true });
    await installVenv({ folder: paths.venv, python, requirements: wanted, ...common });
    await writeStamp(venvStamp(paths), wanted.stamp);
  }
  const ivy = join(await sitePackages(paths), "pyspark", "jars", "ivy-2.5.1.jar");
  await installJars({
    jars: wanted.jars,
    target: paths.jars,
    cache: join(cacheDir(env), "jars"),
    ivy,
    java,
    ...common,
  });
  await writeStamp(jarStamp(paths), wanted.stamp);
  o.onProgress("Installed what the embedded AWS needs");
}

const venvStamp = (paths: LocalPaths): string => join(paths.runtime, "venv.stamp");
const jarStamp = (paths: LocalPaths): string => join(paths.runtime, "jars.stamp");

/** Jars that are not there, or not what is pinned. */
const altered = (paths: LocalPaths, wanted: Requirements): Promise<readonly Jar[]> =>
  alteredJars(paths.jars, join(paths.runtime, "jars.seen.json"), wanted.jars);

const alteredNote = (jars: readonly Jar[]): string =>
  `Not what was installed (changed or gone), and put there anew: ${jars.map(jarFile).join(", ")}`;

async function isInstalled(paths: LocalPaths, wanted: Requirements, bad: readonly Jar[]): Promise<boolean> {
  const stamped = (await hasStamp(venvStamp(paths), wanted.stamp)) && (await hasStamp(jarStamp(paths), wanted.stamp));
  return stamped && bad.length === 0 && (await exists(paths.python));
}

async function requirements(): Promise<Requirements> {
  const build = assetPath("requirements/build.txt");
  const runFile = assetPath("requirements/requirements.txt");
  const jarList = assetPath("requirements/jars.txt");
  const hash = createHash("sha256");
  for (const file of [build, runFile, jarList]) hash.update(await readFile(file)).update("\0");
  return { build, run: runFile, jars: await readJarList(jarList), stamp: hash.digest("hex") };
}

/** The stamp that an installation of this version of the program carries. */
export async function installedStamp(): Promise<string> {
  return (await requirements()).stamp;
}

/** The folder of the packages inside the virtual environment. */
export async function sitePackages(paths: LocalPaths): Promise<string> {
  const names = await readdir(join(paths.venv, "lib"));
  const name = names.find((entry) => entry.startsWith("python3"));
  if (name === undefined) throw new Error(`no Python library folder in ${paths.venv}`);
  return join(paths.venv, "lib", name, "site-packages");
}

async function hasStamp(file: string, stamp: string): Promise<boolean> {
  return (await readFile(file, "utf8").catch(() => "")).trim() === stamp;
}

async function writeStamp(file: string, stamp: string): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(`${file}.new`, `${stamp}\n`);
  await rename(`${file}.new`, file);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
