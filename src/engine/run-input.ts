import type { ApplyInput } from "./apply.ts";
import type { Lease, Plan } from "./types.ts";

export type PlanScope = "all" | "home" | "home-there" | readonly string[];

/** What a whole `apply` or `destroy` is given. */
export interface RunInput<C> extends Omit<ApplyInput<C>, "plan" | "drain" | "stop" | "beforeDelete" | "reportAs"> {
  /**
   * Reads AWS afresh and plans. `home` asks for the lease's bucket alone, whatever was selected; `home-there` knows that it is
   * there; a list asks for these addresses (as text). `ownTags`: what a search for tags says is not to be relied on. `held`: the
   * lease is ours while it is read.
   */
  makePlan(scope: PlanScope, ownTags: boolean, held?: boolean): Promise<Plan>;
  /** Asked once with the plan; a second time only when what lies under the lease is not what was agreed to. */
  confirm(plan: Plan, again: boolean): Promise<boolean>;
  /** Nobody is asked (`--yes`): a lease that lies there is taken before anything is read, so that it is read once. */
  readonly unasked?: boolean;
  /** The plan is not all that the config declares. */
  readonly partial?: boolean;
  /** What it may do was settled before (a saved plan): it is read whole, to be held against that. */
  readonly settled?: boolean;
  readonly lease: Lease;
  /** Address (text) of the resource that carries the lease. */
  readonly leaseHome: string;
  /** Ctrl-C once: finish what is in flight. */
  readonly drain?: AbortSignal;
  /** Ctrl-C twice: stop now. */
  readonly stop?: AbortSignal;
}
