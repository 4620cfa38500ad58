import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "./port.ts";

const run = promisify(execFile);
// The benchmark's bundle lies as deep (.metriccare/bench).
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const here = join(root, "test", "harness");
const home = join(root, ".metriccare", "test", "moto");
const requirements = join(here, "moto-requirements.txt");
const bin = join(home, "venv", process.platform === "win32" ? "Scripts" : "bin");

/** An AWS for tests: where it answers, and how to make it empty again. */
export interface Emulator {
  readonly name: "moto" | "embedded";
  readonly endpoint: string;
  /** Forgets everything; an emulator that is shared with others keeps what it has. */
  reset(): Promise<void>;
  stop(): Promise<void>;
  /** Another one that begins with all that this one holds now. No call may be under way. Only a moto can do it. */
  fork?(): Promise<Emulator>;
}

/** A moto server of its own: a copy of the run's mother where there is one, else started here, which takes seconds. */
export async function startMoto(): Promise<Emulator> {
  const mother = process.env["METRICCARE_TEST_MOTO"];
  if (mother) return motoOf(mother);
  await install();
  const { server, endpoint } = await startServer();
  return {
    ...motoAt(endpoint),
    stop: async () => {
      if (server.exitCode !== null) return;
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      await gone;
    },
  };
}

/** A copy of a mother. */
export const motoOf = async (mother: string): Promise<Emulator> => motoAt(at(Number(await post(mother, "/fork"))));

/** A moto that has loaded everything and of which the tests of a run take copies. They end with it. */
export async function startMother(): Promise<{ readonly endpoint: string; end(): void }> {
  const { server, endpoint } = await startServer("mother");
  return { endpoint, end: () => void server.kill("SIGKILL") };
}

async function startServer(...more: string[]): Promise<{ server: ChildProcess; endpoint: string }> {
  const port = await freePort();
  const server = spawn(join(bin, "python"), [join(here, "moto_server.py"), "127.0.0.1", String(port), ...more], {
    // It ends when its stdin does: a worker that is ended hard must not leave it behind.
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: process.env["PATH"] ?? "", HOME: home, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const endpoint = at(port);
  await answered(server, endpoint);
  return { server, endpoint };
}

const at = (port: number): string => `http://127.0.0.1:${port}`;
const post = (endpoint: string, path: string): Promise<string> =>
  fetch(`${endpoint}${path}`, { method: "POST" }).then((answer) => answer.text());

/** A moto that answers there, and copies of it: those end with the first of them. */
const motoAt = (endpoint: string): Emulator => ({
  name: "moto",
  endpoint,
  reset: async () => void (await post(endpoint, "/moto-api/reset")),
  stop: async () => void (await post(endpoint, "/end")),
  fork: async () => motoAt(at(Number(await post(endpoint, "/fork")))),
});

/** The emulator that `METRICCARE_TEST_ENDPOINT` names (the embedded AWS), or a moto of our own. */
export async function startEmulator(): Promise<Emulator> {
  const endpoint = process.env["METRICCARE_TEST_ENDPOINT"];
  if (!endpoint) return startMoto();
  return { name: "embedded", endpoint, reset: async () => undefined, stop: async () => undefined };
}

async function answered(server: ChildProcess, endpoint: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error(`moto ended with ${server.exitCode}`);
    const up = await fetch(`${endpoint}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return;
    await sleep(100);
  }
  throw new Error("moto does not answer");
}

/** Makes the virtual environment once for each state of the requirements; test workers wait for each other. */
export async function install(): Promise<void> {
  const wanted = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex");
  const stamp = join(home, "installed");
  const installed = (): Promise<boolean> =>
    readFile(stamp, "utf8").then(
      (text) => text === wanted,
      () => false,
    );
  const lock = join(home, "lock");
  await mkdir(home, { recursive: true });
  while (!(await installed())) {
    const locked = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (!locked) {
      await breakOld(lock);
      await sleep(500);
      continue;
    }
    try {
      if (await installed()) return;
      await rm(join(home, "venv"), { recursive: true, force: true });
      await run(process.env["METRICCARE_PYTHON"] ?? "python3", ["-m", "venv", join(home, "venv")]);
      const pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        requirements,
      ];
      await run(join(bin, "python"), pip);
      await writeFile(stamp, wanted);
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
}

/** A lock whose holder was ended hard: an install takes no ten minutes. */
async function breakOld(lock: string): Promise<void> {
  const made = await stat(lock).catch(() => undefined);
  if (made && Date.now() - made.mtimeMs > 600_000) await rm(lock, { recursive: true, force: true });
}
