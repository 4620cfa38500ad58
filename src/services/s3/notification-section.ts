import { z } from "zod";
import { reference } from "../reference.ts";

const events = z
  .array(z.string().regex(/^s3:[A-Za-z]+(:(\*|[A-Za-z]+))?$/, "an event such as s3:ObjectCreated:*"))
  .min(1)
  .default(["s3:ObjectCreated:*"])
  .describe("Events.");

/** An entry of a bucket's notification configuration: one receiver for events of some objects. */
export const notificationSchema = z
  .strictObject({
    function: reference("functions").optional().describe("LambdaFunctionArn: id of a function here, or an ARN."),
    queue: reference("queues").optional().describe("QueueArn: id of a queue here, or an ARN."),
    topic: reference("topics").optional().describe("TopicArn: id of a topic here, or an ARN."),
    events,
    prefix: z.string().max(1024).default("").describe("Filter, prefix: beginning of the keys. Default: every key."),
    suffix: z.string().max(1024).default("").describe("Filter, suffix: end of the keys."),
  })
  .refine(
    (one) => [one.function, one.queue, one.topic].filter((to) => to !== undefined).length === 1,
    "says exactly one of `function`, `queue` and `topic`",
  );
export type NotificationConfig = z.output<typeof notificationSchema>;
