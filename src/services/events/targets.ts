import type { Target } from "@aws-sdk/client-eventbridge";
import type { AwsContext } from "../../aws/context.ts";
import { pages, sameJson } from "../kit.ts";
import type { RuleTarget } from "./props.ts";

/** Our targets of a rule have this before their key; others are other people's. */
const PREFIX = "metriccare-";

export const idOfTarget = (key: string): string => `${PREFIX}${key}`;

const isOurs = ({ Id }: Target): boolean => /^metriccare-\w+$/.test(Id ?? "");

export const foreignTargets = (targets: readonly Target[]): readonly Target[] => targets.filter((one) => !isOurs(one));

/** Our targets by key. */
export const ourTargets = (targets: readonly Target[]): Record<string, RuleTarget> =>
  Object.fromEntries(targets.filter(isOurs).map((one) => [one.Id?.slice(PREFIX.length) ?? "", fromAws(one)]));

/** All targets of a rule, also other people's. */
export async function listTargets(ctx: AwsContext, Rule: string): Promise<readonly Target[]> {
  const events = await ctx.clients.events();
  const all = await pages(
    (NextToken?: string) => events.listTargetsByRule({ Rule, ...(NextToken ? { NextToken } : {}) }),
    (page) => page.NextToken,
  );
  return all.flatMap((page) => page.Targets ?? []);
}

/** PutTargets and RemoveTargets answer 200 with the entries that failed: an error like any other. */
export class TargetsFailed extends Error {
  /** As on the SDK\'s own errors: what it says is for the user. */
  readonly $fault = "client";
  override readonly name: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

interface Failures {
  readonly FailedEntryCount?: number | undefined;
  readonly FailedEntries?:
    | readonly {
        readonly TargetId?: string | undefined;
        readonly ErrorCode?: string | undefined;
        readonly ErrorMessage?: string | undefined;
      }[]
    | undefined;
}

function check(answer: Failures): void {
  if (!answer.FailedEntryCount) return;
  const [first] = answer.FailedEntries ?? [];
  throw new TargetsFailed(
    first?.ErrorCode ?? "InternalException",
    `target ${first?.TargetId ?? "?"}: ${first?.ErrorMessage ?? "refused"}`,
  );
}

/** Puts targets; a refusal of one of them is an error. */
export async function putTargets(
  ctx: AwsContext,
  Rule: string,
  targets: readonly (readonly [string, RuleTarget])[],
): Promise<void> {
  const events = await ctx.clients.events();
  check(await events.putTargets({ Rule, Targets: targets.map(([key, target]) => toAws(idOfTarget(key), target)) }));
}

/** Removes targets by id; a refusal of one of them is an error. */
export async function removeTargets(ctx: AwsContext, Rule: string, Ids: readonly string[]): Promise<void> {
  const events = await ctx.clients.events();
  check(await events.removeTargets({ Rule, Ids: [...Ids] }));
}

export const sameTarget = (a: RuleTarget, b: RuleTarget): boolean => sameJson(a, b);

function fromAws(target: Target): RuleTarget {
  const { MaximumEventAgeInSeconds: age, MaximumRetryAttempts: attempts } = target.RetryPolicy ?? {};
  const transformer = target.InputTransformer;
  return {
    arn: target.Arn ?? "",
    input: target.Input ?? null,
    transformer: transformer
      ? { paths: { ...transformer.InputPathsMap }, template: transformer.InputTemplate ?? "" }
      : null,
    roleArn: target.RoleArn ?? null,
    dlqArn: target.DeadLetterConfig?.Arn ?? null,
    retry:
      age === undefined && attempts === undefined ? null : { maxAgeSeconds: age ?? 86_400, attempts: attempts ?? 185 },
  };
}

const toAws = (Id: string, { arn, input, transformer, roleArn, dlqArn, retry }: RuleTarget): Target => ({
  Id,
  Arn: arn,
  ...(input === null ? {} : { Input: input }),
  ...(transformer
    ? { InputTransformer: { InputPathsMap: { ...transformer.paths }, InputTemplate: transformer.template } }
    : {}),
  ...(roleArn ? { RoleArn: roleArn } : {}),
  ...(dlqArn ? { DeadLetterConfig: { Arn: dlqArn } } : {}),
  ...(retry
    ? { RetryPolicy: { MaximumEventAgeInSeconds: retry.maxAgeSeconds, MaximumRetryAttempts: retry.attempts } }
    : {}),
});
