import type { AuditCode } from "../../codes/index.ts";
import type { SettleEvent } from "../care/settle.ts";

/** What mends a finding. */
export type Repair = "backfill" | "restore" | "release" | "reprocess" | "run-workflow";

/** Each thing that does not fit together: how bad it is, and what would mend it. */
const FINDINGS = {
  /** S3 holds an upload that the ledger was never told of. */
  lost_event: { level: "error", repair: "backfill" },
  /** Arrivals that the function has still to record. */
  in_queue: { level: "warning", repair: null },
  /** A generation whose row is gone. */
  lost_row: { level: "error", repair: "restore" },
  /** The tables hold a file of which the ledger knows nothing. */
  forgotten: { level: "warning", repair: null },
  orphan_claim: { level: "error", repair: "release" },
  waiting: { level: "error", repair: "run-workflow" },
  /** A file that waits and that S3 no longer has. */
  object_gone: { level: "warning", repair: "run-workflow" },
  missing_rows: { level: "error", repair: "reprocess" },
  extra_rows: { level: "warning", repair: null },
  rows_without_file: { level: "warning", repair: null },
  read_twice: { level: "error", repair: null },
  /** A table has not taken up what is below it. */
  behind: { level: "error", repair: "run-workflow" },
  /** A Gold table was computed with other parameters than its job has. */
  other_parameters: { level: "error", repair: "run-workflow" },
  /** What a table stands on cannot be told. */
  unchecked: { level: "warning", repair: null },
} as const satisfies Record<AuditCode, { readonly level: "error" | "warning"; readonly repair: Repair | null }>;

/** What does not fit together, and what would mend it. */
export interface AuditFinding {
  readonly type: "finding";
  readonly code: AuditCode;
  readonly level: "error" | "warning";
  /** Object key; of a table that is behind, its layer and name. */
  readonly key: string;
  readonly file_id: string | null;
  readonly text: string;
  readonly repair: Repair | null;
}

/** A finding of a file, or of what has no file id. */
export const finding = (
  code: AuditFinding["code"],
  at: { readonly key: string; readonly fileId?: string | null },
  text: string,
): AuditFinding => ({ type: "finding", code, ...FINDINGS[code], key: at.key, file_id: at.fileId ?? null, text });

export interface AuditFinished {
  readonly type: "finished";
  readonly objects: number;
  readonly files: number;
  readonly rows: number;
  readonly findings: number;
  /** Findings that `--repair` took care of. */
  readonly repaired: number;
  /** No error is left. What was put back is read by the run that was started. */
  readonly ok: boolean;
}

export type AuditEvent =
  | { readonly type: "step"; readonly what: string }
  | AuditFinding
  | { readonly type: "repair"; readonly what: string; readonly count: number }
  | SettleEvent
  | AuditFinished;
