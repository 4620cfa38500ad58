import { type QueueConfig, queueSection } from "../services/sqs/section.ts";
import { UNDELIVERED_ID } from "./ids.ts";

const UNDELIVERED: QueueConfig = queueSection.parse({});

/** The queues of a config: the function's own is there whether or not it is declared. */
export const queuesOf = (config: {
  readonly queues: Readonly<Record<string, QueueConfig>>;
}): Readonly<Record<string, QueueConfig>> => ({ [UNDELIVERED_ID]: UNDELIVERED, ...config.queues });
