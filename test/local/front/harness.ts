import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GlueClient } from "@aws-sdk/client-glue";
import type { Clock } from "../../../src/clock/index.ts";
import { systemClock } from "../../../src/clock/index.ts";
import {
  startFront,
  type Front,
  type FrontOptions,
  type JobLaunch,
  type JobOutcome,
  type JobProcess,
  type JobRunner,
} from "../../../src/local/front/index.ts";
import { KEYS, SECRET } from "./keys.ts";

export { KEYS } from "./keys.ts";

/** botocore's Glue model: named by METRICCARE_GLUE_MODEL, or in the runtime's own virtual environment. */
export const glueModel = findModel();

function findModel(): string | undefined {
  const named = process.env["METRICCARE_GLUE_MODEL"];
  if (named) return named;
  const runtime = fileURLToPath(new URL("../../../.metriccare/runtime", import.meta.url));
  for (const venv of [runtime, join(runtime, "venv"), join(runtime, "python")]) {
    const lib = join(venv, "lib");
    if (!existsSync(lib)) continue;
    for (const python of readdirSync(lib)) {
      const model = join(lib, python, "site-packages/botocore/data/glue/2017-03-31/service-2.json.gz");
      if (existsSync(model)) return model;
    }
  }
  return undefined;
}

/** Time that moves only when told to. */
export class VirtualClock implements Clock {
  private time: number;
  private readonly sleepers = new Set<{ at: number; wake: () => void }>();

  constructor(start = Date.UTC(2024, 0, 1)) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper = { at: this.time + ms, wake: resolve };
      this.sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Moves on sleeper by sleeper, letting what they wake run. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settle();
      const next = [...this.sleepers].filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.sleepers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = end;
    await settle();
  }
}

/** Lets promises and file callbacks that are due run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

export interface Started {
  launch: JobLaunch;
  end(outcome: JobOutcome | JobOutcome["state"]): Promise<void>;
  stopped: string[];
}

/** A runner whose scripts end when the test says so, or at once by `auto`. */
export class ScriptedRunner implements JobRunner {
  readonly started: Started[] = [];
  /** Decides the end of a run right away; undefined leaves it to the test. */
  auto: (launch: JobLaunch) => JobOutcome["state"] | undefined = () => undefined;

  start(launch: JobLaunch): JobProcess {
    let finish: (outcome: JobOutcome) => void = () => undefined;
    const done = new Promise<JobOutcome>((resolve) => {
      finish = resolve;
    });
    const run: Started = {
      launch,
      stopped: [],
      end: async (outcome) => {
        finish(typeof outcome === "string" ? outcomeOf(outcome) : outcome);
        await settle();
      },
    };
    this.started.push(run);
    const at = this.auto(launch);
    if (at) finish(outcomeOf(at));
    return {
      done,
      stop: async (reason) => {
        run.stopped.push(reason);
        finish({ state: reason });
      },
    };
  }

  /** The latest start of a job. */
  run(job: string): Started {
    const found = this.started.findLast((run) => run.launch.jobName === job);
    if (!found) throw new Error(`${job} was not started; started: ${this.names().join(", ")}`);
    return found;
  }

  names(): string[] {
    return this.started.map((run) => run.launch.jobName);
  }

  async close(): Promise<void> {}
}

const outcomeOf = (state: JobOutcome["state"]): JobOutcome =>
  state === "FAILED" ? { state, errorMessage: "it broke" } : { state };

export interface FrontHarness {
  front: Front;
  glue: GlueClient;
  runner: ScriptedRunner;
  events: { detailType: string; detail: Record<string, unknown> }[];
  logs: Map<string, string[]>;
  dir: string;
  close(keep?: boolean): Promise<void>;
}

/** A front over nothing (or over `emulatorUrl`), with the SDK's own client before it. */
export async function frontHarness(options: Partial<FrontOptions> = {}): Promise<FrontHarness> {
  if (!glueModel) throw new Error("no Glue model: skip by name");
  const dir = options.stateDir ?? mkdtempSync(join(tmpdir(), "metriccare-front-"));
  const runner = new ScriptedRunner();
  const events: FrontHarness["events"] = [];
  const logs: FrontHarness["logs"] = new Map();
  const front = await startFront({
    port: 0,
    emulatorUrl: "http://127.0.0.1:9",
    stateDir: dir,
    account: "123456789012",
    region: "us-east-1",
    runner,
    glueModelPath: glueModel,
    clock: systemClock,
    emitGlueEvent: async (detailType, detail) => void events.push({ detailType, detail: { ...detail } }),
    keys: KEYS,
    linkSecret: SECRET,
    putLogs: async (group, stream, lines) => {
      const key = `${group} ${stream}`;
      logs.set(key, [...(logs.get(key) ?? []), ...lines.map((line) => line.message)]);
    },
    log: () => undefined,
    ...options,
  });
  const glue = clientFor(front.url);
  return {
    front,
    glue,
    runner,
    events,
    logs,
    dir,
    close: async (keep = false) => {
      glue.destroy();
      await front.close();
      if (!keep) rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const clientFor = (endpoint: string): GlueClient =>
  new GlueClient({
    endpoint,
    region: "us-east-1",
    credentials: KEYS,
    maxAttempts: 1,
  });
