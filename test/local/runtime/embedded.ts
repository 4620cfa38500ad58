import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../../src/clock/index.ts";
import { down, reset, status, up, type LocalAws } from "../../../src/local/index.ts";
import { localPaths } from "../../../src/local/paths.ts";
import { install } from "../../../src/local/runtime/install.ts";
import { marked } from "../../../src/local/sweep.ts";
import { temporaryFolder } from "./fakes.ts";

const repository = resolve(import.meta.dirname, "../../..");

/** A project of its own whose embedded AWS shares the installed runtime of this checkout. */
export class EmbeddedProject {
  readonly #folder = temporaryFolder();
  readonly dir = this.#folder.dir;
  readonly paths = localPaths(this.dir);

  static async make(): Promise<EmbeddedProject> {
    await install({ projectDir: repository, clock: systemClock, onProgress: () => undefined });
    const project = new EmbeddedProject();
    mkdirSync(join(project.dir, ".metriccare"));
    symlinkSync(join(repository, ".metriccare", "runtime"), project.paths.runtime);
    return project;
  }

  up(more: { port?: number; signal?: AbortSignal; onProgress?(text: string): void } = {}): Promise<LocalAws> {
    return up({ projectDir: this.dir, clock: systemClock, onProgress: () => undefined, ...more });
  }
  down = (): Promise<boolean> => down(this.dir, systemClock);
  status = (): ReturnType<typeof status> => status(this.dir);
  reset = (): Promise<void> => reset(this.dir, systemClock);
  processes = (): Promise<number[]> => marked(this.paths.local);
  log = (name: string): string => readFileSync(join(this.paths.logs, name), "utf8");
  supervisorPid(): number {
    const record: unknown = JSON.parse(readFileSync(join(this.paths.local, "supervisor.json"), "utf8"));
    if (typeof record !== "object" || record === null || !("pid" in record)) throw new Error("no supervisor");
    return Number(record.pid);
  }

  /** The process of this embedded AWS whose command line holds the text. */
  async pidOf(text: string): Promise<number> {
    for (const pid of await this.processes())
      if (existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text)) return pid;
    throw new Error(`no process with ${text}`);
  }

  /** What a process list shows of its processes. */
  async commandLines(): Promise<string[]> {
    const files = (await this.processes()).map((pid) => `/proc/${pid}/cmdline`);
    return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").replaceAll("\0", " "));
  }

  async remove(): Promise<void> {
    await this.down();
    this.#folder.remove();
  }
}

/** Waits until something holds. */
export async function eventually(check: () => Promise<boolean> | boolean, what: string, ms = 60_000): Promise<void> {
  const until = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`still not: ${what}`);
    await systemClock.sleep(100);
  }
}
