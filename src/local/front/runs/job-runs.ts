import type { GlueState, JobRunRecord } from "../glue/state.ts";
import { nowOf } from "../glue/state.ts";
import { notFound, tooManyRuns } from "../errors.ts";
import type { FrontOptions, JobOutcome, JobProcess } from "../types.ts";
import { LogSink } from "./log-sink.ts";
import type { Outbox } from "./outbox.ts";
import { runIsLate, stateChange } from "./events.ts";
import { attemptId, ended, launchOf, newRecord, retryRecord, roleArn, type StartRequest } from "./records.ts";
import { isActive, occupiesSlot } from "./rules.ts";

export interface JobRunsOptions extends Pick<FrontOptions, "runner" | "putLogs" | "log"> {
  state: GlueState;
  outbox: Outbox;
  /** Why a role cannot be used by a run, if so. AWS finds out when the run starts, not when the job is made. */
  roleProblem?(arn: string): Promise<string | undefined>;
  /** A start came to its end for good (no retry follows). Called in the transaction that ends it. */
  onEnd(run: JobRunRecord): void;
  /** A retry took the place of a failed attempt. Called in the same transaction. */
  onRetry(run: JobRunRecord): void;
}

interface Live {
  process?: JobProcess;
  /** Somebody wants it to end. */
  stopping?: "STOPPED" | "TIMEOUT";
  timer: AbortController;
  settled: Promise<void>;
}

/** Runs of single jobs: states, limits, queue, timeouts, retries, logs, events. Knows workflows only by a name to hand on. */
export class JobRuns {
  private readonly o: JobRunsOptions;
  private readonly live = new Map<string, Live>();
  private toLaunch: string[] = [];
  private depth = 0;
  private closing = false;

  constructor(o: JobRunsOptions) {
    this.o = o;
  }

  /** A transaction after which the runs that it made are launched and its events sent. */
  commit<R>(body: () => R): R {
    this.depth += 1;
    try {
      return this.o.state.store.transact(body);
    } catch (error) {
      if (this.depth === 1) this.toLaunch = [];
      throw error;
    } finally {
      this.depth -= 1;
      if (this.depth === 0) this.launchAll();
    }
  }

  /** StartJobRun: refuses what AWS refuses. */
  startByCall(request: StartRequest): JobRunRecord {
    const { state } = this.o;
    const job = state.jobs.get(request.jobName);
    if (!job) throw notFound(`Failed to start job run due to missing metadata: job ${request.jobName} not found.`);
    return this.commit(() => {
      const run = newRecord(state, request, job);
      if (!this.full(request.jobName)) return this.admit(run);
      if (!run.JobRunQueuingEnabled) throw tooManyRuns(request.jobName);
      return this.queue(run);
    });
  }

  /** A trigger's action never throws: a deleted job makes a run in ERROR, a full one a run in FAILED. */
  startByTrigger(request: StartRequest): JobRunRecord {
    const { state } = this.o;
    const job = state.jobs.get(request.jobName);
    return this.commit(() => {
      const run = newRecord(state, request, job);
      if (!job) return this.store(ended(state, run, "ERROR", `Job ${request.jobName} not found.`));
      if (!this.full(request.jobName)) return this.admit(run);
      if (run.JobRunQueuingEnabled) return this.queue(run);
      const failed = this.store(ended(state, run, "FAILED", `Concurrent runs exceeded for ${request.jobName}`));
      this.o.outbox.put(...stateChange(failed));
      return failed;
    });
  }

  /** Asks a run to end; false when it has no more to end. Returns before it has ended, as BatchStopJobRun does. */
  stop(id: string): boolean {
    const run = this.o.state.jobRuns.get(id);
    if (!run || !isActive(run.JobRunState)) return false;
    const live = this.live.get(id);
    if (!live) {
      this.finish(run, { state: "STOPPED" });
      return true;
    }
    if (live.stopping) return true;
    live.stopping = "STOPPED";
    this.store({ ...run, JobRunState: "STOPPING", LastModifiedOn: nowOf(this.o.state) });
    this.end(live, "STOPPED");
    return true;
  }

