import type { GlueState, JobRunRecord } from "../glue/state.ts";
import { nowOf } from "../glue/state.ts";
import { notFound, tooManyRuns } from "../errors.ts";
import type { FrontOptions, JobOutcome } from "../types.ts";
import { Live } from "./live.ts";
import { LogSink } from "./log-sink.ts";
import type { Outbox } from "./outbox.ts";
import { runIsLate, stateChange } from "./events.ts";
import { attemptId, ended, launchOf, newRecord, retryRecord, roleArn, type StartRequest } from "./records.ts";
import { isActive, occupiesSlot } from "./rules.ts";

export interface JobRunsOptions extends Pick<FrontOptions, "runner" | "putLogs" | "log"> {
  readonly state: GlueState;
  readonly outbox: Outbox;
  /** Why a role cannot be used by a run, if so. AWS finds out when the run starts, not when the job is made. */
  roleProblem?(arn: string): Promise<string | undefined>;
  /** A start came to its end for good (no retry follows). Called in the transaction that ends it. */
  onEnd(run: JobRunRecord): void;
  /** A retry took the place of a failed attempt. Called in the same transaction. */
  onRetry(run: JobRunRecord): void;
}

/** Runs of single jobs: states, limits, queue, timeouts, retries, logs, events. Knows workflows only by a name to hand on. */
export class JobRuns {
  readonly #options: JobRunsOptions;
  readonly #live = new Map<string, Live>();
  #toLaunch: string[] = [];
  #depth = 0;
  #closing = false;

  constructor(options: JobRunsOptions) {
    this.#options = options;
  }

  /** A transaction after which the runs that it made are launched and its events sent. */
  commit<R>(body: () => R): R {
    this.#depth += 1;
    try {
      return this.#options.state.store.transact(body);
    } catch (error) {
      if (this.#depth === 1) this.#toLaunch = [];
      throw error;
    } finally {
      this.#depth -= 1;
      if (this.#depth === 0) this.#launchAll();
    }
  }

  /** StartJobRun: refuses what AWS refuses. */
  startByCall(request: StartRequest): JobRunRecord {
    const { state } = this.#options;
    const job = state.jobs.get(request.jobName);
    if (!job) throw notFound(`Failed to start job run due to missing metadata: job ${request.jobName} not found.`);
    return this.commit(() => {
      const run = newRecord(state, request, job);
      if (!this.#full(request.jobName)) return this.#admit(run);
      if (!run.JobRunQueuingEnabled) throw tooManyRuns(request.jobName);
      return this.#queue(run);
    });
  }

  /** A trigger's action never throws: a deleted job makes a run in ERROR, a full one a run in FAILED. */
  startByTrigger(request: StartRequest): JobRunRecord {
    const { state } = this.#options;
    const job = state.jobs.get(request.jobName);
    return this.commit(() => {
      const run = newRecord(state, request, job);
      if (!job) return this.#store(ended(state, run, "ERROR", `Job ${request.jobName} not found.`));
      if (!this.#full(request.jobName)) return this.#admit(run);
      if (run.JobRunQueuingEnabled) return this.#queue(run);
      const failed = this.#store(ended(state, run, "FAILED", `Concurrent runs exceeded for ${request.jobName}`));
      this.#options.outbox.put(...stateChange(failed));
      return failed;
    });
  }

  /** Asks a run to end; false when it has no more to end. Returns before it has ended, as BatchStopJobRun does. */
  stop(id: string): boolean {
    const run = this.#options.state.jobRuns.get(id);
    if (!run || !isActive(run.JobRunState)) return false;
    const live = this.#live.get(id);
    if (!live) {
      this.#finish(run, { state: "STOPPED" });
      return true;
    }
    if (!live.wish("STOPPED")) return true;
    this.#store({ ...run, JobRunState: "STOPPING", LastModifiedOn: nowOf(this.#options.state) });
    this.#end(live, "STOPPED");
    return true;
  }

  /** What a dead front left under way did not survive it. */
  recover(): JobRunRecord[] {
    const left = [...this.#options.state.jobRuns.values()].filter((run) => isActive(run.JobRunState));
    return left.map((run) => {
      const failed = this.#store(
        ended(this.#options.state, run, "FAILED", "The embedded AWS ended while the job was running."),
      );
      this.#options.outbox.put(...stateChange(failed));
      return failed;
    });
  }

  /** Ends every script and leaves the records as they are: the next start calls them FAILED. */
  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#live.values()];
    for (const live of all) live.timer.abort();
    for (const live of all) this.#end(live, "STOPPED");
    await Promise.all(all.map((live) => live.settled));
  }

  /** Resolves when no run is under way any more. */
  async idle(): Promise<void> {
    while (this.#live.size > 0) await Promise.all([...this.#live.values()].map((live) => live.settled));
  }

  #full(jobName: string): boolean {
    const most = this.#options.state.jobs.get(jobName)?.ExecutionProperty?.MaxConcurrentRuns ?? 1;
    let busy = 0;
    for (const run of this.#options.state.jobRuns.values())
      if (run.JobName === jobName && occupiesSlot(run.JobRunState)) busy += 1;
    return busy >= most;
  }

  #store(run: JobRunRecord): JobRunRecord {
    this.#options.state.jobRuns.set(run.Id, run);
    return run;
  }

  #admit(run: JobRunRecord): JobRunRecord {
    this.#toLaunch.push(run.Id);
    return this.#store({ ...run, JobRunState: "STARTING" });
  }

  #queue(run: JobRunRecord): JobRunRecord {
    return this.#store({
      ...run,
      JobRunState: "WAITING",
      StateDetail: "Waiting for a concurrent run of the job to end.",
    });
  }

