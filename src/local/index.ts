import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/index.ts";
import { projectKeys } from "./keys.ts";
import { localPaths, type LocalPaths } from "./paths.ts";
import { choosePort } from "./port.ts";
import { LocalProblem } from "./problem.ts";
import { livingSupervisor, type SupervisorRecord } from "./records.ts";
import { isAlive } from "./runtime/identity.ts";
import { install, installedStamp } from "./runtime/install.ts";
import { waitForLock } from "./runtime/lock.ts";
import { startSupervisor } from "./start.ts";
import { sweep } from "./sweep.ts";

/** Where the embedded AWS answers, and with which credentials. */
export interface LocalAws {
  endpoint: string;
  region: string;
  account: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Something its user should know, in one sentence: it was killed, for instance. */
  notice?: string;
}

export interface LocalOptions {
  projectDir: string;
  /** Fixed port of the endpoint; without it a free one is taken and kept. */
  port?: number;
  clock: Clock;
  onProgress(text: string): void;
  signal?: AbortSignal;
}

/** Installs what is missing, starts the embedded AWS, returns when it answers. Several at once share one start; the signal stops it. */
export async function up(o: LocalOptions): Promise<LocalAws> {
  o.signal?.throwIfAborted();
  const paths = localPaths(o.projectDir);
  const running = await usable(paths, o);
  if (running !== undefined) return running;
  // Before minutes of installing: a fixed port that is taken stays taken.
  if (o.port !== undefined && (await livingSupervisor(paths)) === undefined) await choosePort(o.port, undefined);
  const common = { clock: o.clock, ...(o.signal ? { signal: o.signal } : {}) };
  const installed = await install({ projectDir: o.projectDir, onProgress: (text) => o.onProgress(text), ...common });
  const lock = await waitForLock(join(paths.local, "start.lock"), {
    ...common,
    onWait: () => o.onProgress("Waiting for another command that is starting the embedded AWS"),
  });
  try {
    for (;;) {
      const started = await usable(paths, o);
      if (started !== undefined) return started;
      const living = await livingSupervisor(paths);
      if (living === undefined) await startSupervisor({ ...o, paths, java: installed.java, stamp: installed.stamp });
      // Left in the middle of its start by a killed `up`, or on its way out: it will be one or the other soon.
      else if (living.phase === "ready") await stopSupervisor(paths, living, o.clock);
      else await o.clock.sleep(100, o.signal);
    }
  } finally {
    await lock.release();
  }
}

/** Whether it runs and where. One that is still starting, or stopping, does not run. */
export async function status(projectDir: string): Promise<({ running: true } & LocalAws) | { running: false }> {
  const paths = localPaths(projectDir);
  const record = await livingSupervisor(paths);
  return record?.phase === "ready" ? { running: true, ...(await localAws(paths, record)) } : { running: false };
}

/** Stops it, keeping its state; true when there was something to stop. Resolves when no process, port or temporary folder is left. */
export async function down(projectDir: string, clock: Clock): Promise<boolean> {
  const paths = localPaths(projectDir);
  const record = await livingSupervisor(paths);
  if (record !== undefined) await stopSupervisor(paths, record, clock);
  await clean(paths, clock);
  return record !== undefined;
}

/** Forgets everything it held, running or not. What is installed stays. */
export async function reset(projectDir: string, clock: Clock): Promise<void> {
  await down(projectDir, clock);
  await rm(localPaths(projectDir).local, { recursive: true, force: true });
}

/** The running one, when it is what this command needs: of the same installation and on the wanted port. */
async function usable(paths: LocalPaths, o: LocalOptions): Promise<LocalAws | undefined> {
  const record = await livingSupervisor(paths);
  if (record?.phase !== "ready" || record.stamp !== (await installedStamp())) return undefined;
  if (o.port !== undefined && o.port !== record.port)
    throw new LocalProblem(
      "other_port",
      `The embedded AWS of this project runs on port ${record.port}, and the config wants port ${o.port}.`,
      "Run `metriccare local down` first; its state is kept.",
    );
  return localAws(paths, record);
}

async function localAws(paths: LocalPaths, record: SupervisorRecord): Promise<LocalAws> {
  const { endpoint, region, account, notice } = record;
  return {
    endpoint,
    region,
    account,
    ...(await projectKeys(paths)),
    ...(notice === undefined ? {} : { notice }),
  };
}

// The emulator may save for a minute and a half (a ledger of 100,000 rows), scripts and JVM need some more.
const LONGEST_STOP = 120_000;

async function stopSupervisor(paths: LocalPaths, record: SupervisorRecord, clock: Clock): Promise<void> {
  const until = clock.now() + LONGEST_STOP;
  signalProcess(record.pid, "SIGTERM");
  while (await isAlive(record)) {
    if (clock.now() > until) signalProcess(record.pid, "SIGKILL");
    await clock.sleep(50);
  }
  await clean(paths, clock);
}

/** What a supervisor that ended badly may have left. */
async function clean(paths: LocalPaths, clock: Clock): Promise<void> {
  await sweep(paths.local, clock);
  await rm(paths.tmp, { recursive: true, force: true });
  await rm(paths.spark, { recursive: true, force: true });
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime.
  }
}
