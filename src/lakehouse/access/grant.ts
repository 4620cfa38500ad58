import type { Where } from "./places.ts";

/** Whom a printed policy is for. */
export type Audience = "deployer" | "operator" | "reader";

/** One right that some call needs. */
export interface Grant {
  readonly action: string;
  /** Default: what `whereOf` says. */
  readonly where?: Where;
}
