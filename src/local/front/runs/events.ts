import type { JobRunRecord } from "../glue/state.ts";

const END: Record<string, { severity: string; message: string }> = {
  SUCCEEDED: { severity: "INFO", message: "Job run succeeded" },
  FAILED: { severity: "ERROR", message: "Job run failed" },
  TIMEOUT: { severity: "WARN", message: "Job run timed out" },
  STOPPED: { severity: "INFO", message: "Job run stopped" },
};

export type GlueEvent = [detailType: string, detail: object];

/** The event that a run came to its end. Source: "Automating AWS Glue with CloudWatch Events". */
export function stateChange(run: JobRunRecord): GlueEvent {
  const { severity, message } = END[run.JobRunState] ?? { severity: "ERROR", message: "Job run failed" };
  const detail = {
    jobName: run.JobName,
    severity,
    state: run.JobRunState,
    jobRunId: run.Id,
    message: run.ErrorMessage ?? message,
  };
  return ["Glue Job State Change", detail];
}

/** The event that a run is still under way after its NotifyDelayAfter (minutes). */
export function runIsLate(run: JobRunRecord, minutes: number): GlueEvent {
  const detail = {
    jobName: run.JobName,
    severity: "INFO",
    notificationCondition: { NotifyDelayAfter: minutes },
    state: run.JobRunState,
    jobRunId: run.Id,
    message: `Job is in ${run.JobRunState} state`,
    startedOn: new Date(run.StartedOn * 1000).toISOString(),
  };
  return ["Glue Job Run Status", detail];
}
