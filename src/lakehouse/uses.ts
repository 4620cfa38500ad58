import { referencesIn, type Referred } from "../services/reference.ts";
import type { LakehouseConfig } from "./schema.ts";
import { writtenSchema } from "./written.ts";

/** Every reference of a config, the defaults among them. */
export const referencesOf = (config: LakehouseConfig): Referred[] => referencesIn(writtenSchema, config);

/** Services that take a role on because of where it is named, by the reference (id, ARN or name). */
export function passedRoles(config: LakehouseConfig): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { section, passedTo, path, value } of referencesOf(config)) {
    if (section !== "roles" || passedTo === undefined || value === "") continue;
    // Defaults of what is not made are nobody's use.
    if (path[0] === "function" && !config.made.includes("function")) continue;
    if (path[0] === "alerts" && !config.made.includes("alerts")) continue;
    found.set(value, [...new Set([...(found.get(value) ?? []), passedTo])]);
  }
  return found;
}
