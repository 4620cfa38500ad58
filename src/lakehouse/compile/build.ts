import type { Scope } from "../../aws/arn.ts";
import type { Address, Desired, Tags } from "../../engine/types.ts";
import type { Names } from "../naming.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Sources } from "./sources.ts";

/** A config and the names that follow from it. */
export interface Named {
  readonly config: LakehouseConfig;
  readonly scope: Scope;
  readonly names: Names;
}

/** What every part of the compiler works with. */
export interface Build extends Named {
  readonly sources: Sources;
}

/** Tags of one resource: those of the whole lakehouse, then its own. */
export const tagsOf = ({ config, scope }: Build, own: Tags): Tags => ({
  Project: config.project,
  Environment: scope.env,
  ...config.tags,
  ...own,
});

/** A resource as the engine takes it; the type of its props is checked here, where it is still known. */
export function resource<P extends object>(address: Address, props: P, tags: Tags = {}): Desired {
  return { address, props, tags };
}
