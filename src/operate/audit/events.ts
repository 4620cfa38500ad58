import type { SettleEvent } from "../care/settle.ts";

/** What does not fit together, and what would mend it. */
export interface AuditFinding {
  readonly type: "finding";
  readonly code:
    | "lost_event"
    | "in_queue"
    | "lost_row"
    | "forgotten"
    | "orphan_claim"
    | "waiting"
    | "object_gone"
    | "missing_rows"
    | "extra_rows"
    | "rows_without_file"
    | "read_twice"
    | "behind"
    /** A Gold table was computed with other parameters than its job has. */
    | "other_parameters"
    /** What a table stands on cannot be told. */
    | "unchecked";
  readonly level: "error" | "warning";
  /** Object key; of a table that is behind, its layer and name. */
  readonly key: string;
  readonly file_id: string | null;
  readonly text: string;
  readonly repair: "backfill" | "restore" | "release" | "reprocess" | "run-workflow" | null;
}

/** A finding before it is told. */
export type Found = Omit<AuditFinding, "type">;

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
