import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
  /** Highest resident memory of the process, in MB. */
  readonly peakMb: number;
}

/** Ctrl-C and TERM leave neither processes nor a folder behind. */
function endWith(stage: Stage): void {
  const end = (signal: NodeJS.Signals): void => {
    process.stderr.write("stopping\n");
    void stage.remove().then(() => process.exit(signal === "SIGINT" ? 130 : 143));
  };
  // A terminal signals both processes, and scripts/bench.mjs passes its own on: the second says nothing new.
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

/** A project folder of the benchmark's own, with the real command line in it; it shares the checkout's installed runtime. */
export class Stage {
  readonly dir = mkdtempSync(join(tmpdir(), "metriccare-bench-"));
  readonly #repository: string;
  #removed: Promise<void> | undefined;

  private constructor(repository: string) {
    this.#repository = repository;
  }

  static async make(repository: string): Promise<Stage> {
    const stage = new Stage(repository);
    const runtime = join(repository, ".metriccare", "runtime");
    mkdirSync(runtime, { recursive: true });
    endWith(stage);
    await stage.cli(["init", "."]);
    mkdirSync(join(stage.dir, ".metriccare"));
    symlinkSync(runtime, join(stage.dir, ".metriccare", "runtime"));
    // Says at its end how much memory it took.
    stage.write(
      "usage.mjs",
      'import { writeFileSync } from "node:fs";\n' +
        'process.on("exit", () => writeFileSync(process.env.BENCH_USAGE, String(process.resourceUsage().maxRSS)));\n',
    );
    return stage;
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.dir, file), text);
  }

  /** An environment on the embedded AWS. */
  environment(name: string): void {
    this.write(`config/${name}.yaml`, "aws:\n  embedded: true\n");
  }

  /** Runs one command of the real command line; `keep: false` only counts what it prints. */
  cli(args: readonly string[], options: { env?: Record<string, string>; keep?: boolean } = {}): Promise<Ran> {
    const usage = join(this.dir, "usage.txt");
    const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
    const started = performance.now();
    const measured = args[0] === "init" ? {} : { NODE_OPTIONS: `--import ${join(this.dir, "usage.mjs")}` };
    const child = spawn(process.execPath, [join(this.#repository, "bin", "metriccare"), ...args], {
      cwd: this.dir,
      env: { ...kept, ...measured, BENCH_USAGE: usage, NO_COLOR: "1", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => void (options.keep === false || (out += chunk.toString("utf8"))));
    child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString("utf8")));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        const seconds = (performance.now() - started) / 1000;
        const peakMb = args[0] === "init" || code !== 0 ? 0 : Number(readFileSync(usage, "utf8")) / 1024;
        if (code !== 0) reject(new Error(`metriccare ${args.join(" ")} ended with ${code}: ${err.slice(-2000)}`));
        else resolve({ code, out, err, seconds, peakMb });
      });
    });
  }

  /** Ends the embedded AWS and takes the folder away; a second call waits for the first. */
  remove(): Promise<void> {
    this.#removed ??= this.cli(["local", "down"])
      .catch(() => undefined)
      .then(() => rmSync(this.dir, { recursive: true, force: true }));
    return this.#removed;
  }
}
