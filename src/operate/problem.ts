/** Something that ends a command and that its user can understand: never a stack trace. */
export class OperateProblem extends Error {
  constructor(
    /** Stable word for scripts, `concurrent_runs`. */
    readonly code: string,
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
}

/** What AWS calls an error: the SDK's `name`, or the wire code of errors that the SDK could not name. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return "Unknown";
  const code = (error as { Code?: unknown }).Code;
  return error.name === "Error" && typeof code === "string" ? code : error.name;
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;

/** Absent is only what AWS says is absent: a 403 is not. */
export function isAbsent(error: unknown): boolean {
  const name = errorName(error);
  if (["EntityNotFoundException", "ResourceNotFoundException", "NoSuchKey", "NoSuchBucket", "NotFound"].includes(name))
    return true;
  return statusOf(error) === 404 && !/Denied|Forbidden/.test(name);
}

const LOST = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
  "TimeoutError",
  "NetworkingError",
  "RequestTimeout",
  "RequestTimeoutException",
]);
const BUSY =
  /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded|OperationTimeout|InternalService|InternalServer|ServiceUnavailable|InternalFailure/;

/** A read that failed like this may work in a moment: no network, a throttle, a fault of the service. */
export function isPassing(error: unknown): "network" | "busy" | undefined {
  const codes = [
    errorName(error),
    (error as { code?: unknown } | undefined)?.code,
    codeOf((error as { cause?: unknown } | undefined)?.cause),
  ];
  if (codes.some((code) => typeof code === "string" && LOST.has(code))) return "network";
  if (/socket hang up|fetch failed|connection (was )?(closed|reset)/i.test(error instanceof Error ? error.message : ""))
    return "network";
  const status = statusOf(error);
  return BUSY.test(errorName(error)) || (status !== undefined && status >= 500) ? "busy" : undefined;
}

const codeOf = (cause: unknown): unknown => (cause as { code?: unknown } | undefined)?.code;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
