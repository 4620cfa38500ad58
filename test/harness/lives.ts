import { readFileSync } from "node:fs";
import { systemClock } from "../../src/clock/index.ts";

/** Whether a process is there and no zombie (Linux). */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Waits some seconds for it. */
export async function until(what: () => boolean): Promise<void> {
  for (let i = 0; !what(); i += 1) {
    if (i > 300) throw new Error("it did not happen");
    await systemClock.sleep(25);
  }
}
