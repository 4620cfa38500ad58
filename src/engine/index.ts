/** The reconciler: desired state and live AWS in, a plan out, a plan carried out. Knows no AWS service and no terminal. */
export { apply, type ApplyError, type ApplyInput } from "./apply.ts";
export { differences, writeTags } from "./decide.ts";
export { ADOPT_ALL, adoptedBy } from "./declared.ts";
export { diffProps, diffTags, sameValue } from "./diff.ts";
export { Applied, fingerprint, wasApplied } from "./fingerprint.ts";
export { buildGraph, closure, findCycle, type Graph, type Node, reverse } from "./graph.ts";
export { LEASE_HELD, LEASE_HOMELESS, LEASE_LOST, leaseError } from "./lease.ts";
export { EngineError } from "./observe.ts";
export {
  desiredGraph,
  driftOnly,
  errorsOf,
  hasChanges,
  makePlan,
  type PlanInput,
  staticFindings,
  summarize,
  type Summary,
} from "./plan.ts";
export type { RunInput } from "./run-input.ts";
export { type Outcome, run, type RunEvent } from "./run.ts";
export { declarationHash, restrict, saveSteps, type SavedStep } from "./saved.ts";
export { matches, selected, unknownSelectors } from "./select.ts";
export { KNOWN_AFTER_APPLY, minted } from "./minted.ts";
export { CallFailed } from "./send.ts";
export * from "./types.ts";
