import { spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import type { JobOutcome } from "../front/types.ts";
import { killGroup, lineSplitter } from "../runtime/run.ts";

export interface ScriptOptions {
  python: string;
  /** run_script.py */
  wrapper: string;
  script: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  onLine(stream: "output" | "error", line: string): void;
}

export interface Script {
  /** How the script ended. Never rejects. */
  done: Promise<JobOutcome>;
  kill(): void;
}

/** Starts a script in a process group of its own; it dies with us (file descriptor 3). */
export function runScript(o: ScriptOptions): Script {
  const child = spawn(o.python, ["-u", o.wrapper, o.script, ...o.args], {
    cwd: o.cwd,
    env: o.env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
  });
  follow(child.stdout, (line) => o.onLine("output", line));
  // As on Glue 5.0: both of the script's own streams are output; the error log holds lines of the Glue logger (marked by
  // the awsglue of python/glue) and what the system says.
  follow(child.stderr, (line) =>
    line.startsWith("\x1e") ? o.onLine("error", line.slice(1)) : o.onLine("output", line),
  );
  let cause: string | undefined;
  const channel = child.stdio[3];
  if (isReadable(channel)) {
    follow(channel, (line) => {
      cause = causeOf(line) ?? cause;
    });
  }
  const done = new Promise<JobOutcome>((resolve) => {
    child.on("error", (error) => resolve({ state: "FAILED", errorMessage: `LAUNCH ERROR | ${error.message}` }));
    // A child of the script that was left behind would hold its output open for ever.
    child.on("exit", () => killGroup(child.pid, "SIGKILL"));
    child.on("close", (code, signal) => {
      const ended = outcome(code, signal, cause);
      if (ended.errorMessage !== undefined) o.onLine("error", `ERROR ProcessLauncher: ${ended.errorMessage}`);
      resolve(ended);
    });
  });
  return { done, kill: () => killGroup(child.pid, "SIGKILL") };
}

function outcome(code: number | null, signal: NodeJS.Signals | null, cause: string | undefined): JobOutcome {
  if (code === 0) return { state: "SUCCEEDED" };
  if (cause !== undefined) return { state: "FAILED", errorMessage: cause };
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return {
    state: "FAILED",
    errorMessage: signal === null ? `The script ended ${how}.` : `The script was killed ${how}.`,
  };
}

function follow(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream === null) return;
  const lines = lineSplitter(onLine);
  stream.setEncoding("utf8").on("data", (chunk: string) => lines.push(chunk));
  stream.on("end", () => lines.flush());
  stream.on("error", () => undefined);
}

function isReadable(stream: unknown): stream is Duplex {
  return typeof stream === "object" && stream !== null && "read" in stream;
}

function causeOf(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "cause" in value && typeof value.cause === "string"
      ? value.cause
      : undefined;
  } catch {
    return undefined;
  }
}
