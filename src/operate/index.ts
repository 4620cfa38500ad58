/** What the command line does that is not a declaration. Long operations are async generators of typed events. */
export { OperateProblem } from "./problem.ts";
export { ingest } from "./ingest.ts";
export type * from "./ingest-events.ts";
export { runWorkflow, followRun } from "./workflow-run.ts";
export { resumeWorkflow, type ResumeEvent, type ResumePlan } from "./resume.ts";
export type * from "./run-events.ts";
export type { Verdict, JobView } from "./graph.ts";
export type { Reconnecting } from "./pace.ts";
export type { LogLine } from "./logs.ts";
export { listRuns, showRun, stop as stopWorkflowRun, type RunDetail, type RunRow, type RunsOptions } from "./runs.ts";
export { type LogHead, type LogsOptions, runLogs } from "./run-logs.ts";
export { listFiles, showFile, ledgerStats, type LedgerFilter, type LedgerStats, type ScanCost } from "./ledger.ts";
export type { FileStatus, LedgerDetail, LedgerRow, LedgerTarget } from "./ledger-item.ts";
export {
  GOLD_TABLES,
  MEASURES,
  readMeasures,
  type GoldTarget,
  type MeasureFilter,
  type MeasureRow,
  type Measures,
} from "./measures.ts";
export { release, reprocess, reprocessFiles, retry, type ChangeEvent, type ChangeOptions } from "./ledger-change.ts";
export { skip, type SkipOptions } from "./ledger-skip.ts";
export { exportFiles } from "./ledger-export.ts";
export { backfill, type BackfillEvent, type BackfillTarget } from "./backfill.ts";
export type { Layers } from "./audit-layers.ts";
export { audit, type AuditEvent, type AuditFinding, type AuditFinished } from "./audit.ts";
export { settle } from "./settle.ts";
export { readHudiTable, type HudiTable, type TableRow } from "./hudi/read.ts";
export { costOf, type Cost } from "./cost.ts";
export { HINTS, type Hint } from "./hints.ts";
export { whereIs, type InTable, type Where, type WhereGeneration, type WhereTarget } from "./where.ts";
export { listQuarantine, quarantinedFiles, type QuarantineFilter, type QuarantineRow } from "./quarantine.ts";
export { doctor, type Check, type Wiring } from "./doctor/index.ts";
export { networkChecks } from "./doctor/place.ts";
export { canary, type CanaryTarget, type Hop } from "./doctor/canary.ts";
export { testAlerts, type AlertCover, type AlertsEvent, type AlertsFinished } from "./alerts.ts";
