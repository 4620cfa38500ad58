import type { CallCode, ErrorCode, FindingCode } from "../codes/index.ts";
import type { Fault } from "../engine/types.ts";

export const EXIT = { ok: 0, failed: 1, changes: 2, declined: 3, usage: 64, interrupted: 130 } as const;

/** What exit codes mean: in a word for help, and for the documents. */
export const EXITS: Readonly<Record<(typeof EXIT)[keyof typeof EXIT], { short: string; meaning: string }>> = {
  0: { short: "done or nothing to do", meaning: "done, or nothing to do" },
  1: { short: "failed", meaning: "failed (a finding of level error, too)" },
  2: { short: "changes (diff --exit-code)", meaning: "`diff --exit-code` found changes" },
  3: { short: "declined", meaning: "declined at the prompt" },
  64: { short: "bad usage or config", meaning: "bad usage or config; also no terminal and no `--yes`" },
  130: { short: "interrupted", meaning: "interrupted" },
};

/** Whose fault an error is: the user's (config, usage, rights), AWS's (or the network's), or a bug of ours. */
export type Blame = "user" | "aws" | "bug";

/** A failure with everything a tired person needs: what, where, why, what next. */
export class CliError extends Error {
  constructor(
    readonly code: CallCode,
    message: string,
    readonly details: {
      readonly fault: Blame;
      readonly exit: number;
      readonly at?: string;
      readonly fix?: string;
      /** What belongs to the message on lines of its own. */
      readonly lines?: readonly string[];
    },
  ) {
    super(message);
    this.name = "CliError";
  }
}

/**
 * A failure of a command that promises a last JSON line of a certain shape: `last` is that line, and the error goes into
 * it, so that who reads line by line finds the end where it always is.
 */
export class Ended extends Error {
  constructor(
    override readonly cause: unknown,
    readonly last: Readonly<Record<string, unknown>>,
  ) {
    super("ended");
    this.name = "Ended";
  }
}

/** Bad usage or config: exit 64. */
export const usage = (code: ErrorCode | FindingCode, message: string, fix: string, at?: string): CliError =>
  new CliError(code, message, { fault: "user", exit: EXIT.usage, fix, at });

/** What a command could not do: exit 1. */
export const failed = (code: ErrorCode, message: string, fix?: string, at?: string): CliError =>
  new CliError(code, message, { fault: "user", exit: EXIT.failed, fix, at });

const BLAME: Partial<Record<Fault["class"], Blame>> = {
  throttle: "aws",
  conflict: "aws",
  ambiguous: "aws",
  unreachable: "aws",
  bug: "bug",
};

export const fromFault = (fault: Fault): CliError =>
  new CliError(fault.code, fault.text, {
    fault: BLAME[fault.class] ?? "user",
    exit: fault.code === "interrupted" ? EXIT.interrupted : EXIT.failed,
    fix: fault.fix,
  });

/** The JSON shape of a failure. */
export interface ErrorJson {
  readonly code: CallCode;
  readonly fault: Blame;
  readonly text: string;
  readonly at?: string;
  readonly fix?: string;
}
