import type { JobRun, WorkflowRun } from "@aws-sdk/client-glue";
import { qualityOf } from "../quality/said.ts";

export type Verdict = "succeeded" | "failed" | "stopped" | "timeout";

/** One job of a run as the graph shows it now. */
export interface JobView {
  /** The config's key, or the name in AWS for a job that the config does not know. */
  readonly key: string;
  readonly name: string;
  /** AWS's word; `NOT_RUN` while (or if) it never started. */
  readonly state: string;
  /** 0 for the first attempt, as in Glue. */
  readonly attempt: number;
  readonly seconds: number;
  readonly runId?: string;
  readonly error?: string;
  /** DPU-seconds that it was billed for, as far as Glue says. */
  readonly dpuSeconds: number;
  /** What Glue says of its log group. */
  readonly logGroup?: string;
}

/** Job states that no longer change by themselves. */
const OVER = new Set(["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"]);
export const isOver = (state: string): boolean => OVER.has(state);
export const isRunOn = (status: string | undefined): boolean => status === "RUNNING" || status === "STOPPING";

const started = (run: JobRun): number => run.StartedOn?.getTime() ?? 0;

/** The run that counts: a retry follows its first attempt, a resumed node its earlier run. */
function latest(runs: readonly JobRun[] | undefined): JobRun | undefined {
  return (runs ?? []).reduce<JobRun | undefined>((best, run) => {
    if (!best) return run;
    const byTime = run.StartedOn && best.StartedOn ? started(run) - started(best) : 0;
    return (byTime || (run.Attempt ?? 0) - (best.Attempt ?? 0)) >= 0 ? run : best;
  }, undefined);
}

/** Seconds that a job run took: Glue's own figure once it is over, the clock's until then. */
function secondsOf(run: JobRun, now: number): number {
  if (run.ExecutionTime) return run.ExecutionTime;
  if (!run.StartedOn) return 0;
  const end = run.CompletedOn?.getTime() ?? (isOver(run.JobRunState ?? "") ? started(run) : now);
  return Math.max(0, Math.round((end - started(run)) / 1000));
}

const DPU: Readonly<Record<string, number>> = {
  Standard: 1,
  "G.025X": 0.25,
  "G.1X": 1,
  "G.2X": 2,
  "G.4X": 4,
  "G.8X": 8,
  "G.12X": 12,
  "G.16X": 16,
};

/** Billed DPU-seconds: Glue says them for auto scaling, else capacity times time with the minute that Glue bills at least. */
function dpuSecondsOf(run: JobRun): number {
  if (run.DPUSeconds !== undefined) return run.DPUSeconds;
  const capacity = run.MaxCapacity ?? (run.NumberOfWorkers ?? 0) * (DPU[run.WorkerType ?? ""] ?? 1);
  const seconds = run.ExecutionTime ?? 0;
  return seconds > 0 ? capacity * Math.max(60, seconds) : 0;
}

function viewOf(key: string, name: string, runs: readonly JobRun[] | undefined, now: number): JobView {
  const run = latest(runs);
  if (!run) return { key, name, state: "NOT_RUN", attempt: 0, seconds: 0, dpuSeconds: 0 };
  return {
    key,
    name,
    state: run.JobRunState ?? "NOT_RUN",
    attempt: run.Attempt ?? 0,
    seconds: secondsOf(run, now),
    ...(run.Id ? { runId: run.Id } : {}),
    ...(run.ErrorMessage ? { error: run.ErrorMessage } : {}),
    // Every attempt is billed, not only the one that counts.
    dpuSeconds: (runs ?? []).reduce((sum, each) => sum + dpuSecondsOf(each), 0),
    ...(run.LogGroupName ? { logGroup: run.LogGroupName } : {}),
  };
}

/** The jobs of a run: the declared ones in their order, then what else the graph holds. `jobs` maps key to name. */
export function jobsOf(run: WorkflowRun, jobs: Readonly<Record<string, string>>, now: number): JobView[] {
  const nodes = new Map(
    (run.Graph?.Nodes ?? []).filter((node) => node.Type === "JOB").map((node) => [node.Name ?? "", node]),
  );
  const declared = Object.entries(jobs).map(([key, name]) =>
    viewOf(key, name, nodes.get(name)?.JobDetails?.JobRuns, now),
  );
  const known = new Set(Object.values(jobs));
  const others = [...nodes].filter(([name]) => !known.has(name));
  return [...declared, ...others.map(([name, node]) => viewOf(name, name, node.JobDetails?.JobRuns, now))];
}

/** Jobs that do not let a run count as succeeded. */
export const badJobs = (views: readonly JobView[]): JobView[] => views.filter((view) => view.state !== "SUCCEEDED");

/**
 * How the jobs of a run that is over went. COMPLETED is also what Glue says after a failure, so the graph decides: every job's latest
 * run must have succeeded, and a job that never ran has not.
 */
export function jobsVerdict(run: WorkflowRun, views: readonly JobView[]): Verdict {
  if (run.Status === "STOPPED") return "stopped";
  return run.Status === "COMPLETED" && views.length > 0 && badJobs(views).length === 0 ? "succeeded" : "failed";
}

/** How a run that is over went: as its jobs did, and `failed` where a quality check of level error did. */
export const verdictOf = (run: WorkflowRun, views: readonly JobView[]): Verdict =>
  becauseOf(run, views) === null ? jobsVerdict(run, views) : "failed";

/** Whether the jobs of a run did their work, whatever the data is like: another run would find the same. */
export const worked = ({ verdict, because }: { readonly verdict: Verdict; readonly because?: "quality" }): boolean =>
  verdict === "succeeded" || because === "quality";

/** Why a run has failed all of whose jobs succeeded: what it has written stands. */
export const becauseOf = (run: WorkflowRun, views: readonly JobView[]): "quality" | null =>
  jobsVerdict(run, views) === "succeeded" && (qualityOf(run)?.errors ?? 0) > 0 ? "quality" : null;
