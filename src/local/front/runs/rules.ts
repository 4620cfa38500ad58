/** The trigger rules of a workflow run as pure functions: no clock, no store, no runner. */
import type * as Sdk from "@aws-sdk/client-glue";
import type { CrawlRecord, JobRunRecord, TriggerDef } from "../glue/state.ts";
import type { Wire } from "../wire.ts";

export type RunState = JobRunRecord["JobRunState"];
export type RunView = Pick<JobRunRecord, "Id" | "JobName" | "JobRunState" | "chain" | "Attempt">;

const ACTIVE = new Set<string>(["WAITING", "STARTING", "RUNNING", "STOPPING"]);
/** Still under way: it holds its workflow run open. */
export const isActive = (state: RunState | undefined): boolean => ACTIVE.has(state ?? "");
/** Occupies one of the job's MaxConcurrentRuns; a WAITING run does not. */
export const occupiesSlot = (state: RunState): boolean => isActive(state) && state !== "WAITING";

/** The last attempt of each start, oldest start first: what counts is how the attempts came out. */
export function latestAttempts<T extends RunView>(runs: readonly T[]): T[] {
  const byChain = new Map<string, T>();
  for (const run of runs) {
    const seen = byChain.get(run.chain);
    if (!seen || seen.Attempt <= run.Attempt) byChain.set(run.chain, run);
  }
  return [...byChain.values()];
}

export interface Fire {
  readonly trigger: TriggerDef;
  /** The runs that met its conditions. */
  readonly predecessors: { JobName: string; RunId: string }[];
}

/**
 * Which triggers of the snapshot fire because `ended` came to its end: CONDITIONAL and ACTIVATED ones that watch its job
 * for the state it has, that have not fired in this run, and whose other conditions hold too (unless ANY).
 */
export function triggersToFire(
  triggers: readonly TriggerDef[],
  fired: readonly string[],
  runs: readonly RunView[],
  ended: RunView | CrawlRecord,
  crawls: readonly CrawlRecord[] = [],
): Fire[] {
  const final = latestAttempts(runs).filter((run) => !isActive(run.JobRunState));
  const meets = (condition: Wire<Sdk.Condition>): RunView | CrawlRecord | undefined =>
    condition.CrawlerName === undefined
      ? final.findLast((run) => run.JobName === condition.JobName && run.JobRunState === condition.State)
      : crawls.findLast((one) => one.CrawlerName === condition.CrawlerName && one.CrawlState === condition.CrawlState);
  const fires: Fire[] = [];
  for (const trigger of triggers) {
    if (trigger.Type !== "CONDITIONAL" || trigger.State !== "ACTIVATED" || fired.includes(trigger.Name)) continue;
    const conditions = trigger.Predicate?.Conditions ?? [];
    if (!conditions.some((condition) => watches(condition, ended))) continue;
    const met = conditions.map(meets);
    const enough = trigger.Predicate?.Logical === "ANY" ? met.some((run) => run) : met.every((run) => run);
    if (!enough) continue;
    const unique = new Map(
      met.flatMap((run) => (run && "Id" in run ? [[run.Id, { JobName: run.JobName, RunId: run.Id }] as const] : [])),
    );
    fires.push({ trigger, predecessors: [...unique.values()] });
  }
  return fires;
}

/** Whether a condition waits for just this end. */
const watches = (condition: Wire<Sdk.Condition>, ended: RunView | CrawlRecord): boolean =>
  "CrawlState" in ended
    ? condition.CrawlerName === ended.CrawlerName && condition.CrawlState === ended.CrawlState
    : condition.JobName === ended.JobName && condition.State === ended.JobRunState;

export interface Statistics {
  readonly TotalActions: number;
  readonly TimeoutActions: number;
  readonly FailedActions: number;
  readonly StoppedActions: number;
  readonly SucceededActions: number;
  readonly RunningActions: number;
  readonly ErroredActions: number;
  readonly WaitingActions: number;
}

const COUNTER: Record<string, keyof Statistics> = {
  TIMEOUT: "TimeoutActions",
  FAILED: "FailedActions",
  STOPPED: "StoppedActions",
  SUCCEEDED: "SucceededActions",
  STARTING: "RunningActions",
  RUNNING: "RunningActions",
  STOPPING: "RunningActions",
  ERROR: "ErroredActions",
  WAITING: "WaitingActions",
};

/** Actions that never ran are in the total alone. */
export function statisticsOf(
  triggers: readonly TriggerDef[],
  runs: readonly RunView[],
  crawls: readonly CrawlRecord[] = [],
): Statistics {
  const starts = latestAttempts(runs);
  const count = (counter: keyof Statistics): number =>
    starts.filter(({ JobRunState }) => COUNTER[JobRunState] === counter).length;
  return {
    TotalActions: Math.max(
      triggers.reduce((sum, trigger) => sum + trigger.Actions.length, 0),
      starts.length + crawls.length,
    ),
    TimeoutActions: count("TimeoutActions"),
    FailedActions: crawls.length + count("FailedActions"),
    StoppedActions: count("StoppedActions"),
    SucceededActions: count("SucceededActions"),
    RunningActions: count("RunningActions"),
    ErroredActions: count("ErroredActions"),
    WaitingActions: count("WaitingActions"),
  };
}

export interface Reach {
  readonly jobs: Set<string>;
  readonly triggers: Set<string>;
}

/** The named jobs and everything after them: the part of a run that a resume does again. */
export function downstreamOf(triggers: readonly TriggerDef[], jobs: Iterable<string>): Reach {
  const reach: Reach = { jobs: new Set(), triggers: new Set() };
  const queue = [...jobs];
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
    if (reach.jobs.has(job)) continue;
    reach.jobs.add(job);
    for (const trigger of triggers) {
      if (!trigger.Predicate?.Conditions?.some((condition) => condition.JobName === job)) continue;
      reach.triggers.add(trigger.Name);
      queue.push(...trigger.Actions.flatMap((action) => action.JobName ?? []));
    }
  }
  return reach;
}
