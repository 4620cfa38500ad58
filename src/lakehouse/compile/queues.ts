import type { Desired } from "../../engine/types.ts";
import { UNDELIVERED_ID } from "../ids.ts";
import { SSE_SQS } from "../../services/sqs/attributes.ts";
import { queueStatements } from "../../services/sqs/policy.ts";
import type { QueueProps } from "../../services/sqs/props.ts";
import { queuesOf } from "../queues.ts";
import { type Build, resource, tagsOf } from "./build.ts";

const DAY_SECONDS = 86_400;
/** Six times the longest that any function runs: AWS's advice for queues that one drains. (Ours says how long with each receive.) */
const VISIBLE_AGAIN_SECONDS = 5400;
/** AWS's own default. */
const VISIBLE_AGAIN_ELSE = 30;
const MIB = 1_048_576;

/** Rules whose undelivered events go to the queue: those that call the function or the topic. */
const rulesInto = ({ config, names }: Build): string[] =>
  Object.entries(config.rules)
    .filter(([, { targets }]) => targets.some((target) => typeof target === "string"))
    .map(([id]) => names.rule(id).arn);

/** The queues. The one for what the function could not record lets in the rules. */
export function queues(build: Build): Desired[] {
  const { config, names, scope } = build;
  return Object.entries(queuesOf(config)).map(([id, one]) => {
    const { name, arn } = names.queue(id);
    return resource<QueueProps>(
      { kind: "sqs.queue", id, name },
      {
        encryption: one.kmsKeyId ?? SSE_SQS,
        retentionSeconds: one.retentionDays * DAY_SECONDS,
        visibilitySeconds:
          one.visibilityTimeout ?? (id === UNDELIVERED_ID ? VISIBLE_AGAIN_SECONDS : VISIBLE_AGAIN_ELSE),
        delaySeconds: 0,
        waitSeconds: 0,
        // A whole event of Lambda's must fit.
        maxMessageBytes: MIB,
        redrive: one.redrive
          ? { queueArn: names.queue(one.redrive.queue).arn, maxReceives: one.redrive.maxReceives }
          : null,
        statements: queueStatements(arn, scope.account, id === UNDELIVERED_ID ? rulesInto(build) : []),
      },
      tagsOf(build, one.tags),
    );
  });
}
