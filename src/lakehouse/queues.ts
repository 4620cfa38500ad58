import { type QueueConfig, queueSection } from "../services/sqs/section.ts";
import { UNDELIVERED_ID } from "./ids.ts";

const UNDELIVERED: QueueConfig = queueSection.parse({});
/** Six times the longest that any function runs: AWS's advice for queues that one drains. (Ours says how long with each receive.) */
const VISIBLE_AGAIN_SECONDS = 5400;

interface Queues {
  readonly queues: Readonly<Record<string, QueueConfig>>;
}

/** The queues of a config with a pipeline: the function's own is there whether or not it is declared. */
export const queuesOf = ({ queues }: Queues): Readonly<Record<string, QueueConfig>> => ({
  [UNDELIVERED_ID]: UNDELIVERED,
  ...queues,
});

/** The queue of what the function could not record, with what it needs beside what the config says. */
export function undeliveredQueue(config: Queues): Record<string, QueueConfig> {
  const own = queuesOf(config)[UNDELIVERED_ID] ?? UNDELIVERED;
  return { [UNDELIVERED_ID]: { ...own, visibilityTimeout: own.visibilityTimeout ?? VISIBLE_AGAIN_SECONDS } };
}
