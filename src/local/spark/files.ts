import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { JobLaunch } from "../front/types.ts";
import type { RoleCredentials } from "../emulator.ts";
import { scrubbedEnvironment } from "../environment.ts";
import { type ArchiveOptions, compileArchive } from "./archives.ts";
import { installModules, modulesWanted } from "./modules.ts";
import type { SparkTarget } from "./settings.ts";

/** A run that could not even be started; the text is what Glue would show. */
export class LaunchError extends Error {}

export interface RunFiles {
  script: string;
  /** Working folder of the script. */
  folder: string;
  /** What `--extra-py-files` and `--additional-python-modules` add to the Python path, in its order. */
  pythonPath: string[];
}

export interface FetchOptions extends SparkTarget {
  launch: JobLaunch;
  folder: string;
  credentials: RoleCredentials;
  signal: AbortSignal;
}

/** Fetches the script and its companions with the rights of the job's role, as Glue does. */
export async function fetchFiles(o: FetchOptions): Promise<RunFiles> {
  const { launch, folder, credentials } = o;
  const s3 = new S3Client({ endpoint: o.endpoint, region: o.region, credentials });
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const script = join(folder, basename(launch.scriptLocation));
    await fetchOne(s3, launch.scriptLocation, script);
    for (const url of list(launch.arguments["--extra-files"])) await fetchOne(s3, url, join(folder, basename(url)));
    const pythonPath: string[] = [];
    for (const [index, url] of list(launch.arguments["--extra-py-files"]).entries()) {
      const file = join(folder, "py", String(index), basename(url));
      await fetchOne(s3, url, file);
      if (file.endsWith(".zip")) await compileArchive(file, archivesOf(o));
      // A module is found in its folder; an archive is a folder by itself.
      pythonPath.push(file.endsWith(".py") ? dirname(file) : file);
    }
    pythonPath.push(...(await additionalModules(o, (url, file) => fetchOne(s3, url, file))));
    return { script, folder, pythonPath };
  } finally {
    s3.destroy();
  }
}

const archivesOf = ({ paths, java, signal }: FetchOptions): ArchiveOptions => ({
  python: paths.python,
  code: paths.code,
  folder: join(paths.tmp, "archives"),
  env: scrubbedEnvironment(paths, java),
  signal,
});

async function additionalModules(
  o: FetchOptions,
  fetch: (url: string, file: string) => Promise<void>,
): Promise<string[]> {
  const wanted = modulesWanted(o.launch.arguments);
  if (wanted.modules.length === 0) return [];
  const installed = await installModules(wanted, {
    python: o.paths.python,
    folder: join(o.paths.runtime, "modules"),
    work: o.folder,
    env: scrubbedEnvironment(o.paths, o.java),
    signal: o.signal,
    fetch,
  });
  if ("folder" in installed) return [installed.folder];
  // On Glue the job would fail. Here the machine may just be offline, and the script may not need the package.
  const line = `WARN --additional-python-modules could not be installed, the script runs without: ${installed.failed}`;
  o.launch.onLine("error", line);
  o.launch.onLine("output", line);
  return [];
}

async function fetchOne(s3: S3Client, url: string, file: string): Promise<void> {
  const match = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(url);
  if (match === null) throw new LaunchError(`LAUNCH ERROR | ${url} is not an S3 location`);
  await mkdir(dirname(file), { recursive: true });
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: match[1], Key: match[2] }));
    if (!(object.Body instanceof Readable)) throw new LaunchError(`LAUNCH ERROR | ${url} has no content`);
    await pipeline(object.Body, createWriteStream(file));
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    const name = error instanceof Error ? error.name : "Error";
    const text = error instanceof Error ? error.message : String(error);
    if (name === "NoSuchKey" || name === "NoSuchBucket")
      throw new LaunchError(`LAUNCH ERROR | File does not exist ${url}`);
    throw new LaunchError(`LAUNCH ERROR | ${url} could not be read with the job's role: ${name}: ${text}`);
  }
}

function list(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
