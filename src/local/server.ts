import type { ErrorCode } from "../codes/index.ts";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../clock/index.ts";
import { localPaths } from "./paths.ts";
import { LocalProblem } from "./problem.ts";
import { tryLock } from "./runtime/lock.ts";
import type { JavaFound } from "./runtime/java.ts";
import { Supervisor } from "./supervisor.ts";

/** What `up` hands to the supervisor, as its one argument. */
export interface ServerArguments {
  projectDir: string;
  port?: number;
  java: JavaFound;
  stamp: string;
}

/** What the supervisor says to the `up` that started it, a line each, on file descriptor 3. */
export type ServerMessage =
  | { type: "progress"; text: string }
  | { type: "ready" }
  | { type: "failed"; code: ErrorCode; text: string; fix: string };

async function main(given: ServerArguments): Promise<void> {
  // State, logs and secrets: what it and its children write is its user's alone.
  process.umask(0o077);
  const paths = localPaths(given.projectDir);
  // Whoever started us may be gone: nobody reads, and that is no error.
  const starter = createWriteStream("", { fd: 3 });
  starter.on("error", () => undefined);
  const tell = (message: ServerMessage): void => void starter.write(`${JSON.stringify(message)}\n`);
  const log = (line: string): void =>
    void process.stderr.write(`${new Date(systemClock.now()).toISOString()} ${line}\n`);
  const lock = await tryLock(join(paths.local, "supervisor.lock"));
  if (lock === undefined) {
    tell({
      type: "failed",
      code: "already_running",
      text: "An embedded AWS of this project runs already.",
      fix: "Run the command again.",
    });
    process.exitCode = 1;
    starter.end();
    return;
  }
  const supervisor = new Supervisor({
    paths,
    java: given.java,
    stamp: given.stamp,
    ...(given.port === undefined ? {} : { port: given.port }),
    clock: systemClock,
    log,
    onProgress: (text) => tell({ type: "progress", text }),
  });
  const ending = new AbortController();
  const stop = async (code: number): Promise<void> => {
    ending.abort();
    await supervisor.stop().catch((error: unknown) => log(`Stopping failed: ${String(error)}`));
    await lock.release();
    process.exit(code);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void stop(0));
  process.on("unhandledRejection", (reason) =>
    log(`Unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
  );
  process.on("uncaughtException", (error) => {
    log(`Unexpected: ${error.stack ?? error.message}`);
    void stop(1);
  });
  try {
    await supervisor.start();
  } catch (error) {
    if (ending.signal.aborted) return;
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    tell({ type: "failed", ...problem(error, paths.logs) });
    await stop(1);
    return;
  }
  tell({ type: "ready" });
  starter.end();
  supervisor.abandoned(ending.signal).then(
    () => stop(0),
    () => undefined,
  );
}

function problem(error: unknown, logs: string): { code: ErrorCode; text: string; fix: string } {
  if (error instanceof LocalProblem) return { code: error.code, text: error.message, fix: error.fix };
  return {
    code: "start_failed",
    text: `The embedded AWS did not start: ${error instanceof Error ? error.message : String(error)}`,
    fix: `Its logs are in ${logs}.`,
  };
}

const argument = process.argv[2];
if (argument === undefined) process.exitCode = 64;
// What `up` wrote, a moment ago and from the same version of this program.
else await main(JSON.parse(argument) as ServerArguments);