  /** What a dead front left under way did not survive it. */
  recover(): JobRunRecord[] {
    const left = [...this.o.state.jobRuns.values()].filter((run) => isActive(run.JobRunState));
    return left.map((run) => {
      const failed = this.store(
        ended(this.o.state, run, "FAILED", "The embedded AWS ended while the job was running."),
      );
      this.o.outbox.put(...stateChange(failed));
      return failed;
    });
  }

  /** Ends every script and leaves the records as they are: the next start calls them FAILED. */
  async close(): Promise<void> {
    this.closing = true;
    const all = [...this.live.values()];
    for (const live of all) live.timer.abort();
    for (const live of all) this.end(live, "STOPPED");
    await Promise.all(all.map((live) => live.settled));
  }

  /** Resolves when no run is under way any more. */
  async idle(): Promise<void> {
    while (this.live.size > 0) await Promise.all([...this.live.values()].map((live) => live.settled));
  }

  private full(jobName: string): boolean {
    const most = this.o.state.jobs.get(jobName)?.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    let busy = 0;
    for (const run of this.o.state.jobRuns.values())
      if (run.JobName === jobName && occupiesSlot(run.JobRunState)) busy += 1;
    return busy >= most;
  }

  private store(run: JobRunRecord): JobRunRecord {
    this.o.state.jobRuns.set(run.Id, run);
    return run;
  }

  private admit(run: JobRunRecord): JobRunRecord {
    this.toLaunch.push(run.Id);
    return this.store({ ...run, JobRunState: "STARTING" });
  }

  private queue(run: JobRunRecord): JobRunRecord {
    return this.store({
      ...run,
      JobRunState: "WAITING",
      StateDetail: "Waiting for a concurrent run of the job to end.",
    });
  }

  private launchAll(): void {
    const ids = this.toLaunch;
    this.toLaunch = [];
    for (const id of ids) {
      const live: Live = { timer: new AbortController(), settled: Promise.resolve() };
      this.live.set(id, live);
      live.settled = this.execute(id, live)
        .catch((error: unknown) =>
          this.o.log(`job run ${id}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`),
        )
        .finally(() => this.live.delete(id));
    }
    this.o.outbox.pump();
  }

  private async execute(id: string, live: Live): Promise<void> {
    const { state } = this.o;
    const sink = new LogSink(state.clock, (stream, lines) => this.send(id, stream, lines));
    const outcome = await this.outcomeOf(id, live, sink);
    live.timer.abort();
    await sink.end();
    if (this.closing) return;
    const run = state.jobRuns.get(id);
    if (run && isActive(run.JobRunState)) this.finish(run, verdict(outcome, live.stopping));
  }

  private async outcomeOf(id: string, live: Live, sink: LogSink): Promise<JobOutcome> {
    const { state, runner } = this.o;
    const run = state.jobRuns.get(id);
    const job = run && state.jobs.get(run.JobName);
    if (!run || !job) return { state: "FAILED", errorMessage: `Job ${run?.JobName ?? ""} not found.` };
    const problem = await this.o.roleProblem?.(roleArn(state, job.Role));
    if (problem)
      return {
        state: "FAILED",
        errorMessage: `JobName:${run.JobName} and JobRunId:${id} failed to execute with exception ${problem}`,
      };
    if (live.stopping || this.closing) return { state: "STOPPED" };
    try {
      live.process = runner.start(launchOf(state, job, run, (stream, line) => sink.line(stream, line)));
    } catch (error) {
      return { state: "FAILED", errorMessage: `The script could not be started: ${String(error)}` };
    }
    const now = nowOf(state);
    this.store({ ...run, JobRunState: "RUNNING", LastModifiedOn: now, runningSince: now });
    this.watchTime(run, live);
    return live.process.done.catch((error: unknown) => ({
      state: "FAILED",
      errorMessage: `The runner lost the script: ${String(error)}`,
    }));
  }

