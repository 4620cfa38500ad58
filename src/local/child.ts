import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Clock } from "../clock/index.ts";
import { killGroup } from "./runtime/run.ts";

/** A long-lived helper of the supervisor that speaks JSON, a line each way, and dies with it (end of its stdin). */
export interface Helper {
  readonly pid: number | undefined;
  /** Resolves when it has ended, with a few words on how. Never rejects. */
  readonly ended: Promise<string>;
  send(message: object): void;
  /** TERM, then KILL of its whole group after the grace. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

export interface HelperOptions {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Open file that its stderr goes to. */
  logFd: number;
  clock: Clock;
  onMessage(message: Record<string, unknown>): void;
}

/** Starts a helper in a process group of its own. */
export function startHelper(o: HelperOptions): Helper {
  const child = spawn(o.command, o.args, {
    env: o.env,
    cwd: o.cwd,
    stdio: ["pipe", "pipe", o.logFd],
    detached: true,
  });
  // A helper that dies while we write to it is told by its end, not by the broken pipe.
  child.stdin?.on("error", () => undefined);
  readMessages(child.stdout, o.onMessage);
  const ended = whenEnded(child);
  return {
    pid: child.pid,
    ended,
    send: (message) => void child.stdin?.write(`${JSON.stringify(message)}\n`),
    kill: () => killGroup(child.pid, "SIGKILL"),
    async stop(graceMs) {
      child.kill("SIGTERM");
      const given = new AbortController();
      const late = o.clock.sleep(graceMs, given.signal).then(
        () => killGroup(child.pid, "SIGKILL"),
        () => undefined,
      );
      await ended;
      given.abort();
      await late;
      killGroup(child.pid, "SIGKILL");
    },
  };
}

/** How a child ended, in words. */
export function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(`it could not be started (${error.message})`));
    child.on("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`));
  });
}

function readMessages(stream: Readable | null, onMessage: (message: Record<string, unknown>) => void): void {
  if (stream === null) return;
  createInterface({ input: stream }).on("line", (line) => {
    const message = parse(line);
    if (message !== undefined) onMessage(message);
  });
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
