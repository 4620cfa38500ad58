import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock/index.ts";
import type { JobLaunch, JobOutcome, JobProcess, JobRunner } from "../front/types.ts";
import type { RoleCredentials } from "../emulator.ts";
import { fetchFiles, LaunchError } from "./files.ts";
import type { Gateway } from "./owner.ts";
import { runScript, type Script } from "./script.ts";
import { scriptArguments, scriptEnvironment, sparkAttachment } from "./script-environment.ts";
import type { SparkTarget } from "./settings.ts";
import { Slots } from "./slots.ts";

export interface RunnerOptions extends SparkTarget {
  owner: { ready(): Promise<Gateway>; end(run: string): Promise<void> };
  roleCredentials(roleArn: string, seconds: number, job: string): Promise<RoleCredentials | { refused: string }>;
  clock: Clock;
  log(line: string): void;
}

// Two cores: more scripts at once only make each slower, and their timeouts come nearer.
const AT_ONCE = 3;

/** Runs the scripts of job runs, each as a process of its own that joins the warm JVM. */
export function scriptRunner(o: RunnerOptions): JobRunner {
  const slots = new Slots(AT_ONCE);
  const running = new Set<Run>();
  let number = 0;
  return {
    start(launch) {
      number += 1;
      const run = new Run(o, launch, `${launch.jobRunId}-${number}`, slots);
      running.add(run);
      void run.done.then(() => running.delete(run));
      return run;
    },
    async close() {
      await Promise.all([...running].map((run) => run.stop("STOPPED")));
    },
  };
}

/** The JVM is shared and warm, with Hudi in it: jars of one job's own cannot be added to it. */
function noteExtraJars(launch: JobLaunch): void {
  const jars = launch.arguments["--extra-jars"];
  if (jars !== undefined && jars !== "")
    launch.onLine(
      "error",
      `WARN --extra-jars is not used by the embedded AWS, which has Spark and Hudi alone: ${jars}`,
    );
}

/** One run of one script, from the wait for its turn to the last of its Spark jobs. */
class Run implements JobProcess {
  readonly done: Promise<JobOutcome>;
  readonly #o: RunnerOptions;
  readonly #launch: JobLaunch;
  readonly #id: string;
  readonly #stop = new AbortController();
  #reason: "STOPPED" | "TIMEOUT" | undefined;

  constructor(o: RunnerOptions, launch: JobLaunch, id: string, slots: Slots) {
    this.#o = o;
    this.#launch = launch;
    this.#id = id;
    this.done = this.#run(slots).catch((error: unknown) => this.#failed(error));
  }

  async stop(reason: "STOPPED" | "TIMEOUT"): Promise<void> {
    this.#reason ??= reason;
    this.#stop.abort(new Error(reason));
    await this.done;
  }

  async #run(slots: Slots): Promise<JobOutcome> {
    await slots.take(this.#stop.signal);
    const folder = join(this.#o.paths.tmp, "runs", this.#id);
    try {
      return await this.#inFolder(folder);
    } finally {
      slots.give();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #inFolder(folder: string): Promise<JobOutcome> {
    const launch = this.#launch;
    const seconds = (launch.timeoutMinutes + 60) * 60;
    const credentials = await this.#o.roleCredentials(launch.roleArn, seconds, launch.jobName);
    if ("refused" in credentials)
      return {
        state: "FAILED",
        // AWS's words.
        errorMessage: `JobName:${launch.jobName} and JobRunId:${launch.jobRunId} failed to execute with exception Role ${launch.roleArn} should be given assume role permissions for Glue Service. (${credentials.refused})`,
      };
    const files = await fetchFiles({ ...this.#o, launch, folder, credentials, signal: this.#stop.signal });
    noteExtraJars(launch);
    const gateway = launch.commandName === "pythonshell" ? undefined : await this.#abortable(this.#o.owner.ready());
    this.#stop.signal.throwIfAborted();
    const target = { ...this.#o, launch, run: this.#id, files, credentials, gateway };
    const script = runScript({
      run: this.#id,
      clock: this.#o.clock,
      spark: sparkAttachment(target),
      python: this.#o.paths.python,
      wrapper: join(this.#o.paths.code, "run_script.py"),
      script: files.script,
      args: scriptArguments(launch.arguments),
      cwd: folder,
      env: await scriptEnvironment(target),
      onLine: (stream, line) => launch.onLine(stream, line),
    });
    return this.#follow(script, gateway);
  }

  async #follow(script: Script, gateway: Gateway | undefined): Promise<JobOutcome> {
    const abort = (): void => script.kill();
    this.#stop.signal.addEventListener("abort", abort, { once: true });
    if (this.#stop.signal.aborted) abort();
    let lost: string | undefined;
    const watch = async (): Promise<void> => {
      lost = await gateway?.lost;
      // Its JVM is gone: nothing it does can end well.
      if (lost !== undefined) script.kill();
    };
    void watch();
    const outcome = await script.done;
    this.#stop.signal.removeEventListener("abort", abort);
    // Whatever the script's end, nothing of it may go on in the JVM, least of all a commit.
    if (gateway !== undefined && lost === undefined) await this.#o.owner.end(this.#id);
    if (this.#reason !== undefined) return { state: this.#reason };
    if (lost !== undefined)
      return {
        state: "FAILED",
        errorMessage: `Spark itself ended while the script was running (${lost}); start the job again.`,
      };
    return outcome;
  }

  /** A wait that a stop cuts short; what is waited for goes on for others. */
  #abortable<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }

  #failed(error: unknown): JobOutcome {
    if (this.#reason !== undefined) return { state: this.#reason };
    const text = error instanceof Error ? error.message : String(error);
    if (!(error instanceof LaunchError)) this.#o.log(`${this.#launch.jobName} ${this.#id}: ${text}`);
    return { state: "FAILED", errorMessage: error instanceof LaunchError ? text : `LAUNCH ERROR | ${text}` };
  }
}
