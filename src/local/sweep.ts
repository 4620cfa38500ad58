import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "../clock/index.ts";
import { MARK } from "./environment.ts";

const execFileAsync = promisify(execFile);

/** Numbers of all processes (but this one) that belong to the embedded AWS of this state folder. */
export const marked = (localDir: string): Promise<number[]> => having(`${MARK}=${localDir}`);

/** Numbers of all processes (but this one) that have this in their environment. */
async function having(wanted: string): Promise<number[]> {
  const found = process.platform === "linux" ? await markedByProc(wanted) : await markedByPs(wanted);
  return found.filter((pid) => pid !== process.pid);
}

/** Kills every process that has `name=value` in its environment; most of the time there is none. */
export async function sweepEnvironment(name: string, value: string, clock: Clock): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const left = await having(`${name}=${value}`);
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, "SIGKILL");
    await clock.sleep(20);
  }
}

/** Ends what a killed supervisor left behind: TERM, some seconds to save, then KILL. */
export async function sweep(localDir: string, clock: Clock, graceMs = 8000): Promise<void> {
  let left = await marked(localDir);
  if (left.length === 0) return;
  for (const pid of left) signalProcess(pid, "SIGTERM");
  const until = clock.now() + graceMs;
  while (left.length > 0 && clock.now() < until) {
    await clock.sleep(50);
    left = await marked(localDir);
  }
  // Killing one can make another (a worker forked at that moment): until nobody is there.
  for (let round = 0; left.length > 0 && round < 100; round += 1) {
    for (const pid of left) signalProcess(pid, "SIGKILL");
    await clock.sleep(20);
    left = await marked(localDir);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone by itself.
  }
}

async function markedByProc(wanted: string): Promise<number[]> {
  const found = await Promise.all(
    (await readdir("/proc")).map(async (name) => {
      if (!/^\d+$/.test(name)) return undefined;
      // Unreadable: another user's, hence not ours. Empty: a zombie.
      const environment = await readFile(`/proc/${name}/environ`, "latin1").catch(() => "");
      return Buffer.from(environment, "latin1").toString("utf8").split("\0").includes(wanted)
        ? Number(name)
        : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

async function markedByPs(wanted: string): Promise<number[]> {
  const { stdout } = await execFileAsync("ps", ["-axEww", "-o", "pid=,command="], { maxBuffer: 64 << 20 });
  const numbers: number[] = [];
  for (const line of stdout.split("\n")) {
    const pid = Number(/^\s*(\d+)\s/.exec(line)?.[1] ?? "0");
    if (pid > 0 && `${line} `.includes(`${wanted} `)) numbers.push(pid);
  }
  return numbers;
}
