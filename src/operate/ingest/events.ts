import type { RunCode } from "../../codes/index.ts";
import type { Reconnecting } from "../pace.ts";
import type { RunEvent, RunFinished } from "../runs/events.ts";
import type { Pipeline } from "../runs/pipeline.ts";

/** What a file passes until it is read. */
export type IngestPipeline = Omit<Pipeline, "bronze">;

export interface IngestOptions {
  readonly paths: readonly string[];
  readonly neutralNames?: boolean;
  /** Follow until every file is at its end and the run that took the last of them is over. */
  readonly wait?: boolean;
  /** Of the whole command; default two hours. The pipeline goes on without it. */
  readonly timeoutMs?: number;
  /** How many files of one folder are sent at a time. Default: one up to 500 files, then eight. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
}

/**
 * `sent`: in S3, not followed. `unchanged`: S3 has it and it is processed. `received`, `claimed`: the ledger knows it, no run
 * has finished it. `unrecorded`: in S3, but its event has not come. `processed`, `failed`: at its end.
 */
type IngestStatus = "sent" | "unchanged" | "unrecorded" | "received" | "claimed" | "processed" | "failed" | "skipped";

export interface IngestedFile {
  readonly key: string;
  readonly version_id: string | null;
  readonly etag: string;
  readonly status: IngestStatus;
  readonly error?: string;
}

interface IngestedRun {
  readonly runId: string;
  readonly verdict: RunFinished["verdict"];
  readonly jobs: RunFinished["jobs"];
}

export interface IngestFinished {
  readonly type: "finished";
  /** Every file processed or unchanged (sent, without `wait`) and the run that took the last of them succeeded. */
  readonly ok: boolean;
  readonly files: readonly IngestedFile[];
  readonly runs: readonly IngestedRun[];
  readonly calls: number;
  readonly ms: number;
  readonly error?: { readonly code: RunCode; readonly text: string; readonly fix: string };
}

/** What went wrong, or nothing. */
export type Ending = IngestFinished["error"];

export type IngestEvent =
  | {
      readonly type: "selected";
      readonly files: number;
      readonly bytes: number;
      readonly skipped: readonly { readonly path: string; readonly why: string }[];
    }
  /** What became of one file: `taken-up` was in S3 already but had lost its event, and was sent again. */
  | {
      readonly type: "file";
      readonly key: string;
      readonly status: IngestStatus | "taken-up";
      readonly bytes: number;
      readonly error?: string;
    }
  | { readonly type: "note"; readonly code: RunCode; readonly text: string }
  /** A run that may take our files: its job events follow, then `run-finished`. */
  | { readonly type: "run"; readonly runId: string; readonly startedByUs: boolean }
  | ({ readonly type: "run-finished" } & Omit<RunFinished, "type">)
  | Exclude<RunEvent, RunFinished>
  | Reconnecting
  | IngestFinished;

/** One file on its way. */
export interface Tracked {
  readonly path: string;
  readonly key: string;
  readonly size: number;
  etag: string;
  versionId: string | null;
  /** When it was last sent, epoch ms; absent when it was not. */
  sentAt?: number;
  resent?: boolean;
  /** Generations that the ledger knew of the key before anything was sent. */
  known: ReadonlySet<string>;
  fileId?: string | undefined;
  status: IngestStatus;
  attempt: number;
  /** Attempts when it was first seen: what rises above it was tried while we watched. */
  attemptAtFirst?: number;
  runId?: string | undefined;
  claimedAt?: string | undefined;
  error?: string | undefined;
}

export const atEnd = (file: Tracked): boolean => ["processed", "failed", "skipped", "unchanged"].includes(file.status);

export interface Job {
  readonly pipeline: IngestPipeline;
  readonly options: IngestOptions;
  readonly deadline: number;
  readonly runs: Map<string, RunFinished>;
  /** The run that is followed right now. */
  following?: string;
}
