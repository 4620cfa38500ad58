import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseDocument } from "yaml";

const GOLD_JOBS = ["gold_readmission", "gold_mortality", "gold_hai", "gold_length_of_stay"];

export const repository = resolve(import.meta.dirname, "../..");
const executable = join(repository, "bin", "metriccare");

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** stdout as JSON lines. */
  lines<T = Record<string, unknown>>(): T[];
}

/** A project folder of its own, made by `metriccare init`, whose embedded AWS shares the installed runtime of the checkout. */
export class TestProject {
  readonly dir = mkdtempSync(join(tmpdir(), "metriccare-project-"));

  static async make(): Promise<TestProject> {
    const project = new TestProject();
    const made = await project.run(["init", ".", "--time-zone", "UTC", "--as-of", "2023-06-30"]);
    if (made.code !== 0) throw new Error(made.err);
    return project.withRuntime();
  }

  /** The same with the files of a folder of the repository, such as an example. */
  static of(folder: string): TestProject {
    const project = new TestProject();
    cpSync(join(repository, folder), project.dir, { recursive: true });
    return project.withRuntime();
  }

  private withRuntime(): this {
    const runtime = join(repository, ".metriccare", "runtime");
    mkdirSync(runtime, { recursive: true });
    mkdirSync(join(this.dir, ".metriccare"));
    symlinkSync(runtime, join(this.dir, ".metriccare", "runtime"));
    return this;
  }

  /** Runs the real executable in the project folder, without any AWS setting of the machine. */
  run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
    return this.start(args, env).ended;
  }

  /** Starts it, for whoever wants to end it. */
  start(args: readonly string[], env: Record<string, string> = {}): { process: ChildProcess; ended: Promise<Ran> } {
    const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
    const child = spawn(process.execPath, [executable, ...args], {
      cwd: this.dir,
      env: { ...kept, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<Ran>((done, reject) => {
      const chunks: Record<"out" | "err", Buffer[]> = { out: [], err: [] };
      child.stdout.on("data", (chunk: Buffer) => chunks.out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => chunks.err.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        const out = Buffer.concat(chunks.out).toString("utf8");
        done({
          code: code ?? -1,
          out,
          err: Buffer.concat(chunks.err).toString("utf8"),
          lines: <T>() =>
            out
              .split("\n")
              .filter(Boolean)
              .map((line) => JSON.parse(line) as T),
        });
      });
    });
    return { process: child, ended };
  }

  write(file: string, text: string): string {
    const path = join(this.dir, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  read(file: string): string {
    return readFileSync(join(this.dir, file), "utf8");
  }

  /** Gold costs most of a run and is a function of Silver: for tests that are about something else, one of its jobs. */
  keepGold(job: string): void {
    const file = "config/lakehouse.yaml";
    const document = parseDocument(this.read(file));
    for (const one of GOLD_JOBS) if (one !== job) document.deleteIn(["jobs", one]);
    document.setIn(["workflow", "triggers", "gold", "actions"], [job]);
    document.deleteIn(["workflow", "triggers", "measures"]);
    this.write(file, document.toString());
  }

  async remove(): Promise<void> {
    if (existsSync(join(this.dir, ".metriccare"))) await this.run(["local", "down"]);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
