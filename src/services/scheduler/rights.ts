import type { PolicyStatement } from "../iam/props.ts";
import { keyStatement } from "../kms-statement.ts";
import type { Uses } from "../service.ts";
import type { ScheduleConfig } from "./section.ts";

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement[] =>
  Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource: [...new Set(Resource)] }];

/** What a role may do under which EventBridge Scheduler calls targets: Scheduler has no rights but these. */
export function scheduleRights(
  { schedules }: { readonly schedules: Readonly<Record<string, ScheduleConfig>> },
  role: string,
  { named, keyOf, scope }: Uses,
): PolicyStatement[] {
  const targets = Object.values(schedules).flatMap(({ target }) => (target.role === role ? [target] : []));
  if (targets.length === 0) return [];
  const of = (word: "function" | "workflow" | "topic" | "queue" | "deadLetter"): string[] =>
    targets.flatMap((target) => target[word] ?? []);
  const arns = (section: string, references: readonly string[]): string[] =>
    references.map((one) => named(section, one).arn);
  const [topics, queues] = [of("topic"), [...of("queue"), ...of("deadLetter")]];
  const keys = [...topics.map((one) => keyOf("topics", one)), ...queues.map((one) => keyOf("queues", one))];
  return [
    ...allow(
      "InvokeScheduled",
      ["lambda:InvokeFunction"],
      arns("functions", of("function")).flatMap((one) => [one, `${one}:*`]),
    ),
    ...allow("StartScheduled", ["glue:StartWorkflowRun"], arns("workflows", of("workflow"))),
    ...allow("PublishScheduled", ["sns:Publish"], arns("topics", topics)),
    ...allow("SendScheduled", ["sqs:SendMessage"], arns("queues", queues)),
    ...keyStatement(scope, "UseScheduledKeys", keys, ["kms:Decrypt", "kms:GenerateDataKey"]),
  ];
}
