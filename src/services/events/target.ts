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

/** Services whose things EventBridge calls as targets; its own are buses, API destinations and calls such as EBS's snapshot. */
const SERVICES = new Set(
  (
    "appsync batch codebuild codepipeline ecs events execute-api firehose glue imagebuilder inspector kinesis lambda logs redshift " +
    "redshift-serverless sagemaker sns sqs ssm ssm-incidents states"
  ).split(" "),
);
/** Of what we make ourselves, what of a service it is. */
const KINDS: Readonly<Record<string, RegExp>> = {
  glue: /^workflow\/./,
  lambda: /^function:./,
  sns: /^[^:/]+$/,
  sqs: /^[^:/]+$/,
};

/** Whether an ARN is of something that a rule can call. */
export function canBeTarget(arn: string): boolean {
  const [, partition, service = "", , , ...rest] = arn.split(":");
  const what = rest.join(":");
  return Boolean(partition) && what !== "" && SERVICES.has(service) && (KINDS[service]?.test(what) ?? true);
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
