import type { ErrorCode } from "../codes/index.ts";
import { unlessAborted } from "../clock/unless-aborted.ts";

/** The user pressed Ctrl-C while something was being read. */
export class Stopped extends Error {
  readonly code = "interrupted" satisfies ErrorCode;
  constructor() {
    super("interrupted");
    this.name = "Stopped";
  }
}

/** The answer, or `Stopped` as soon as the signal comes. */
export const unlessStopped = <T>(answer: Promise<T>, stop: AbortSignal | undefined): Promise<T> =>
  unlessAborted(answer, stop, () => new Stopped());
