import { z } from "zod";
import { existingSchema, formerlySchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

const redrive = z.strictObject({
  queue: reference("queues").describe("Id of the queue that messages go to which were received too often."),
  maxReceives: z.int().min(1).max(1000).default(5),
});

/** An encrypted queue that nobody reaches without TLS. */
export const queueSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  kmsKeyId: z
    .string()
    .min(1)
    .optional()
    .describe("KMS key; its policy must let Lambda and EventBridge use it. Default: SQS's own key (SSE-SQS)."),
  retentionDays: z.int().min(1).max(14).default(14).describe("How long a message stays at most."),
  visibilityTimeout: z
    .int()
    .min(0)
    .max(43_200)
    .optional()
    .describe(
      "Seconds that a message is hidden from others once it was received. Default: 30, and 5400 for `undelivered`.",
    ),
  redrive: redrive.optional(),
  existing: existingSchema,
  tags: tagsSchema,
});
export type QueueConfig = z.output<typeof queueSection>;
