/** The reconciler: desired state and live AWS in, a plan out, a plan carried out. Knows no AWS service and no terminal. */
export { apply } from "./apply.ts";
export { differences, writeTags } from "./decide.ts";
export { ADOPT_ALL, adoptedBy } from "./declared.ts";
export { diffProps, diffTags, sameValue } from "./diff.ts";
export { Applied, fingerprint, wasApplied } from "./fingerprint.ts";
export { buildGraph, closure, findCycle, reverse } from "./graph.ts";
export { Known } from "./known.ts";
export { EngineError } from "./observe.ts";
export { driftOnly, errorsOf, hasChanges, makePlan, type PlanInput, summarize } from "./plan.ts";
export type { RunInput } from "./run-input.ts";
export { type Outcome, run, type RunEvent } from "./run.ts";
export { declarationHash, restrict, saveSteps, type SavedStep } from "./saved.ts";
export { matches, unknownSelectors } from "./select.ts";
export { KNOWN_AFTER_APPLY, minted } from "./minted.ts";
export * from "./types.ts";
