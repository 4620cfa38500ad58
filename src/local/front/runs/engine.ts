import type { GlueState, JobRunRecord, TriggerDef } from "../glue/state.ts";
import { crawl } from "../glue/crawlers.ts";
import { nowOf } from "../glue/state.ts";
import type { Collection } from "../store.ts";
import type { FrontOptions } from "../types.ts";
import { JobRuns, type JobRunsOptions } from "./job-runs.ts";
import { Outbox } from "./outbox.ts";
import { Scheduler } from "./scheduler.ts";
import { isActive } from "./rules.ts";
import { WorkflowRuns } from "./workflow-runs.ts";

export type EngineOptions = Pick<FrontOptions, "runner" | "putLogs" | "log" | "emitGlueEvent"> &
  Pick<JobRunsOptions, "roleProblem">;

/** Glue keeps the history of runs this long. */
const KEPT_SECONDS = 90 * 24 * 3600;

/** Job runs, workflow runs and triggers of one Glue, behind one door. */
export class RunEngine {
  readonly jobs: JobRuns;
  readonly workflows: WorkflowRuns;
  readonly #state: GlueState;
  readonly #outbox: Outbox;
  readonly #scheduler: Scheduler;
  readonly #log: (line: string) => void;
  /** Conditions that a trigger outside any workflow has seen met since it last fired. */
  readonly #seen: Collection<Record<string, { JobName: string; RunId: string }>>;

  constructor(state: GlueState, options: EngineOptions) {
    this.#state = state;
    this.#log = (line) => options.log(line);
    this.#outbox = new Outbox(state.store, { ...options, clock: state.clock });
    this.jobs = new JobRuns({
      ...options,
      state,
      outbox: this.#outbox,
      onEnd: (run) => this.#ended(run),
      onRetry: (run) => this.workflows.jobRetried(run),
    });
    this.workflows = new WorkflowRuns(state, this.jobs);
    this.#scheduler = new Scheduler(
      state.clock,
      () => this.#scheduled(),
      (name) => this.#onTime(name),
    );
    this.#seen = state.store.collection("standaloneTriggers");
  }

  /** Buries what a dead front left, then takes up schedules and events that wait. */
  start(): void {
    this.jobs.commit(() => {
      const lost = this.jobs.recover();
      if (lost.length > 0)
        this.#log(`${lost.length} job runs were under way when the embedded AWS ended: they are FAILED`);
      this.workflows.recover();
      this.#forgetOld();
    });
    this.#scheduler.start();
  }

  async close(): Promise<void> {
    this.#scheduler.close();
    await this.jobs.close();
    await this.#outbox.close();
  }

  /** Resolves when no job runs and no event waits (tests). */
  async idle(): Promise<void> {
    await this.jobs.idle();
    await this.#outbox.drained();
  }

  scheduleChanged(): void {
    this.#scheduler.wake();
  }

  /** StartTrigger on an ON_DEMAND trigger: its workflow, or its jobs. */
  fireByHand(trigger: TriggerDef): void {
    if (trigger.WorkflowName) this.workflows.start(trigger.WorkflowName);
    else this.#startActions(trigger, []);
  }

  #ended(run: JobRunRecord): void {
    if (run.workflowRunId) this.workflows.jobEnded(run);
    else if (run.TriggerName) this.#standalone(run);
  }

  #startActions(trigger: TriggerDef, predecessors: { JobName: string; RunId: string }[]): void {
    this.jobs.commit(() => {
      for (const { JobName = "", Arguments, CrawlerName, ...overrides } of trigger.Actions) {
        const crawler = this.#state.crawlers.get(CrawlerName ?? "");
        if (crawler) crawl(this.#state, crawler);
        if (CrawlerName !== undefined) continue;
        const run = this.jobs.startByTrigger({
          jobName: JobName,
          arguments: Arguments,
          overrides,
          triggerName: trigger.Name,
          predecessors,
        });
        if (!isActive(run.JobRunState)) this.#ended(run);
      }
    });
  }

  /** Conditional triggers outside workflows react to jobs that a trigger started, and begin anew when they fire. */
  #standalone(run: JobRunRecord): void {
    for (const trigger of this.#state.triggers.values()) {
      if (trigger.WorkflowName || trigger.Type !== "CONDITIONAL" || trigger.State !== "ACTIVATED") continue;
      const conditions = trigger.Predicate?.Conditions ?? [];
      const met = conditions.filter(
        (condition) => condition.JobName === run.JobName && condition.State === run.JobRunState,
      );
      if (met.length === 0) continue;
      const memory = { ...this.#seen.get(trigger.Name) };
      for (const condition of met)
        memory[`${condition.JobName}\n${condition.State}`] = { JobName: run.JobName, RunId: run.Id };
      const all = conditions.every((condition) => memory[`${condition.JobName}\n${condition.State}`]);
      if (trigger.Predicate?.Logical === "ANY" || all) {
        this.#seen.delete(trigger.Name);
        this.#startActions(trigger, Object.values(memory));
      } else this.#seen.set(trigger.Name, memory);
    }
  }

  #scheduled(): { name: string; schedule: string }[] {
    return [...this.#state.triggers.values()]
      .filter((trigger) => trigger.Type === "SCHEDULED" && trigger.State === "ACTIVATED" && trigger.Schedule)
      .map((trigger) => ({ name: trigger.Name, schedule: trigger.Schedule ?? "" }));
  }

  #onTime(name: string): void {
    const trigger = this.#state.triggers.get(name);
    if (!trigger) return;
    try {
      if (trigger.WorkflowName) this.workflows.startBySchedule(trigger.WorkflowName);
      else this.#startActions(trigger, []);
    } catch (error) {
      this.#log(`trigger ${name} could not fire: ${String(error)}`);
    }
  }

  #forgetOld(): void {
    const limit = nowOf(this.#state) - KEPT_SECONDS;
    for (const [id, run] of this.#state.workflowRuns.entries()) {
      if ((run.CompletedOn ?? Infinity) >= limit) continue;
      this.#state.workflowRuns.delete(id);
      this.#state.graphs.delete(id);
    }
    const used = new Set([...this.#state.workflowRuns.values()].flatMap((run) => run.jobRuns));
    for (const [id, run] of this.#state.jobRuns.entries()) {
      if ((run.CompletedOn ?? Infinity) < limit && !used.has(id)) this.#state.jobRuns.delete(id);
    }
  }
}
