import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { project } from "../../services/compile/project.ts";

const root = resolve(import.meta.dirname, "../../..");

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** stdout and stderr, in the order in which they came. */
  readonly text: string;
  /** stdout as JSON lines (with `--json`). */
  readonly lines: readonly Record<string, unknown>[];
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** The real command line, spawned in a project folder whose `dev` lives behind `endpoint`. */
export interface ChaosCli {
  readonly dir: string;
  start(endpoint: string, args: readonly string[], caller?: string): Started;
  run(endpoint: string, args: readonly string[], caller?: string): Promise<Ended>;
  /** Writes a file of the project. */
  write(file: string, text: string): void;
  remove(): void;
}

/** A copy of the built command line: a build that somebody starts meanwhile does not pull chunks from under it. */
function copyOfCli(): string {
  const home = mkdtempSync(join(tmpdir(), "metriccare-chaos-cli-"));
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(root, part), join(home, part), { recursive: true, filter: (path) => !path.endsWith(".map") });
  }
  return home;
}

/** Makes the project folder; the CLI is copied from `dist/`, which must be built. */
export function chaosCli(): ChaosCli {
  const home = copyOfCli();
  const folder = project();
  const start = (endpoint: string, args: readonly string[], caller = "test"): Started => {
    const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|METRICCARE_)/.test(name)));
    const child = spawn(process.execPath, [join(home, "bin", "metriccare"), ...args], {
      cwd: folder.dir,
      env: {
        ...kept,
        NO_COLOR: "1",
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SDK_UA_APP_ID: caller,
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const all: Buffer[] = [];
    const out: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => (all.push(chunk), out.push(chunk)));
    child.stderr.on("data", (chunk: Buffer) => all.push(chunk));
    const ended = new Promise<Ended>((done, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) =>
        done({
          code,
          signal,
          text: Buffer.concat(all).toString("utf8"),
          get lines() {
            const rows = Buffer.concat(out).toString("utf8").split("\n").filter(Boolean);
            return rows.map((row) => JSON.parse(row) as Record<string, unknown>);
          },
        }),
      );
    });
    return { process: child, ended };
  };
  return {
    dir: folder.dir,
    start,
    run: (endpoint, args, caller) => start(endpoint, args, caller).ended,
    write: (file, text) => writeFileSync(join(folder.dir, file), text),
    remove: () => {
      folder.remove();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
