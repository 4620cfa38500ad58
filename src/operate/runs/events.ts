import type { ErrorCode, RunCode } from "../../codes/index.ts";
import type { RunQuality } from "../quality/said.ts";
import type { Verdict } from "./graph.ts";
import type { Hint } from "./hints.ts";
import type { LogLine } from "./log-lines.ts";
import type { Reconnecting } from "../pace.ts";

/** A workflow and its jobs as the config's outputs name them. */
export interface RunTarget {
  readonly workflow: string;
  /** Job key to job name, in the order to show them: those that its triggers start. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Jobs of the config that it does not start: single runs of theirs have logs too. */
  readonly others?: Readonly<Record<string, string>>;
  /** Job key to the prefix of its log groups, where the config gives it one. */
  readonly logs?: Readonly<Record<string, string>>;
}

export interface FinishedJob {
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly seconds: number;
  readonly error?: string;
}

export interface RunFinished {
  readonly type: "finished";
  readonly verdict: Verdict;
  readonly runId: string;
  readonly jobs: readonly FinishedJob[];
  readonly calls: number;
  readonly ms: number;
  /** Files that ended as `failed` in it: no failure of the run. Absent when there are none. */
  readonly failedFiles?: number;
  /** All jobs succeeded, and a quality check of level error failed: what the run has written stands. */
  readonly because?: "quality";
  /** Where quality checks failed, of whatever level. */
  readonly quality?: RunQuality;
  readonly error?: { readonly code: RunCode | ErrorCode; readonly text: string; readonly fix?: string };
}

/** Why one job failed, for people: only of jobs that ran. */
export interface JobFailure {
  readonly type: "failure";
  readonly key: string;
  readonly name: string;
  readonly state: string;
  readonly jobRunId?: string;
  /** Glue's own message, as far as it may be shown. */
  readonly cause: string;
  readonly log: readonly LogLine[];
  /** Lines of the log's end that are not shown: they may hold data. */
  readonly hidden?: number;
  readonly hint?: Pick<Hint, "id" | "means" | "fix">;
  /** The command that shows more. */
  readonly next: string;
}

export type RunEvent =
  | {
      readonly type: "started" | "attached";
      readonly runId: string;
      readonly workflow: string;
      readonly previousRunId?: string;
      /** Of a run that was not asked for by name. */
      readonly because?: string;
    }
  | {
      readonly type: "job";
      readonly key: string;
      readonly name: string;
      readonly state: string;
      readonly attempt: number;
      readonly seconds: number;
      readonly jobRunId?: string;
      readonly error?: string;
    }
  | Reconnecting
  | JobFailure
  | { readonly type: "stopping"; readonly runId: string }
  /** The caller let go; the run goes on. Nothing follows. */
  | { readonly type: "detached"; readonly runId: string; readonly next: string }
  | RunFinished;

export interface FollowOptions {
  /** Give up after so long and leave the run alone: verdict `timeout`. */
  readonly timeoutMs?: number;
  /** Aborted by Ctrl-C: detaches, or stops the run with `stopOnInterrupt`. */
  readonly signal?: AbortSignal;
  readonly stopOnInterrupt?: boolean;
  /** How many log lines a failure carries. Default 20. */
  readonly logLines?: number;
}

export interface RunOptions extends FollowOptions {
  /** Follow the run that is on, if one is, instead of starting one. */
  readonly attach?: boolean;
  /** Follow this run, over or not. */
  readonly runId?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Start it and return at once. */
  readonly noWait?: boolean;
}
