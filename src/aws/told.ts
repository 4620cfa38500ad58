import type { ErrorCode } from "../codes/index.ts";
import type { AwsFaultClass } from "./fault-row.ts";

/** A failure that is told whole where it is found: what, and what to do next. Nothing of it is read off a table. */
export class Told extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly fix: string,
    /** How it is treated: `credentials` and `unreachable` end an apply, and neither is asked again. */
    readonly faultClass: AwsFaultClass = "credentials",
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = "Told";
  }
}
