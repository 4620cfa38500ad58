import { badWorkflowState, invalidInput, notFound, tooManyRuns } from "../errors.ts";
import { crawl, NO_CRAWLS } from "../glue/crawlers.ts";
import {
  type CrawlRecord,
  nowOf,
  type GlueState,
  type GraphSnapshot,
  type JobRunRecord,
  type TriggerDef,
  type WorkflowRunRecord,
} from "../glue/state.ts";
import { START_TYPES } from "../glue/trigger-rules.ts";
import { nodeId } from "./graph.ts";
import type { JobRuns } from "./job-runs.ts";
import { newRunId } from "./records.ts";
import { downstreamOf, isActive, latestAttempts, triggersToFire, type Fire } from "./rules.ts";

/** Runs of workflows: start, advance along the snapshot's triggers, stop, resume. Jobs themselves are JobRuns' affair. */
export class WorkflowRuns {
  readonly #state: GlueState;
  readonly #jobs: JobRuns;

  constructor(state: GlueState, jobs: JobRuns) {
    this.#state = state;
    this.#jobs = jobs;
  }

  /** StartWorkflowRun: returns the run's id. The start trigger fires whatever its own state is. */
  start(name: string, properties: Record<string, string> = {}): string {
    const workflow = this.#state.workflows.get(name);
    if (!workflow) throw notFound(`Entity not found: workflow ${name}`);
    const first = this.triggersOf(name).find((trigger) => START_TYPES.has(trigger.Type));
    if (!first) throw invalidInput(`Workflow ${name} does not have a starting trigger.`);
    return this.#jobs.commit(() => {
      if (this.#full(name)) throw tooManyRuns(name);
      const run = this.#create(
        name,
        { ...workflow.DefaultRunProperties, ...properties },
        { triggers: this.triggersOf(name) },
      );
      this.#advance(run.WorkflowRunId, this.#fire(run.WorkflowRunId, { trigger: first, predecessors: [] }));
      return run.WorkflowRunId;
    });
  }

  /** A start by schedule: too many runs make a run in ERROR instead of a refusal that nobody would hear. */
  startBySchedule(name: string): void {
    if (!this.#full(name)) {
      this.start(name);
      return;
    }
    this.#jobs.commit(() => {
      const run = this.#create(name, {}, { triggers: this.triggersOf(name) });
      const ErrorMessage = `Concurrent runs exceeded for workflow: ${name}.`;
      this.#state.workflowRuns.set(run.WorkflowRunId, {
        ...run,
        Status: "ERROR",
        ErrorMessage,
        CompletedOn: nowOf(this.#state),
      });
    });
  }

  /** StopWorkflowRun: running jobs are ended; the run is STOPPED when the last of them is. */
  stop(name: string, id: string): void {
    const run = this.known(name, id);
    if (run.Status !== "RUNNING") throw badWorkflowState();
    this.#jobs.commit(() => {
      this.#state.workflowRuns.set(id, { ...run, Status: "STOPPING" });
      for (const job of this.runsOf(run)) if (isActive(job.JobRunState)) this.#jobs.stop(job.Id);
      this.#settle(id);
    });
  }

  /** ResumeWorkflowRun: the named nodes and all after them run again, the others are copied. */
  resume(name: string, id: string, nodeIds: string[]): { RunId: string; NodeIds: string[] } {
    const old = this.known(name, id);
    if (old.Status !== "COMPLETED") throw badWorkflowState();
    const snapshot = this.#state.graphs.get(id) ?? { triggers: [] };
    const named = this.#resumable(name, old, snapshot, nodeIds);
    // Of two named nodes on one path only the first is restarted: the other follows from it.
    const heads = named.filter(
      (job) => !named.some((other) => other !== job && reaches(snapshot, other, job) && !reaches(snapshot, job, other)),
    );
    return this.#jobs.commit(() => {
      if (this.#full(name)) throw tooManyRuns(name);
      const again = downstreamOf(snapshot.triggers, heads);
      const kept = this.runsOf(old).filter((run) => !again.jobs.has(run.JobName));
      const run = this.#create(name, old.WorkflowRunProperties, snapshot, {
        PreviousRunId: id,
        fired: old.fired.filter((trigger) => !again.triggers.has(trigger)),
        jobRuns: kept.map((job) => job.Id),
      });
      const started = heads.map((job) => this.#restart(run.WorkflowRunId, old, snapshot, job));
      this.#advance(run.WorkflowRunId, started);
      return { RunId: run.WorkflowRunId, NodeIds: heads.map((job) => nodeId(name, "JOB", job)) };
    });
  }

  /** A job of a workflow run ended for good: fire what waited for it, and end the run when nothing is left. */
  jobEnded(job: JobRunRecord): void {
    if (job.workflowRunId && this.#state.workflowRuns.has(job.workflowRunId)) this.#advance(job.workflowRunId, [job]);
  }

  jobRetried(job: JobRunRecord): void {
    if (job.workflowRunId) this.#attach(job.workflowRunId, [job.Id]);
  }

  /** After a dead front: its jobs are FAILED by now, and no trigger fires any more. */
  recover(): void {
    for (const run of this.#state.workflowRuns.values())
      if (run.Status === "RUNNING" || run.Status === "STOPPING") this.#settle(run.WorkflowRunId);
  }

  known(name: string, id: string): WorkflowRunRecord {
    const run = this.#state.workflowRuns.get(id);
    if (!run || run.Name !== name) throw notFound(`Workflow run ${id} of workflow ${name} not found.`);
    return run;
  }

  /** Job runs of a workflow run, oldest first. */
  runsOf(run: WorkflowRunRecord): JobRunRecord[] {
    return run.jobRuns.map((id) => this.#state.jobRuns.get(id)).filter((job) => job !== undefined);
  }

  triggersOf(name: string): TriggerDef[] {
    const own = [...this.#state.triggers.values()].filter((trigger) => trigger.WorkflowName === name);
    return own.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  #full(name: string): boolean {
    const most = this.#state.workflows.get(name)?.MaxConcurrentRuns;
    if (most === undefined) return false;
    let busy = 0;
    for (const run of this.#state.workflowRuns.values()) {
      if (run.Name === name && (run.Status === "RUNNING" || run.Status === "STOPPING")) busy += 1;
    }
    return busy >= most;
  }

  #create(
    name: string,
    properties: Record<string, string>,
    graph: GraphSnapshot,
    more: Partial<WorkflowRunRecord> = {},
  ): WorkflowRunRecord {
    const run: WorkflowRunRecord = {
      Name: name,
      WorkflowRunId: newRunId("wr"),
      WorkflowRunProperties: properties,
      StartedOn: nowOf(this.#state),
      Status: "RUNNING",
      fired: [],
      jobRuns: [],
      ...more,
    };
    this.#state.workflowRuns.set(run.WorkflowRunId, run);
    this.#state.graphs.set(run.WorkflowRunId, graph);
    return run;
  }

  #attach(id: string, jobs: string[]): void {
    const run = this.#state.workflowRuns.get(id);
    if (run) this.#state.workflowRuns.set(id, { ...run, jobRuns: [...run.jobRuns, ...jobs] });
  }

  /** Starts the actions of one trigger. */
  #fire(id: string, { trigger, predecessors }: Fire): Ended[] {
    const run = this.#state.workflowRuns.get(id);
    if (!run) return [];
    this.#state.workflowRuns.set(id, { ...run, fired: [...run.fired, trigger.Name] });
    const started = trigger.Actions.flatMap(({ JobName, Arguments, CrawlerName, ...overrides }) =>
      CrawlerName !== undefined
        ? []
        : this.#jobs.startByTrigger({
            jobName: JobName ?? "",
            arguments: Arguments,
            overrides,
            triggerName: trigger.Name,
            workflow: { name: run.Name, runId: id },
            predecessors,
          }),
    );
    this.#attach(
      id,
      started.map((job) => job.Id),
    );
    return [...started, ...this.#crawl(id, trigger)];
  }

  /** Crawls of a trigger's crawlers, which end at once. One that is gone by now fails as well. */
  #crawl(id: string, trigger: TriggerDef): CrawlRecord[] {
    const crawls = trigger.Actions.flatMap(({ CrawlerName }): CrawlRecord[] => {
      if (CrawlerName === undefined) return [];
      const crawler = this.#state.crawlers.get(CrawlerName);
      if (crawler) crawl(this.#state, crawler);
      const ErrorMessage = crawler ? NO_CRAWLS : `Crawler ${CrawlerName} not found.`;
      return [{ CrawlerName, CrawlState: "FAILED", ErrorMessage, StartedOn: nowOf(this.#state) }];
    });
    const run = this.#state.workflowRuns.get(id);
    if (run && crawls.length > 0)
      this.#state.workflowRuns.set(id, { ...run, crawls: [...(run.crawls ?? []), ...crawls] });
    return crawls;
  }

  /** Works off ends until none is left. Starts that failed at once are ends too. */
  #advance(id: string, runs: Ended[]): void {
    const queue = runs.filter(isEnd);
    for (let end = queue.shift(); end; end = queue.shift()) {
      const run = this.#state.workflowRuns.get(id);
      if (run?.Status !== "RUNNING") break;
      const triggers = this.#state.graphs.get(id)?.triggers ?? [];
      for (const fire of triggersToFire(triggers, run.fired, this.runsOf(run), end, run.crawls)) {
        queue.push(...this.#fire(id, fire).filter(isEnd));
      }
    }
    this.#settle(id);
  }

  #settle(id: string): void {
    const run = this.#state.workflowRuns.get(id);
    if (!run || (run.Status !== "RUNNING" && run.Status !== "STOPPING")) return;
    if (this.runsOf(run).some((job) => isActive(job.JobRunState))) return;
    const Status = run.Status === "STOPPING" ? "STOPPED" : "COMPLETED";
    this.#state.workflowRuns.set(id, { ...run, Status, CompletedOn: nowOf(this.#state) });
  }

  /** Node ids to job names; only what was attempted can be resumed. */
  #resumable(name: string, run: WorkflowRunRecord, snapshot: GraphSnapshot, nodeIds: string[]): string[] {
    if (nodeIds.length === 0) throw invalidInput("NodeIds cannot be null or empty.");
    const attempted = new Set(this.runsOf(run).map((job) => job.JobName));
    const jobs = new Map([...attempted].map((job) => [nodeId(name, "JOB", job), [job]]));
    for (const trigger of snapshot.triggers) {
      if (run.fired.includes(trigger.Name))
        jobs.set(
          nodeId(name, "TRIGGER", trigger.Name),
          trigger.Actions.flatMap((action) => action.JobName ?? []),
        );
    }
    const found = nodeIds.flatMap((node) => {
      const names = jobs.get(node);
      if (!names) throw invalidInput(`Node ${node} does not have a run attempt in workflow run ${run.WorkflowRunId}.`);
      return names;
    });
    return [...new Set(found)];
  }

  /** Starts a job again as the trigger that first started it did. */
  #restart(id: string, old: WorkflowRunRecord, snapshot: GraphSnapshot, job: string): JobRunRecord {
    const before = latestAttempts(this.runsOf(old)).findLast((run) => run.JobName === job);
    const trigger = snapshot.triggers.find((one) => one.Name === before?.TriggerName);
    const {
      JobName: _j,
      CrawlerName: _c,
      Arguments,
      ...overrides
    } = trigger?.Actions.find((action) => action.JobName === job) ?? {};
    const started = this.#jobs.startByTrigger({
      jobName: job,
      arguments: Arguments,
      overrides,
      triggerName: before?.TriggerName,
      workflow: { name: old.Name, runId: id },
      predecessors: before?.PredecessorRuns?.map((run) => ({ JobName: run.JobName ?? "", RunId: run.RunId ?? "" })),
    });
    this.#attach(id, [started.Id]);
    return started;
  }
}

type Ended = JobRunRecord | CrawlRecord;
const isEnd = (one: Ended): boolean => "CrawlState" in one || !isActive(one.JobRunState);

const reaches = (snapshot: GraphSnapshot, from: string, to: string): boolean =>
  downstreamOf(snapshot.triggers, [from]).jobs.has(to);
