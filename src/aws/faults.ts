import { foreign } from "../codes/foreign.ts";
import type { AwsFault, FaultRow } from "./fault-row.ts";
import { hint, rowsWith } from "./fault-table.ts";
import { Stopped } from "./stopped.ts";
import { Told } from "./told.ts";
import { type Wire, wireOf } from "./wire-error.ts";

export interface ClassifyOptions {
  /** Where calls go, named when nobody answers there. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly caBundle?: string;
}

export interface CallInfo {
  /** IAM-style name, `glue:CreateJob`; the service alone decides which rows apply. */
  readonly name: string;
  /** Handles (ARNs) of what was created or changed in this run. */
  readonly touched: ReadonlySet<string>;
}

type Classify = (error: unknown, call: CallInfo) => AwsFault;

/** What errors mean. Rows of the services come from their folders, which this layer does not know. */
export interface Faults {
  /** What an error means and what to do about it, in words that name the place where calls go. */
  readonly classifier: (options: ClassifyOptions) => Classify;
  /** `classifier` without a place to name. */
  readonly classify: Classify;
  /** True when AWS says that something is not there. Denied is never absent, and neither is a broken connection. */
  readonly isAbsent: (error: unknown) => boolean;
  readonly isDenied: (error: unknown) => boolean;
}

/** The meaning of errors: rows of a table on code and message, per service. */
export function faultsOf(services: readonly FaultRow[]): Faults {
  const rows = rowsWith(services);
  const classifier =
    (options: ClassifyOptions): Classify =>
    (error, call) => {
      if (error instanceof Told) return toldFault(error);
      if (error instanceof Stopped) return { class: "user", code: error.code, text: error.message };
      const wire = wireOf(error);
      const row = wire && rows.find((candidate) => applies(candidate, wire, call));
      return wire && row ? faultOf(row, wire, call, options) : bug(error);
    };
  const classify = classifier({});
  const is = (of: AwsFault["class"]) => (error: unknown) => classify(error, NO_CALL).class === of;
  return { classifier, classify, isAbsent: is("absent"), isDenied: is("denied") };
}

/** A proxy that is away for a moment is waited for as any other line; what else is told does not pass by waiting. */
const toldFault = ({ faultClass, code, message, fix }: Told): AwsFault => ({
  class: faultClass,
  code,
  text: message,
  fix,
  ...(faultClass === "unreachable" ? {} : { budgetMs: 0 }),
});

/**
 * An error as AWS would have thrown it: for failures that come inside a 200 (entries of PutTargets, keys of
 * DeleteObjects), so that they are classified like all others.
 */
export class PartialFailure extends Error {
  readonly $fault = "client";
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

const NO_CALL: CallInfo = { name: "", touched: new Set() };

function applies(row: FaultRow, wire: Wire, call: CallInfo): boolean {
  const [service = "", operation = ""] = call.name.split(":");
  return (
    (!row.service || service === "" || row.service.split("|").includes(service)) &&
    (!row.operation || row.operation.test(operation)) &&
    (!row.code || row.code.test(wire.code)) &&
    (!row.status || row.status.includes(wire.status ?? 0)) &&
    (!row.text || row.text.test(wire.text)) &&
    (!row.when || row.when(wire, call))
  );
}

function faultOf(row: FaultRow, wire: Wire, call: CallInfo, options: ClassifyOptions): AwsFault {
  const what =
    row.say?.(wire, options) ?? `${wire.text || wire.code}${wire.text.includes(wire.code) ? "" : ` (${wire.code})`}`;
  const fix = hint(row, wire, options);
  const budgetMs = row.budget?.(wire, call);
  const name = GENERIC.test(call.name) ? (wire.action ?? call.name) : call.name;
  return {
    class: row.class,
    code: row.is ?? foreign(wire.code),
    text: `${name ? `${name}: ` : ""}${what}`,
    ...(fix ? { fix } : {}),
    ...(budgetMs === undefined ? {} : { budgetMs }),
    ...(row.done ? { done: true } : {}),
  };
}

/** No call in particular: then the client layer knows better. */
const GENERIC = /^$|:Read$/;

function bug(error: unknown): AwsFault {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { class: "bug", code: "internal", text, fix: "This is a bug in metriccare: please report it." };
}
