import type { Scope } from "../aws/arn.ts";
import type { Names } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";

/** A config and the names that follow from it. */
export interface Expansion {
  readonly config: LakehouseConfig;
  readonly scope: Scope;
  readonly names: Names;
}
