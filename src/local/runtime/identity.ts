import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const execFileAsync = promisify(execFile);

/** A process that can be told from a later one with the same number. */
export interface ProcessId {
  pid: number;
  /** When it started, as the system says it; opaque. */
  started: string;
}

/** When a process started, or undefined when there is none (or it is a zombie, which holds nothing any more). */
export async function startedAt(pid: number): Promise<string | undefined> {
  if (process.platform === "linux") {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      // The command name may hold spaces and brackets: fields are counted after its closing one.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    const { stdout } = await execFileAsync("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    const text = stdout.trim();
    return text === "" || text.startsWith("Z") ? undefined : text.replace(/^\S+\s+/, "");
  } catch {
    return undefined;
  }
}

/** This very process. */
export async function ownIdentity(): Promise<ProcessId> {
  return { pid: process.pid, started: (await startedAt(process.pid)) ?? "" };
}

/** Whether the process that was recorded still lives: same number and same start. */
export async function isAlive(id: ProcessId): Promise<boolean> {
  return (await startedAt(id.pid)) === id.started;
}