  private end(live: Live, reason: "STOPPED" | "TIMEOUT"): void {
    live.process?.stop(reason).catch((error: unknown) => this.o.log(`a script could not be stopped: ${String(error)}`));
  }

  private watchTime(run: JobRunRecord, live: Live): void {
    const { clock } = this.o.state;
    const after = (minutes: number, then: () => void): void => {
      clock.sleep(minutes * 60_000, live.timer.signal).then(then, () => undefined);
    };
    after(run.Timeout ?? 2880, () => {
      if (live.stopping) return;
      live.stopping = "TIMEOUT";
      this.end(live, "TIMEOUT");
    });
    const delay = run.NotificationProperty?.NotifyDelayAfter;
    if (!delay) return;
    after(delay, () => {
      const late = this.o.state.jobRuns.get(run.Id);
      if (late && isActive(late.JobRunState)) this.commit(() => this.o.outbox.put(...runIsLate(late, delay)));
    });
  }

  private async send(
    id: string,
    stream: "output" | "error",
    lines: { timestamp: number; message: string }[],
  ): Promise<void> {
    const group = `${this.o.state.jobRuns.get(id)?.LogGroupName ?? "/aws-glue/jobs"}/${stream}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.o.putLogs(group, id, lines);
        return;
      } catch (error) {
        this.o.log(`logs of ${id} not taken (${attempt} of 3): ${String(error)}`);
        if (attempt === 3) return;
        await this.o.state.clock.sleep(200 * attempt);
      }
    }
  }

  /** End, retry, successors and the next in the queue: one transaction, so that nobody sees half of it. */
  private finish(run: JobRunRecord, outcome: JobOutcome): void {
    const { state } = this.o;
    this.commit(() => {
      const done = this.store(ended(state, run, outcome.state, outcome.errorMessage));
      this.o.outbox.put(...stateChange(done));
      if (this.mayRetry(done)) {
        const retry = this.admit(retryRecord(state, done));
        this.o.onRetry(retry);
      } else this.o.onEnd(done);
      this.admitWaiting(run.JobName);
    });
  }

  /** A job that fails or runs out of time is started again up to MaxRetries times; one that was stopped is not. */
  private mayRetry(run: JobRunRecord): boolean {
    const job = this.o.state.jobs.get(run.JobName);
    const failed = run.JobRunState === "FAILED" || run.JobRunState === "TIMEOUT";
    const workflow = run.workflowRunId && this.o.state.workflowRuns.get(run.workflowRunId);
    const wanted = !workflow || workflow.Status === "RUNNING";
    return (
      failed &&
      wanted &&
      job !== undefined &&
      run.Attempt < (job.MaxRetries ?? 0) &&
      attemptId(run.chain, run.Attempt) === run.Id
    );
  }

  private admitWaiting(jobName: string): void {
    const waiting = [...this.o.state.jobRuns.values()]
      .filter((run) => run.JobName === jobName && run.JobRunState === "WAITING")
      .sort((a, b) => a.StartedOn - b.StartedOn);
    for (const run of waiting) {
      if (this.full(jobName)) return;
      const { StateDetail: _s, ...next } = run;
      this.admit({ ...next, LastModifiedOn: nowOf(this.o.state) });
    }
  }
}

/** A script that had already succeeded when the wish to stop it came did succeed. */
function verdict(outcome: JobOutcome, wanted: "STOPPED" | "TIMEOUT" | undefined): JobOutcome {
  if (!wanted || outcome.state === "SUCCEEDED") return outcome;
  return {
    state: wanted,
    ...(wanted === "TIMEOUT" ? { errorMessage: outcome.errorMessage ?? "Job run timed out" } : {}),
  };
}
