import { services } from "../../services/index.ts";
import type { Where } from "./places.ts";

/** Actions without a resource of their own, and why `*` is the least that IAM takes. */
export const EVERYWHERE: Readonly<Record<string, string>> = Object.assign(
  {
    "sts:GetCallerIdentity": "has no resource (and AWS never refuses it)",
    "tag:GetResources": "tag search has no resource: it shows names and tags only",
  },
  ...services.map(({ everywhere }) => everywhere),
);

/** Where an action applies unless its user says otherwise. An action that nobody has thought about is an error. */
export function whereOf(action: string): Where {
  if (Object.hasOwn(EVERYWHERE, action)) return "anything";
  for (const { where } of services) for (const [pattern, place] of where) if (pattern.test(action)) return place;
  throw new Error(`no resource is known for ${action}`);
}
