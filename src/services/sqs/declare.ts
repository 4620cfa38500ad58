import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { byBucket } from "../statements.ts";
import { SSE_SQS } from "./attributes.ts";
import { queueStatements } from "./policy.ts";
import type { QueueProps } from "./props.ts";
import type { QueueConfig } from "./section.ts";

const DAY_SECONDS = 86_400;
/** AWS's own default. */
const VISIBLE_AGAIN_SECONDS = 30;
const MIB = 1_048_576;

/** Queues; their policies let in the rules that leave there what they could not deliver. */
export const declareQueues = (
  { queues }: { readonly queues: Readonly<Record<string, QueueConfig>> },
  build: Build,
): Desired[] =>
  Object.entries(queues).map(([id, one]) => {
    const { name, arn } = build.named("queues", id);
    const [buckets, others] = byBucket(build.callers("queues", id));
    return resource<QueueProps>(
      { kind: "sqs.queue", id, name },
      {
        encryption: one.kmsKeyId ?? SSE_SQS,
        retentionSeconds: one.retentionDays * DAY_SECONDS,
        visibilitySeconds: one.visibilityTimeout ?? VISIBLE_AGAIN_SECONDS,
        delaySeconds: 0,
        waitSeconds: 0,
        // A whole event of Lambda's must fit.
        maxMessageBytes: MIB,
        redrive: one.redrive
          ? { queueArn: build.named("queues", one.redrive.queue).arn, maxReceives: one.redrive.maxReceives }
          : null,
        statements: queueStatements(arn, build.scope.account, others, buckets),
      },
      build.tags(one.tags),
    );
  });
