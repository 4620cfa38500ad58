import type { Build } from "../build.ts";
import type { TargetConfig } from "./section.ts";

/** Where a target's callee stands in the config, by the target's own word. */
const CALLED = { function: "functions", topic: "topics", queue: "queues", workflow: "workflows" } as const;
const WORDS = Object.keys(CALLED) as (keyof typeof CALLED)[];

type Finder = Pick<Build, "has">;

/** A target as a map: a bare id means the one thing that has it. */
export function targetMap({ has }: Finder, target: string | TargetConfig): TargetConfig {
  if (typeof target !== "string") return target;
  const word = WORDS.find((one) => has(CALLED[one], target));
  return word === undefined ? { arn: target } : { [word]: target };
}

/** Sections in which a bare id is known: a target means exactly one of them. */
export const sectionsWith = ({ has }: Finder, id: string): string[] =>
  Object.values(CALLED).filter((section) => has(section, id));

export interface Callee {
  readonly section: string;
  readonly reference: string;
}

/** Section and reference of what a target calls; undefined for an ARN. */
export function calleeOf(target: TargetConfig): Callee | undefined {
  for (const word of WORDS) {
    const reference = target[word];
    if (reference !== undefined) return { section: CALLED[word], reference };
  }
  return undefined;
}
