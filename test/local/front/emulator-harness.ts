import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../src/clock/index.ts";
import { freePort } from "../../harness/port.ts";

/** A Python that has MiniStack: named by METRICCARE_EMULATOR_PYTHON, or the runtime's own. */
export const emulatorPython = [
  process.env["METRICCARE_EMULATOR_PYTHON"],
  fileURLToPath(new URL("../../../.metriccare/runtime/venv/bin/python", import.meta.url)),
].find((path): path is string => path !== undefined && existsSync(path));

export interface RunningEmulator {
  url: string;
  close(): Promise<void>;
}

/** MiniStack alone on a free port, with a folder of its own. `front` is what its functions call. */
export async function startEmulator(front: string, more: Record<string, string> = {}): Promise<RunningEmulator> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "metriccare-mini-"));
  const env = {
    PATH: process.env["PATH"] ?? "",
    BIND_HOST: "127.0.0.1",
    GATEWAY_PORT: String(port),
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
  const child = spawn(
    emulatorPython ?? "",
    ["-m", "uvicorn", "ministack.app:app", "--host", "127.0.0.1", "--port", String(port), "--log-level", "error"],
    { env, stdio: "ignore", cwd: dir },
  );
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; ; i += 1) {
    const up = await fetch(`${url}/_ministack/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (i > 200) throw new Error("MiniStack did not start");
    await systemClock.sleep(100);
  }
  return {
    url,
    close: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
