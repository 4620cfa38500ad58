import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LocalPaths } from "./paths.ts";
import { isAlive, type ProcessId } from "./runtime/identity.ts";

/** What the supervisor writes down about itself; the file is there from its first breath to its last. */
export interface SupervisorRecord extends ProcessId {
  phase: "starting" | "ready" | "stopping";
  endpoint: string;
  port: number;
  region: string;
  account: string;
  /** Of the installation it runs on: another one means that it has to be started anew. */
  stamp: string;
  /** Something the user should know: the emulator was killed, for instance. */
  notice?: string;
}

const recordFile = (paths: LocalPaths): string => join(paths.local, "supervisor.json");
const settingsFile = (paths: LocalPaths): string => join(paths.local, "settings.json");

/** The record of a supervisor that lives; one left by a dead supervisor counts for nothing. */
export async function livingSupervisor(paths: LocalPaths): Promise<SupervisorRecord | undefined> {
  const record = await readRecord(paths);
  return record !== undefined && (await isAlive(record)) ? record : undefined;
}

/** What the file says, whether or not that supervisor lives. */
export async function readRecord(paths: LocalPaths): Promise<SupervisorRecord | undefined> {
  const value = await readJson(recordFile(paths));
  return isRecord(value) ? value : undefined;
}

/** Writes the record in one step, readable by the user alone. */
export async function writeRecord(paths: LocalPaths, record: SupervisorRecord): Promise<void> {
  await writePrivate(recordFile(paths), JSON.stringify(record));
}

/** Takes the record away: the end of a supervisor. */
export async function removeRecord(paths: LocalPaths): Promise<void> {
  await rm(recordFile(paths), { force: true });
}

/** The port of the last start: the endpoint stays the same from one to the next. */
export async function rememberedPort(paths: LocalPaths): Promise<number | undefined> {
  const value = await readJson(settingsFile(paths));
  return typeof value === "object" && value !== null && "port" in value && typeof value.port === "number"
    ? value.port
    : undefined;
}

export async function rememberPort(paths: LocalPaths, port: number): Promise<void> {
  await writePrivate(settingsFile(paths), JSON.stringify({ port }));
}

/** Writes a file that only the user may read, whole or not at all. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is SupervisorRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    "started" in value &&
    "phase" in value &&
    "port" in value
  );
}
