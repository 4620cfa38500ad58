import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { agentFor, ask, socketUrl } from "../../../src/local/front/behind.ts";
import { KEYS, SECRET } from "./keys.ts";

/** A Python that has MiniStack: named by METRICCARE_EMULATOR_PYTHON, or the runtime's own. */
export const emulatorPython = [
  process.env["METRICCARE_EMULATOR_PYTHON"],
  fileURLToPath(new URL("../../../.metriccare/runtime/venv/bin/python", import.meta.url)),
].find((path): path is string => path !== undefined && existsSync(path));

export interface RunningEmulator {
  url: string;
  /** Connects SDK clients to it: `{endpoint: "http://127.0.0.1", requestHandler: {httpAgent: agent}}`. */
  agent: Agent;
  pid: number;
  /** One of the launcher's own hooks. */
  hook(name: string, body: object): Promise<Record<string, unknown>>;
  /** A clean end, as `local down` asks for it. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const launcher = fileURLToPath(new URL("../../../src/local/python/launcher.py", import.meta.url));

/** The emulator behind its launcher on a socket file, with a folder of its own. `front` is what its functions call. */
export async function startEmulator(front: string, more: Record<string, string> = {}): Promise<RunningEmulator> {
  const dir = mkdtempSync(join(tmpdir(), "metriccare-mini-"));
  const socket = join(dir, "s");
  const env = {
    PATH: process.env["PATH"] ?? "",
    BIND_HOST: "127.0.0.1",
    METRICCARE_SECRET: SECRET,
    METRICCARE_SOCKET: socket,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    MINISTACK_REGION: "us-east-1",
    LOG_LEVEL: "ERROR",
    PYTHONDONTWRITEBYTECODE: "1",
    IOT_MTLS_ENABLED: "0",
    SFTP_ENABLED: "0",
    DOCKER_HOST: "unix:///nonexistent",
    MINISTACK_ACCOUNT_ID: "123456789012",
    AWS_ENDPOINT_URL: front,
    LAMBDA_EXECUTOR: "local",
    TMPDIR: dir,
    S3_DATA_DIR: join(dir, "s3"),
    STATE_DIR: join(dir, "state"),
    ...more,
  };
  const child = spawn(emulatorPython ?? "", ["-u", launcher], { env, stdio: ["pipe", "pipe", "inherit"], cwd: dir });
  const said = createInterface({ input: child.stdout });
  const [first] = (await Promise.race([once(said, "line"), once(child, "exit")])) as unknown[];
  if (typeof first !== "string") throw new Error("the emulator did not start");
  const url = socketUrl(socket);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const agent = agentFor(url, { keepAlive: true });
  return {
    url,
    agent,
    pid: child.pid ?? 0,
    hook: async (name, body) => {
      const headers = { "x-metriccare-secret": SECRET, "content-type": "application/json" };
      const path = `/_metriccare/${name}`;
      const sent = await ask(agent, url, { method: "POST", path, headers, body: JSON.stringify(body) });
      return JSON.parse(sent.body) as Record<string, unknown>;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
    close: async () => {
      agent.destroy();
      child.kill("SIGKILL");
      await ended;
      // What it was just writing may come meanwhile.
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
