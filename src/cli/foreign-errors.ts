import { ReadOnlyViolation } from "../aws/clients.ts";
import type { ClassifyOptions } from "../aws/faults.ts";
import { classifier } from "../services/faults.ts";
import { NotAws } from "../aws/preflight.ts";
import { EngineError } from "../engine/index.ts";
import { LocalProblem } from "../local/problem.ts";
import { OperateProblem } from "../operate/problem.ts";
import { CliError, EXIT, fromFault } from "./errors.ts";

/** Errors of the layers below, in the words of this one. What nobody knows is a bug, with its stack. */
export function foreign(error: unknown, place: ClassifyOptions = {}): CliError {
  if (error instanceof OperateProblem) {
    return new CliError(error.code, error.message, {
      lines: error.details.map((line) => `  ${line}`),
      fault: error.fault,
      exit: error.isUsage ? EXIT.usage : EXIT.failed,
      fix: error.fix,
      at: error.at,
    });
  }
  if (error instanceof LocalProblem) {
    return new CliError(error.code, error.message, {
      fault: "user",
      exit: EXIT.failed,
      fix: error.fix,
    });
  }
  if (error instanceof NotAws)
    return new CliError(error.code, error.message, { fault: "user", exit: EXIT.failed, fix: error.fix });
  if (error instanceof EngineError) return fromFault(error.fault);
  if (error instanceof ReadOnlyViolation) return bug(error.message);
  if (isAbort(error)) return new CliError("interrupted", "interrupted", { fault: "user", exit: EXIT.interrupted });
  if (!(error instanceof Error)) return bug(String(error));
  const fault = classifier(place)(error, { name: "", touched: new Set() });
  return fault.class === "bug" ? bug(error.message) : fromFault(fault);
}

const bug = (text: string): CliError =>
  new CliError("bug", text, {
    fault: "bug",
    exit: EXIT.failed,
    fix: "This is a fault of metriccare. Please report it with the lines below.",
  });

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === "AbortError" || error.message === "interrupted");
