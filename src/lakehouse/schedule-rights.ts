import type { PolicyStatement } from "../services/iam/props.ts";
import { keyStatement } from "../services/kms-statement.ts";
import type { Expansion } from "./expansion.ts";
import { TOPIC_ID } from "./ids.ts";
import type { LakehouseConfig } from "./schema.ts";

type Target = LakehouseConfig["schedules"][string]["target"];

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement[] =>
  Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource: [...new Set(Resource)] }];

const keyOf = (kmsKeyId: string | undefined): string | undefined =>
  kmsKeyId === undefined || kmsKeyId === "" || kmsKeyId.startsWith("alias/aws/") ? undefined : kmsKeyId;

/** Keys of the topics and queues that are written to. */
const keys = ({ config }: Expansion, targets: readonly Target[]): (string | undefined)[] =>
  targets.flatMap(({ topic, queue, deadLetter }) => [
    topic === undefined ? undefined : keyOf((topic === TOPIC_ID ? config.alerts : config.topics[topic])?.kmsKeyId),
    queue === undefined ? undefined : keyOf(config.queues[queue]?.kmsKeyId),
    deadLetter === undefined ? undefined : keyOf(config.queues[deadLetter]?.kmsKeyId),
  ]);

/** What a role may do under which EventBridge Scheduler calls targets: Scheduler has no rights but these. */
export function scheduleStatements(all: Expansion, role: string): PolicyStatement[] {
  const { config, names, scope } = all;
  const targets = Object.values(config.schedules).flatMap(({ target }) => (target.role === role ? [target] : []));
  if (targets.length === 0) return [];
  const arns = (word: "function" | "workflow" | "topic" | "queue" | "deadLetter", section: string): string[] =>
    targets.flatMap((target) => (target[word] === undefined ? [] : [names.named(section, target[word]).arn]));
  const functions = arns("function", "functions");
  return [
    ...allow(
      "InvokeScheduled",
      ["lambda:InvokeFunction"],
      functions.flatMap((one) => [one, `${one}:*`]),
    ),
    ...allow("StartScheduled", ["glue:StartWorkflowRun"], arns("workflow", "workflows")),
    ...allow("PublishScheduled", ["sns:Publish"], arns("topic", "topics")),
    ...allow("SendScheduled", ["sqs:SendMessage"], [...arns("queue", "queues"), ...arns("deadLetter", "queues")]),
    ...keyStatement(scope, "UseScheduledKeys", keys(all, targets), ["kms:Decrypt", "kms:GenerateDataKey"]),
  ];
}
