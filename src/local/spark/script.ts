import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import type { Clock } from "../../clock/index.ts";
import type { JobOutcome } from "../front/types.ts";
import { killGroup, lineSplitter } from "../runtime/run.ts";
import { sweepEnvironment } from "../sweep.ts";

export interface ScriptOptions {
  python: string;
  /** run_script.py */
  wrapper: string;
  script: string;
  args: string[];
  /** Names the run in the environment of all its processes. */
  run: string;
  /** How it joins the JVM (spark_attach.py), where it does. */
  spark?: object | undefined;
  cwd: string;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  onLine(stream: "output" | "error", line: string): void;
}

export interface Script {
  /** How the script ended. Never rejects. */
  done: Promise<JobOutcome>;
  kill(): void;
}

/** In the environment of a script and of what it starts. */
const SCRIPT = "METRICCARE_SCRIPT";

/** Its keeper ends with all that it kept; where the keeper itself was killed, we do it. */
const GRACE_MS = 25_000;
const OUTPUT_MS = 2000;

/** Starts a script under its keeper (run_script.py); it dies with us (file descriptor 3). */
export function runScript(o: ScriptOptions): Script {
  const child = spawn(o.python, ["-u", o.wrapper, o.script], {
    cwd: o.cwd,
    env: { ...o.env, [SCRIPT]: o.run },
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
  if (isDuplex(channel)) {
    // Arguments may hold secrets: they are on no command line.
    channel.write(`${JSON.stringify({ argv: o.args, spark: o.spark })}\n`);
    follow(channel, (line) => {
      cause = causeOf(line) ?? cause;
    });
  }
  const done = new Promise<JobOutcome>((resolve) => {
    child.on("error", (error) => resolve({ state: "FAILED", errorMessage: `LAUNCH ERROR | ${error.message}` }));
    const closed = new Promise<void>((close) => child.on("close", () => close()));
    child.on("exit", (code, signal) => {
      void leaveNothing(child, o, closed).then(() => {
        const ended = outcome(code, signal, cause);
        if (ended.errorMessage !== undefined) o.onLine("error", `ERROR ProcessLauncher: ${ended.errorMessage}`);
        resolve(ended);
      });
    });
  });
  const kill = (): void => {
    child.kill("SIGTERM");
    const given = new AbortController();
    void done.then(() => given.abort());
    o.clock.sleep(GRACE_MS, given.signal).then(
      () => killGroup(child.pid, "SIGKILL"),
      () => undefined,
    );
  };
  return { done, kill };
}

/** The keeper is gone, and so is what it kept; what it could not find carries the run's name. Output ends here. */
async function leaveNothing(child: ChildProcess, o: ScriptOptions, closed: Promise<void>): Promise<void> {
  killGroup(child.pid, "SIGKILL");
  await sweepEnvironment(SCRIPT, o.run, o.clock);
  const late = new AbortController();
  await Promise.race([closed, o.clock.sleep(OUTPUT_MS, late.signal).catch(() => undefined)]);
  late.abort();
  // A process that we can neither find nor end must not hold up the run's end.
  for (const stream of child.stdio) stream?.destroy();
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

function isDuplex(stream: unknown): stream is Duplex {
  return typeof stream === "object" && stream !== null && "read" in stream && "write" in stream;
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
