import type { Target } from "@aws-sdk/client-eventbridge";
import type { AwsContext } from "../../aws/context.ts";
import { given, pages, sameJson } from "../kit.ts";
import { onBus } from "./bus.ts";
import { parametersOf } from "./parameters.ts";
import type { RuleTarget } from "./props.ts";
import { eventsClient } from "./client.ts";

/** Our targets of a rule have this before their key; others are other people's. */
const PREFIX = "metriccare-";

export const idOfTarget = (key: string): string => `${PREFIX}${key}`;

const isOurs = ({ Id }: Target): boolean => /^metriccare-\w+$/.test(Id ?? "");

export const foreignTargets = (targets: readonly Target[]): readonly Target[] => targets.filter((one) => !isOurs(one));

/** Our targets by key. */
export const ourTargets = (targets: readonly Target[]): Record<string, RuleTarget> =>
  Object.fromEntries(targets.filter(isOurs).map((one) => [one.Id?.slice(PREFIX.length) ?? "", fromAws(one)]));

/** All targets of a rule, also other people's. */
export async function listTargets(ctx: AwsContext, key: string): Promise<readonly Target[]> {
  const events = await ctx.clients.of(eventsClient);
  const { name: Rule, bus } = onBus(key);
  const all = await pages(
    (NextToken?: string) => events.listTargetsByRule({ Rule, ...bus, ...(NextToken ? { NextToken } : {}) }),
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
  rule: string,
  targets: readonly (readonly [string, RuleTarget])[],
): Promise<void> {
  const events = await ctx.clients.of(eventsClient);
  const { name: Rule, bus } = onBus(rule);
  check(
    await events.putTargets({ Rule, ...bus, Targets: targets.map(([key, target]) => toAws(idOfTarget(key), target)) }),
  );
}

/** Removes targets by id; a refusal of one of them is an error. */
export async function removeTargets(ctx: AwsContext, rule: string, Ids: readonly string[]): Promise<void> {
  const events = await ctx.clients.of(eventsClient);
  const { name: Rule, bus } = onBus(rule);
  check(await events.removeTargets({ Rule, ...bus, Ids: [...Ids] }));
}

export const sameTarget = (a: RuleTarget, b: RuleTarget): boolean => sameJson(a, b);

function fromAws(target: Target): RuleTarget {
  const { MaximumEventAgeInSeconds: age, MaximumRetryAttempts: attempts } = target.RetryPolicy ?? {};
  const transformer = target.InputTransformer;
  return {
    arn: target.Arn ?? "",
    input: target.Input ?? null,
    ...given("path", target.InputPath || undefined),
    ...given("parameters", parametersOf(target)),
    transformer: transformer
      ? { paths: { ...transformer.InputPathsMap }, template: transformer.InputTemplate ?? "" }
      : null,
    roleArn: target.RoleArn ?? null,
    dlqArn: target.DeadLetterConfig?.Arn ?? null,
    retry:
      age === undefined && attempts === undefined ? null : { maxAgeSeconds: age ?? 86_400, attempts: attempts ?? 185 },
  };
}

const toAws = (
  Id: string,
  { arn, input, transformer, path, roleArn, dlqArn, retry, parameters }: RuleTarget,
): Target => ({
  Id,
  Arn: arn,
  ...(input === null ? {} : { Input: input }),
  ...(transformer
    ? { InputTransformer: { InputPathsMap: { ...transformer.paths }, InputTemplate: transformer.template } }
    : {}),
  ...given("InputPath", path),
  ...parameters,
  ...(roleArn ? { RoleArn: roleArn } : {}),
  ...(dlqArn ? { DeadLetterConfig: { Arn: dlqArn } } : {}),
  ...(retry
    ? { RetryPolicy: { MaximumEventAgeInSeconds: retry.maxAgeSeconds, MaximumRetryAttempts: retry.attempts } }
    : {}),
});
