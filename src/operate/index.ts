/** What the command line does that is not a declaration. Long operations are async generators of typed events. */
export { OperateProblem } from "./problem.ts";
export { ingest } from "./ingest/index.ts";
export type * from "./ingest/events.ts";
export { runWorkflow, followRun } from "./runs/follow.ts";
export { resumeWorkflow, type ResumeEvent, type ResumePlan } from "./runs/resume.ts";
export type * from "./runs/events.ts";
export type { Verdict, JobView } from "./runs/graph.ts";
export type { Reconnecting } from "./pace.ts";
export type { LogLine } from "./runs/log-lines.ts";
export {
  listRuns,
  showRun,
  stop as stopWorkflowRun,
  type RunDetail,
  type RunRow,
  type RunsOptions,
} from "./runs/history.ts";
export { type LogHead, type LogsOptions, runLogs } from "./runs/logs.ts";
export { listFiles, showFile } from "./ledger/read.ts";
export { type Ledger, ledgerOf } from "./ledger/ledger.ts";
export type { Intake, Pipeline } from "./runs/pipeline.ts";
export type { FileStatus, LedgerDetail, LedgerFilter, LedgerRow, LedgerTarget } from "./ledger/item.ts";
export {
  GOLD_TABLES,
  MEASURES,
  readMeasures,
  type GoldTarget,
  type MeasureFilter,
  type Measures,
} from "./measures/read.ts";
export { release, reprocess, reprocessFiles, retry, type ChangeEvent, type ChangeOptions } from "./care/put-back.ts";
export { skip, type SkipOptions } from "./care/skip.ts";
export { exportFiles } from "./ledger/export.ts";
export { backfill, type BackfillEvent } from "./care/backfill.ts";
export type { Layers } from "./audit/layers.ts";
export { audit, type AuditEvent, type AuditFinding, type AuditFinished } from "./audit/index.ts";
export { settle } from "./care/settle.ts";
export { readHudiTable, type HudiTable, type TableRow } from "./hudi/read.ts";
export { costOf, type Cost } from "./runs/cost.ts";
export { HINTS, type Hint } from "./runs/hints.ts";
export { whereIs, type InTable, type Where, type WhereGeneration } from "./where.ts";
export { listQuarantine, quarantinedFiles, type QuarantineFilter, type QuarantineRow } from "./care/quarantine.ts";
export { doctor, type Check, type Wiring } from "./doctor/index.ts";
export { networkChecks } from "./doctor/place.ts";
export { canary, type Hop } from "./doctor/canary.ts";
export { testAlerts, type AlertCover, type AlertsEvent, type AlertsFinished } from "./doctor/alerts.ts";
export { ledgerStats, type LedgerStats, type ScanCost } from "./ledger/stats.ts";
export type { MeasureRow } from "./measures/row.ts";
