import type { PolicyStatement } from "../iam/props.ts";
import type { Uses } from "../service.ts";
import type { RuleConfig, TargetConfig } from "./section.ts";
import { targetMap } from "./target.ts";

/**
 * What EventBridge calls a target with, by the target's service. Source: EventBridge's guide, "Identity-based policies". Functions,
 * topics and queues let it in by policies of their own; a task of ECS also needs to be handed the task's roles, which no rule may give.
 */
const CALLS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^arn:[^:]+:states:/, ["states:StartExecution"]],
  [/^arn:[^:]+:kinesis:/, ["kinesis:PutRecord", "kinesis:PutRecords"]],
  [/^arn:[^:]+:firehose:/, ["firehose:PutRecord", "firehose:PutRecordBatch"]],
  [/^arn:[^:]+:events:.*:event-bus\//, ["events:PutEvents"]],
  [/^arn:[^:]+:events:.*:api-destination\//, ["events:InvokeApiDestination"]],
  [/^arn:[^:]+:execute-api:/, ["execute-api:Invoke"]],
  [/^arn:[^:]+:batch:/, ["batch:SubmitJob"]],
  [/^arn:[^:]+:sagemaker:/, ["sagemaker:StartPipelineExecution"]],
  [/^arn:[^:]+:codebuild:/, ["codebuild:StartBuild"]],
  [/^arn:[^:]+:codepipeline:/, ["codepipeline:StartPipelineExecution"]],
  [/^arn:[^:]+:glue:.*:workflow\//, ["glue:notifyEvent"]],
];

interface Called {
  readonly arn: string;
  readonly actions: readonly string[];
}

function calledBy({ named }: Uses, target: TargetConfig): Called[] {
  const arn = target.workflow === undefined ? target.arn : named("workflows", target.workflow).arn;
  const actions = arn === undefined ? undefined : CALLS.find(([form]) => form.test(arn))?.[1];
  if (arn === undefined || actions === undefined) return [];
  const definition = target.batch?.jobDefinition;
  return [{ arn, actions }, ...(definition?.startsWith("arn:") ? [{ arn: definition, actions }] : [])];
}

/** Rules and their targets that name a role: a target by its own word, another place's bus by the rule's. */
const targetsOf = (rule: RuleConfig, role: string, uses: Uses): TargetConfig[] =>
  rule.targets
    .map((one) => targetMap(uses, one))
    .filter((one) => one.roleArn === role || (one.roleArn === undefined && rule.role === role));

/** What a role may do under which EventBridge calls the targets of rules. */
export function ruleRights(
  { rules }: { readonly rules: Readonly<Record<string, RuleConfig>> },
  role: string,
  uses: Uses,
): PolicyStatement[] {
  const called = Object.values(rules).flatMap((rule) =>
    targetsOf(rule, role, uses).flatMap((target) => calledBy(uses, target)),
  );
  const byActions = new Map<string, Called[]>();
  for (const one of called) byActions.set(one.actions.join(), [...(byActions.get(one.actions.join()) ?? []), one]);
  return [...byActions.values()].map((all) => ({
    Sid: "CallTargets",
    Effect: "Allow",
    Action: all[0]?.actions ?? [],
    Resource: [...new Set(all.map(({ arn }) => arn))],
  }));
}