  #launchAll(): void {
    const ids = this.#toLaunch;
    this.#toLaunch = [];
    for (const id of ids) {
      const live = new Live();
      this.#live.set(id, live);
      const settled = this.#execute(id, live)
        .catch((error: unknown) =>
          this.#options.log(`job run ${id}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`),
        )
        .finally(() => this.#live.delete(id));
      live.until(settled);
    }
    this.#options.outbox.pump();
  }

  async #execute(id: string, live: Live): Promise<void> {
    const { state } = this.#options;
    const sink = new LogSink(state.clock, (stream, lines) => this.#send(id, stream, lines));
    const outcome = await this.#outcomeOf(id, live, sink);
    live.timer.abort();
    await sink.end();
    if (this.#closing) return;
    const run = state.jobRuns.get(id);
    if (run && isActive(run.JobRunState)) this.#finish(run, verdict(outcome, live.stopping));
  }

  async #outcomeOf(id: string, live: Live, sink: LogSink): Promise<JobOutcome> {
    const { state, runner } = this.#options;
    const run = state.jobRuns.get(id);
    const job = run && state.jobs.get(run.JobName);
    if (!run || !job) return { state: "FAILED", errorMessage: `Job ${run?.JobName ?? ""} not found.` };
    const problem = await this.#options.roleProblem?.(roleArn(state, job.Role));
    if (problem)
      return {
        state: "FAILED",
        errorMessage: `JobName:${run.JobName} and JobRunId:${id} failed to execute with exception ${problem}`,
      };
    if (live.stopping || this.#closing) return { state: "STOPPED" };
    try {
      live.runs(runner.start(launchOf(state, job, run, (stream, line) => sink.line(stream, line))));
    } catch (error) {
      return { state: "FAILED", errorMessage: `The script could not be started: ${String(error)}` };
    }
    const now = nowOf(state);
    this.#store({ ...run, JobRunState: "RUNNING", LastModifiedOn: now, runningSince: now });
    this.#watchTime(run, live);
    return live.done.catch((error: unknown) => ({
      state: "FAILED",
      errorMessage: `The runner lost the script: ${String(error)}`,
    }));
  }

  #end(live: Live, reason: "STOPPED" | "TIMEOUT"): void {
    live.end(reason).catch((error: unknown) => this.#options.log(`a script could not be stopped: ${String(error)}`));
  }

  #watchTime(run: JobRunRecord, live: Live): void {
    const { clock } = this.#options.state;
    const after = (minutes: number, then: () => void): void => {
      clock.sleep(minutes * 60_000, live.timer.signal).then(then, () => undefined);
    };
    after(run.Timeout ?? 2880, () => {
      if (live.wish("TIMEOUT")) this.#end(live, "TIMEOUT");
    });
    const delay = run.NotificationProperty?.NotifyDelayAfter;
    if (!delay) return;
    after(delay, () => {
      const late = this.#options.state.jobRuns.get(run.Id);
      if (late && isActive(late.JobRunState)) this.commit(() => this.#options.outbox.put(...runIsLate(late, delay)));
    });
  }

  async #send(id: string, stream: "output" | "error", lines: { timestamp: number; message: string }[]): Promise<void> {
    const group = `${this.#options.state.jobRuns.get(id)?.LogGroupName ?? "/aws-glue/jobs"}/${stream}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#options.putLogs(group, id, lines);
        return;
      } catch (error) {
        this.#options.log(`logs of ${id} not taken (${attempt} of 3): ${String(error)}`);
        if (attempt === 3) return;
        await this.#options.state.clock.sleep(200 * attempt);
      }
    }
  }

  /** End, retry, successors and the next in the queue: one transaction, so that nobody sees half of it. */
  #finish(run: JobRunRecord, outcome: JobOutcome): void {
    const { state } = this.#options;
    this.commit(() => {
      const done = this.#store(ended(state, run, outcome.state, outcome.errorMessage));
      this.#options.outbox.put(...stateChange(done));
      if (this.#mayRetry(done)) {
        const retry = this.#admit(retryRecord(state, done));
        this.#options.onRetry(retry);
      } else this.#options.onEnd(done);
      this.#admitWaiting(run.JobName);
    });
  }

  /** A job that fails or runs out of time is started again up to MaxRetries times; one that was stopped is not. */
  #mayRetry(run: JobRunRecord): boolean {
    const job = this.#options.state.jobs.get(run.JobName);
    const failed = run.JobRunState === "FAILED" || run.JobRunState === "TIMEOUT";
    const workflow = run.workflowRunId && this.#options.state.workflowRuns.get(run.workflowRunId);
    const wanted = !workflow || workflow.Status === "RUNNING";
    return (
      failed &&
      wanted &&
      job !== undefined &&
      run.Attempt < (job.MaxRetries ?? 0) &&
      attemptId(run.chain, run.Attempt) === run.Id
    );
  }

  #admitWaiting(jobName: string): void {
    const waiting = [...this.#options.state.jobRuns.values()]
      .filter((run) => run.JobName === jobName && run.JobRunState === "WAITING")
      .sort((a, b) => a.StartedOn - b.StartedOn);
    for (const run of waiting) {
      if (this.#full(jobName)) return;
      const { StateDetail: _s, ...next } = run;
      this.#admit({ ...next, LastModifiedOn: nowOf(this.#options.state) });
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
