import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { closeSync, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Clock } from "../clock/index.ts";
import { whenEnded } from "./child.ts";
import { scrubbedEnvironment } from "./environment.ts";
import { PIP_SETTINGS, pipNetwork, pipSettings } from "./runtime/pip.ts";
import { serverEntry, type LocalPaths } from "./paths.ts";
import { LocalProblem } from "./problem.ts";
import type { JavaFound } from "./runtime/java.ts";
import type { ServerArguments, ServerMessage } from "./server.ts";
import { openLog } from "./open-log.ts";

export interface StartOptions {
  projectDir: string;
  paths: LocalPaths;
  java: JavaFound;
  stamp: string;
  port?: number;
  clock: Clock;
  onProgress(text: string): void;
  signal?: AbortSignal;
}

/** Starts the detached supervisor and waits until it is ready. An abort stops it again, wholly, before this rejects. */
export async function startSupervisor(o: StartOptions): Promise<void> {
  o.signal?.throwIfAborted();
  const entry = serverEntry();
  if (!existsSync(entry)) throw new LocalProblem("not_built", `${entry} is missing.`, "Run `npm run build`.");
  await mkdir(o.paths.tmp, { recursive: true, mode: 0o700 });
  const given: ServerArguments = {
    projectDir: o.projectDir,
    java: o.java,
    stamp: o.stamp,
    ...(o.port === undefined ? {} : { port: o.port }),
  };
  const log = openLog(o.paths, "supervisor.log");
  const child = spawn(process.execPath, [entry, JSON.stringify(given)], {
    cwd: "/",
    env: { ...scrubbedEnvironment(o.paths, o.java), [PIP_SETTINGS]: JSON.stringify(carried(o.paths)) },
    stdio: ["ignore", log, log, "pipe"],
    detached: true,
  });
  closeSync(log);
  const ended = whenEnded(child);
  const abort = (): void => void child.kill("SIGTERM");
  o.signal?.addEventListener("abort", abort, { once: true });
  const channel = child.stdio[3];
  try {
    const last = await Promise.race([lastMessage(channel as Readable, o), ended]);
    o.signal?.throwIfAborted();
    if (typeof last !== "string" && last?.type === "ready") return;
    await ended;
    if (typeof last !== "string" && last?.type === "failed") throw new LocalProblem(last.code, last.text, last.fix);
    throw new LocalProblem(
      "start_failed",
      `The embedded AWS was stopped while it was starting (${await ended}).`,
      `Its logs are in ${o.paths.logs}.`,
    );
  } catch (error) {
    if (o.signal?.aborted) await ended;
    throw error;
  } finally {
    o.signal?.removeEventListener("abort", abort);
    // It lives on without us.
    child.unref();
    (channel as Readable).destroy();
  }
}

/** What pip needs for the packages of jobs. A bundle of authorities that is none is told when something is fetched. */
function carried(paths: LocalPaths): NodeJS.ProcessEnv {
  const settings = pipSettings(process.env);
  try {
    return { ...settings, ...pipNetwork(process.env, paths.runtime) };
  } catch {
    return settings;
  }
}

/** Hands on progress; resolves with the message that ends the start, or undefined when the channel just closes. */
function lastMessage(channel: Readable, o: StartOptions): Promise<ServerMessage | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: channel });
    lines.on("line", (line) => {
      // Written by our own server.ts of the same version.
      const message = JSON.parse(line) as ServerMessage;
      if (message.type === "progress") o.onProgress(message.text);
      else resolve(message);
    });
    lines.on("close", () => resolve(undefined));
    channel.on("error", () => resolve(undefined));
  });
}
