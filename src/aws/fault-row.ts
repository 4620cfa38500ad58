import type { CallCode, ErrorCode, ForeignCode } from "../codes/index.ts";
import type { Wire } from "./wire-error.ts";

/** Classes are the engine's (`FaultClass` there); this layer does not know the engine. */
export type AwsFaultClass =
  | "throttle"
  | "propagation"
  | "conflict"
  | "ambiguous"
  | "absent"
  | "exists"
  | "denied"
  | "credentials"
  | "quota"
  | "unreachable"
  | "user"
  | "bug";

export interface AwsFault {
  readonly class: AwsFaultClass;
  readonly code: CallCode;
  readonly text: string;
  readonly fix?: string;
  /** How long this is retried, where the class's own budget does not fit. */
  readonly budgetMs?: number;
  /** What the call asks for is so already. */
  readonly done?: boolean;
}

export interface Place {
  readonly endpoint?: string;
  readonly region?: string;
  /** File with authorities that calls trust beside Node's own (AWS_CA_BUNDLE). */
  readonly caBundle?: string;
}

interface Call {
  readonly touched: ReadonlySet<string>;
}

export interface FaultRow {
  /** `s3`, or several: `iam|sns`. Absent: any. */
  readonly service?: string;
  readonly operation?: RegExp;
  readonly code?: RegExp;
  readonly text?: RegExp;
  readonly status?: readonly number[];
  readonly when?: (wire: Wire, call: Call) => boolean;
  readonly class: AwsFaultClass;
  /** Our code for it; default: AWS's. */
  readonly is?: ErrorCode | ForeignCode;
  readonly say?: (wire: Wire, place: Place) => string;
  readonly fix?: string | ((wire: Wire, place: Place) => string);
  readonly budget?: (wire: Wire, call: Call) => number | undefined;
  readonly done?: boolean;
}

export const MINUTE = 60_000;
export const budget = (ms: number) => () => ms;

/** The role in "User: arn:…:assumed-role/NAME/session is not authorized …" was made or changed in this run. */
export const byTouchedPrincipal = (wire: Wire, { touched }: Call): boolean => {
  const name = /(?:assumed-role|role|user)\/([\w+=,.@/-]+?)(?:\/[^/\s]*)?["']?\s+is not authorized/.exec(
    wire.text,
  )?.[1];
  return name !== undefined && [...touched].some((handle) => handle.includes(":iam:") && handle.endsWith(`/${name}`));
};

export const namesTouched = (wire: Wire, { touched }: Call): boolean =>
  [...touched].some((handle) => handle.startsWith("arn:") && wire.text.includes(handle));
export const touchedRole = ({ touched }: Call): boolean => [...touched].some((handle) => handle.includes(":iam:"));
export const touchedTarget = ({ touched }: Call): boolean =>
  [...touched].some((handle) => /^arn:[^:]+:(lambda|sns|sqs):/.test(handle));

/**
 * A run that was cut right after it made a role is followed by one in which that role is no news: 20 s of patience are
 * more than the longest delay that was ever measured, and short enough for a role that is simply wrong.
 */
export const STRANGER = 20_000;
export const forRole = (_wire: Wire, call: Call): number | undefined => (touchedRole(call) ? undefined : STRANGER);

export const TRUST_FIX =
  "If it stays: check that the role's trust policy names this service and that its policy allows what the message asks for.";
export const AGAIN = "Run the same command again: it goes on where this one stopped.";
