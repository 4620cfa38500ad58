import type { ErrorCode } from "../codes/index.ts";
import { isAbsent as absent } from "../services/faults.ts";
import { line, wireOf } from "../aws/wire-error.ts";

const USAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "no_such_file",
  "not_a_file",
  "nothing_selected",
  "same_key",
  "key_too_long",
  "no_job",
  "no_filter",
]);

/** Something that ends a command and that its user can understand: never a stack trace. */
export class OperateProblem extends Error {
  constructor(
    /** Stable word for scripts, `concurrent_runs`. */
    readonly code: ErrorCode,
    text: string,
    /** What to do next: a command where there is one. */
    readonly fix: string,
    readonly fault: "user" | "aws" = "user",
    /** Where: a path, a run id, a table. */
    readonly at?: string,
    /** Lines under the text: the colliding keys, the missing paths. */
    readonly details: readonly string[] = [],
  ) {
    super(text);
    this.name = "OperateProblem";
  }

  /** Bad usage: what was typed is wrong, and nothing was done. */
  get isUsage(): boolean {
    return USAGE.has(this.code);
  }
}

/** What AWS (or Node, for a network) calls an error. */
export const errorName = (error: unknown): string =>
  wireOf(error)?.code ?? (error instanceof Error ? error.name : "Unknown");

/** Absent is only what AWS says is absent: a 403 is not. S3 answers a HEAD of a missing object without a body to say so in. */
export function isAbsent(error: unknown): boolean {
  if (absent(error)) return true;
  const wire = wireOf(error);
  return wire?.status === 404 && /^(NoSuchKey|NoSuchBucket|NotFound)$/.test(wire.code);
}

const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH|ENETDOWN|EPIPE|ETIMEDOUT|UND_ERR\w*|TimeoutError|NetworkingError|RequestTimeout\w*)$/;
const BUSY =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded|OperationTimeout|Internal(Service|Server|Failure)|ServiceUnavailable/;

/** A read that failed like this may work in a moment: no network, a throttle, a fault of the service. */
export function isPassing(error: unknown): "network" | "busy" | undefined {
  const wire = wireOf(error);
  const code = wire?.code ?? errorName(error);
  if (NETWORK.test(code)) return "network";
  return BUSY.test(code) || (wire?.status ?? 0) >= 500 ? "busy" : undefined;
}

/** One line, without anything secret. */
export const messageOf = (error: unknown): string => line(error instanceof Error ? error.message : String(error));
