import { randomBytes } from "node:crypto";
import { partitionOf } from "../../../aws/arn.ts";
import type * as Sdk from "@aws-sdk/client-glue";
import type { GlueState, JobDef, JobRunRecord } from "../glue/state.ts";
import { nowOf } from "../glue/state.ts";
import type { JobLaunch } from "../types.ts";
import type { Wire } from "../wire.ts";
import { isActive } from "./rules.ts";

/** One start of a job, by a call or by a trigger's action. */
export interface StartRequest {
  readonly jobName: string;
  /** Of the call or of the trigger's action. */
  readonly arguments?: Record<string, string> | undefined;
  readonly overrides?: Partial<Omit<Wire<Sdk.StartJobRunRequest>, "JobName" | "Arguments">>;
  readonly triggerName?: string | undefined;
  readonly workflow?: { name: string; runId: string } | undefined;
  readonly predecessors?: { JobName: string; RunId: string }[] | undefined;
}

/** `jr_` or `wr_` and 64 hex digits. */
export const newRunId = (prefix: "jr" | "wr"): string => `${prefix}_${randomBytes(32).toString("hex")}`;

/** Attempts after the first keep its id and append their number. */
export const attemptId = (chain: string, attempt: number): string =>
  attempt === 0 ? chain : `${chain}_attempt_${attempt}`;

/** A fresh run of a job as it is defined now, in state STARTING. */
export function newRecord(state: GlueState, request: StartRequest, job: JobDef | undefined): JobRunRecord {
  const now = nowOf(state);
  const chain = newRunId("jr");
  const own = request.overrides ?? {};
  const inWorkflow = request.workflow && {
    "--WORKFLOW_NAME": request.workflow.name,
    "--WORKFLOW_RUN_ID": request.workflow.runId,
  };
  const otherWorkers =
    own.WorkerType !== undefined || own.NumberOfWorkers !== undefined || own.MaxCapacity !== undefined;
  return {
    Id: chain,
    chain,
    Attempt: 0,
    PreviousRunId: own.JobRunId,
    TriggerName: request.triggerName,
    JobName: request.jobName,
    JobMode: job?.JobMode,
    JobRunQueuingEnabled: own.JobRunQueuingEnabled ?? job?.JobRunQueuingEnabled ?? false,
    StartedOn: now,
    LastModifiedOn: now,
    JobRunState: "STARTING",
    Arguments: { ...request.arguments, ...inWorkflow },
    PredecessorRuns: request.predecessors ?? [],
    AllocatedCapacity: otherWorkers ? own.NumberOfWorkers : job?.AllocatedCapacity,
    MaxCapacity: otherWorkers ? (own.MaxCapacity ?? own.NumberOfWorkers) : job?.MaxCapacity,
    ExecutionTime: 0,
    Timeout: own.Timeout ?? job?.Timeout,
    WorkerType: own.WorkerType ?? job?.WorkerType,
    NumberOfWorkers: own.NumberOfWorkers ?? job?.NumberOfWorkers,
    SecurityConfiguration: own.SecurityConfiguration ?? job?.SecurityConfiguration,
    LogGroupName:
      job?.Command.Name === "pythonshell" ? SHELL_LOGS : logGroupOf({ ...job?.DefaultArguments, ...request.arguments }),
    NotificationProperty: own.NotificationProperty ?? job?.NotificationProperty,
    GlueVersion: job?.GlueVersion,
    ExecutionClass: own.ExecutionClass ?? job?.ExecutionClass,
    workflowName: request.workflow?.name,
    workflowRunId: request.workflow?.runId,
  };
}

/** The next attempt of a run that failed. */
export function retryRecord(state: GlueState, failed: JobRunRecord): JobRunRecord {
  const now = nowOf(state);
  const { CompletedOn: _c, ErrorMessage: _e, runningSince: _r, ...same } = failed;
  const attempt = failed.Attempt + 1;
  return {
    ...same,
    Id: attemptId(failed.chain, attempt),
    Attempt: attempt,
    PreviousRunId: failed.Id,
    StartedOn: now,
    LastModifiedOn: now,
    JobRunState: "STARTING",
    ExecutionTime: 0,
  };
}

/** The run at its end. */
export function ended(
  state: GlueState,
  run: JobRunRecord,
  to: JobRunRecord["JobRunState"],
  message?: string,
): JobRunRecord {
  const now = nowOf(state);
  return {
    ...run,
    JobRunState: to,
    CompletedOn: now,
    LastModifiedOn: now,
    ExecutionTime: run.runningSince === undefined ? 0 : Math.max(0, Math.round(now - run.runningSince)),
    ...(message === undefined ? {} : { ErrorMessage: message }),
  };
}

/** Python shell jobs have groups of their own, and no argument that names others. */
const SHELL_LOGS = "/aws-glue/python-jobs";

/** `/aws-glue/jobs`, or the prefix that Glue 5.0's own argument names; `/output` and `/error` lie under it. */
export const logGroupOf = (given: Record<string, string>): string =>
  given["--custom-logGroup-prefix"] ?? "/aws-glue/jobs";

/** Defaults < trigger action or call < NonOverridable, then what Glue itself adds. */
export function launchArguments(job: JobDef, run: JobRunRecord): Record<string, string> {
  return {
    ...job.DefaultArguments,
    ...run.Arguments,
    ...job.NonOverridableArguments,
    "--JOB_NAME": run.JobName,
    "--JOB_RUN_ID": run.Id,
  };
}

/** What the runner gets; the job is read live, as Glue does. */
export function launchOf(state: GlueState, job: JobDef, run: JobRunRecord, onLine: JobLaunch["onLine"]): JobLaunch {
  return {
    jobName: run.JobName,
    jobRunId: run.Id,
    attempt: run.Attempt,
    scriptLocation: job.Command.ScriptLocation ?? "",
    arguments: launchArguments(job, run),
    roleArn: roleArn(state, job.Role),
    glueVersion: job.GlueVersion ?? "",
    commandName: job.Command.Name ?? "glueetl",
    timeoutMinutes: run.Timeout ?? job.Timeout ?? 2880,
    onLine,
  };
}

export const roleArn = (state: GlueState, role: string): string =>
  role.startsWith("arn:") ? role : `arn:${partitionOf(state.region)}:iam::${state.account}:role/${role}`;

/** A run as Glue's API shows it. */
export function shownRun(state: GlueState, run: JobRunRecord): object {
  const { chain: _c, workflowName: _n, workflowRunId: _w, runningSince, ...shown } = run;
  const ticking = isActive(run.JobRunState) && runningSince !== undefined;
  return ticking ? { ...shown, ExecutionTime: Math.max(0, Math.round(nowOf(state) - runningSince)) } : shown;
}
