import { createHash } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { carriedPipSettings } from "../runtime/pip.ts";
import { run, type Ran } from "../runtime/run.ts";

export interface ModulesWanted {
  /** `--additional-python-modules`: names with or without versions, wheels in S3. */
  modules: string[];
  /** `--python-modules-installer-option`. */
  options: string[];
}

export interface ModulesOptions {
  python: string;
  /** Where installed sets of modules are kept: a set is installed once. */
  folder: string;
  /** Working folder of the run; wheels from S3 land in it. */
  work: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  fetch(url: string, file: string): Promise<void>;
}

/** Reads the two job arguments that ask for Python packages. */
export function modulesWanted(given: Record<string, string>): ModulesWanted {
  const modules = (given["--additional-python-modules"] ?? "").split(",").map((name) => name.trim());
  const options = (given["--python-modules-installer-option"] ?? "").split(/\s+/);
  return { modules: modules.filter((name) => name !== ""), options: options.filter((name) => name !== "") };
}

/**
 * Installs what a job asks for into a folder of its own: the packages of the embedded AWS stay as they are, and are not
 * installed twice. Resolves with the folder, or with pip's reason when it could not.
 */
export async function installModules(
  wanted: ModulesWanted,
  o: ModulesOptions,
): Promise<{ folder: string } | { failed: string }> {
  const name = createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 24);
  const target = join(o.folder, name);
  // What lies in S3 may change under its name.
  const lasting = ![...wanted.modules, ...wanted.options].some((part) => part.startsWith("s3://"));
  if (lasting && (await exists(target))) return { folder: target };
  const fresh = lasting ? `${target}.${process.pid}.${basename(o.work)}` : join(o.work, "modules", "installed");
  try {
    await mkdir(o.folder, { recursive: true, mode: 0o700 });
    const failed = await pipInstall(wanted, fresh, o);
    if (failed !== undefined) return { failed };
    if (!lasting) return { folder: fresh };
    // Two runs may have installed the same at once: the first to be ready counts.
    await rename(fresh, target).catch(() => rm(fresh, { recursive: true, force: true }));
    return { folder: target };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    o.signal.throwIfAborted();
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

/** First what is missing beside the packages that are there, then just that. */
async function pipInstall(wanted: ModulesWanted, target: string, o: ModulesOptions): Promise<string | undefined> {
  const packages = await Promise.all(
    [...wanted.options, ...wanted.modules].map((part, index) => fetched(part, index, o)),
  );
  const env = { ...o.env, NO_PROXY: "", ...carriedPipSettings(process.env) };
  const pip = (args: string[]): Promise<Ran> =>
    run(o.python, ["-I", "-m", "pip", "--no-input", "--disable-pip-version-check", ...args], {
      env,
      cwd: o.work,
      signal: o.signal,
    });
  const looked = await pip(["install", "--dry-run", "--quiet", "--report", "-", ...packages]);
  if (looked.code !== 0) return reason(looked);
  const missing = missingOf(looked.stdout);
  if (missing.length === 0) {
    await mkdir(target, { recursive: true });
    return undefined;
  }
  const installed = await pip(["install", "--quiet", "--no-deps", "--target", target, ...missing]);
  return installed.code === 0 ? undefined : reason(installed);
}

/** A file in S3 is fetched with the rights of the job's role; everything else is pip's own business. */
async function fetched(part: string, index: number, o: ModulesOptions): Promise<string> {
  if (!part.startsWith("s3://")) return part;
  const file = join(o.work, "modules", String(index), basename(part));
  await o.fetch(part, file);
  return file;
}

function missingOf(report: string): string[] {
  const value: unknown = JSON.parse(report);
  if (typeof value !== "object" || value === null || !("install" in value) || !Array.isArray(value.install)) return [];
  return value.install.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("download_info" in entry)) return [];
    const info = entry.download_info;
    if (typeof info !== "object" || info === null || !("url" in info) || typeof info.url !== "string") return [];
    return [info.url];
  });
}

function reason(ran: Ran): string {
  const lines = `${ran.stdout}\n${ran.stderr}`.split("\n").filter((line) => line.trim() !== "");
  const error = lines.find((line) => line.startsWith("ERROR:"));
  return (error ?? lines.at(-1) ?? "pip said nothing").replace(/^ERROR: /, "");
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
