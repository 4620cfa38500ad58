import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { given } from "../kit.ts";
import { ownStatements } from "../statements.ts";
import { NO_SSE, SSE_SQS } from "./attributes.ts";
import { queueStatements } from "./policy.ts";
import type { QueueProps } from "./props.ts";
import type { QueueConfig } from "./section.ts";

const DAY_SECONDS = 86_400;
/** AWS's own default. */
const VISIBLE_AGAIN_SECONDS = 30;

/** The optional settings of a queue: those that the config does not name are absent. */
const settingsOf = (build: Build, one: QueueConfig): Partial<QueueProps> => ({
  ...given(
    "redriveAllow",
    one.redriveAllow && {
      permission: one.redriveAllow.permission,
      ...given(
        "queueArns",
        one.redriveAllow.queues?.map((queue) => build.named("queues", queue).arn),
      ),
    },
  ),
  ...given("kmsReuseSeconds", one.kmsDataKeyReuseSeconds),
  ...given("fifo", one.fifo),
  ...given("contentBasedDeduplication", one.contentBasedDeduplication),
  ...given("deduplicationScope", one.deduplicationScope),
  ...given("fifoThroughputLimit", one.fifoThroughputLimit),
});

/** Queues; their policies let in the rules that leave there what they could not deliver. */
export const declareQueues = (
  { queues }: { readonly queues: Readonly<Record<string, QueueConfig>> },
  build: Build,
): Desired[] =>
  Object.entries(queues).map(([id, one]) => {
    const { name, arn } = build.named("queues", id);
    return resource<QueueProps>(
      { kind: "sqs.queue", id, name },
      {
        encryption: one.kmsKeyId ?? (one.sqsManagedSse === false ? NO_SSE : SSE_SQS),
        retentionSeconds: one.retentionSeconds ?? one.retentionDays * DAY_SECONDS,
        visibilitySeconds: one.visibilityTimeout ?? VISIBLE_AGAIN_SECONDS,
        delaySeconds: one.delaySeconds,
        waitSeconds: one.receiveWaitSeconds,
        maxMessageBytes: one.maxMessageBytes,
        redrive: one.redrive
          ? { queueArn: build.named("queues", one.redrive.queue).arn, maxReceives: one.redrive.maxReceives }
          : null,
        statements: {
          ...queueStatements(arn, build.scope.account, build.callers("queues", id)),
          ...ownStatements(one.statements, arn),
        },
        ...settingsOf(build, one),
      },
      build.tags(one.tags),
    );
  });
