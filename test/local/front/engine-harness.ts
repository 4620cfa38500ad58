import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  glueState,
  type GlueState,
  type JobDef,
  type TriggerDef,
  type WorkflowRunRecord,
} from "../../../src/local/front/glue/state.ts";
import { RunEngine } from "../../../src/local/front/runs/engine.ts";
import { statisticsOf } from "../../../src/local/front/runs/rules.ts";
import { Store } from "../../../src/local/front/store.ts";
import { ScriptedRunner, settle, VirtualClock } from "./harness.ts";

export interface EngineHarness {
  state: GlueState;
  engine: RunEngine;
  runner: ScriptedRunner;
  clock: VirtualClock;
  events: { detailType: string; detail: Record<string, unknown> }[];
  logs: { group: string; stream: string; messages: string[] }[];
  dir: string;
  job(name: string, more?: Partial<JobDef>): void;
  trigger(name: string, more: Partial<TriggerDef>): void;
  /** `when("A=SUCCEEDED B=FAILED", "ANY")` */
  when(conditions: string, logical?: "AND" | "ANY"): Pick<TriggerDef, "Type" | "Predicate" | "State">;
  run(id: string): WorkflowRunRecord;
  /** `A:SUCCEEDED B:FAILED`, oldest first. */
  jobsOf(id: string): string;
  close(): Promise<void>;
}

/** The run engine with a virtual clock and a scripted runner: no HTTP, no model, no Python. */
export function engineHarness(dir = mkdtempSync(join(tmpdir(), "metriccare-engine-"))): EngineHarness {
  const clock = new VirtualClock();
  const runner = new ScriptedRunner();
  const store = new Store(dir);
  const state = glueState(store, { clock, account: "123456789012", region: "us-east-1" });
  const events: EngineHarness["events"] = [];
  const logs: EngineHarness["logs"] = [];
  const engine = new RunEngine(state, {
    runner,
    log: () => undefined,
    emitGlueEvent: async (detailType, detail) => void events.push({ detailType, detail: { ...detail } }),
    putLogs: async (group, stream, lines) =>
      void logs.push({ group, stream, messages: lines.map((line) => line.message) }),
  });
  engine.start();
  const run = (id: string): WorkflowRunRecord => {
    const found = state.workflowRuns.get(id);
    if (!found) throw new Error(`no run ${id}`);
    return found;
  };
  return {
    state,
    engine,
    runner,
    clock,
    events,
    logs,
    dir,
    job: (Name, more = {}) =>
      state.jobs.set(Name, {
        Name,
        Role: "glue",
        Command: { Name: "glueetl", ScriptLocation: `s3://s/${Name}.py` },
        Timeout: 60,
        MaxRetries: 0,
        ExecutionProperty: { MaxConcurrentRuns: 1 },
        ...more,
      }),
    trigger: (Name, more) => {
      state.triggers.set(Name, { Name, Type: "ON_DEMAND", State: "CREATED", Actions: [], ...more });
      engine.scheduleChanged();
    },
    when: (conditions, Logical = "AND") => ({
      Type: "CONDITIONAL",
      State: "ACTIVATED",
      Predicate: {
        Logical,
        Conditions: conditions.split(" ").map((text) => {
          const [JobName, State] = text.split("=");
          return { LogicalOperator: "EQUALS", JobName, State: State as "SUCCEEDED" };
        }),
      },
    }),
    run,
    jobsOf: (id) =>
      engine.workflows
        .runsOf(run(id))
        .map((job) => `${job.JobName}:${job.JobRunState}`)
        .join(" "),
    close: async () => {
      await engine.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A workflow of one start trigger and the given jobs, started. */
export async function startWorkflow(h: EngineHarness, first: string[], name = "w"): Promise<string> {
  h.state.workflows.set(name, { ...h.state.workflows.get(name), Name: name, CreatedOn: 0 });
  h.trigger(`${name}-start`, { WorkflowName: name, Actions: first.map((JobName) => ({ JobName })) });
  const id = h.engine.workflows.start(name);
  await settle();
  return id;
}

export const statistics = (h: EngineHarness, id: string): object =>
  statisticsOf(h.state.graphs.get(id)?.triggers ?? [], h.engine.workflows.runsOf(h.run(id)));
