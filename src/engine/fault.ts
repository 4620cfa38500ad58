import type { CallCode } from "../codes/index.ts";

export type FaultClass =
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

/** What an error of a call means. `text` is one line for people; `fix` says what to do next. */
export interface Fault {
  readonly class: FaultClass;
  readonly code: CallCode;
  readonly text: string;
  readonly fix?: string;
  /** Overrides how long this class is retried, milliseconds. */
  readonly budgetMs?: number;
  /** What the call asks for is so already: as good as done. */
  readonly done?: boolean;
}

/** `touched` holds handles (ARNs) of principals created or changed in this run: only for those is "not assumable" a delay. */
export type Classify = (
  error: unknown,
  call: { readonly name: string; readonly touched: ReadonlySet<string> },
) => Fault;
