import type { Scope } from "../../aws/arn.ts";
import type { Address } from "../../engine/types.ts";
import { sections, services } from "../../services/index.ts";
import { EVERYWHERE } from "./actions.ts";

/** ARNs of a resource by its kind and name. */
function arnsOf(kind: string, scope: Scope, name: string): readonly string[] {
  const reach = services.map((one) => one.reach?.[kind]).find((one) => one !== undefined);
  if (reach) return reach(scope, name);
  const named = Object.values(sections).find((section) => section.kind === kind)?.named;
  return [named?.arn(scope, name, {}) ?? name];
}

interface Needs {
  readonly name: string;
  readonly permissions: Readonly<Record<"read" | "delete", readonly string[]>>;
}

/** The statement that lets its holder look at one resource and remove it, as JSON. */
export function reachStatement(kinds: readonly Needs[], scope: Scope, { kind, name }: Address): string {
  const permissions = kinds.find((one) => one.name === kind)?.permissions;
  const actions = [...new Set([...(permissions?.read ?? []), ...(permissions?.delete ?? [])])];
  return JSON.stringify({
    Effect: "Allow",
    Action: actions.filter((action) => !Object.hasOwn(EVERYWHERE, action)).toSorted(),
    Resource: arnsOf(kind, scope, name),
  });
}
