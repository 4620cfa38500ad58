import type { CallCode } from "../codes/index.ts";
import type { Action, Address, FaultClass } from "./types.ts";

/** Times waited and milliseconds spent, by reason. */
export type Waits = { readonly [K in FaultClass | "ready"]?: { readonly times: number; readonly ms: number } };

/** Why a step failed, or an apply ended early. */
export type ApplyError = { readonly code: CallCode; readonly text: string; readonly fix?: string };

export type ApplyEvent =
  | { readonly type: "started"; readonly steps: number }
  | { readonly type: "step-started"; readonly address: Address; readonly action: Action }
  | {
      readonly type: "step-waiting";
      readonly address: Address;
      readonly reason: string;
      readonly spentMs: number;
      readonly budgetMs: number;
    }
  | { readonly type: "step-progress"; readonly address: Address; readonly text: string }
  | {
      readonly type: "step-done";
      readonly address: Address;
      readonly action: Action;
      readonly ms: number;
      readonly kept?: string;
    }
  | {
      readonly type: "step-failed";
      readonly address: Address;
      readonly action: Action;
      readonly error: ApplyError;
    }
  | { readonly type: "step-skipped"; readonly address: Address; readonly action: Action; readonly because: string }
  | {
      readonly type: "finished";
      readonly done: number;
      readonly failed: number;
      readonly skipped: number;
      readonly calls: number;
      readonly ms: number;
      /** Retries and waits in all, by class of fault. */
      readonly waits?: Waits;
      readonly error?: ApplyError;
    };

interface TakenLease {
  /** Said when it was taken over from a dead holder. */
  readonly notice?: string;
  /** None had lain there before. */
  readonly fresh?: boolean;
  /** An apply has changed tags so lately that a search for tags may not have heard of it. */
  readonly recent?: boolean;
}

/** How a lease is taken. */
export interface Taking {
  /** Called once the lease is written, before it is looked at whether it is ours that lies there: reading may begin. */
  readonly written?: (known: Pick<TakenLease, "fresh" | "recent">) => void;
  /** Its place was made a moment ago: nobody asks first what lies there. */
  readonly newPlace?: boolean;
}

/** One apply at a time: handed to the engine by the caller. */
export interface Lease {
  /** Takes the lease or throws a `LeaseHeld`. */
  acquire(taking?: Taking): Promise<TakenLease>;
  /** The same of one that lies there. Undefined where there is none yet: nothing is written then. */
  acquireKnown?(taking?: Taking): Promise<TakenLease | undefined>;
  /** Called on a timer while an apply runs; throws when the lease was lost. */
  renew(): Promise<void>;
  /** `changed`: something that was there has other tags now, or is gone. */
  release(changed?: boolean): Promise<void>;
  /** Removes every trace of the lease, before the place where it lies goes too. */
  remove?(): Promise<void>;
  /** How often `renew` is called, milliseconds; default 20,000. */
  readonly renewEveryMs?: number;
}
