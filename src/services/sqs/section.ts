import { z } from "zod";
import { existingSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";
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
  retentionSeconds: z
    .int()
    .min(60)
    .max(1_209_600)
    .optional()
    .describe("MessageRetentionPeriod in seconds, instead of `retentionDays`."),
  sqsManagedSse: z
    .literal(false)
    .optional()
    .describe("SqsManagedSseEnabled: false leaves messages without SQS's own key. Default: that key, or `kmsKeyId`."),
  kmsDataKeyReuseSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .optional()
    .describe("KmsDataKeyReusePeriodSeconds. Default: 300."),
  delaySeconds: z.int().min(0).max(900).default(0).describe("DelaySeconds: before a message is seen."),
  receiveWaitSeconds: z
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe("ReceiveMessageWaitTimeSeconds: how long a receive waits for a message."),
  maxMessageBytes: z
    .int()
    .min(1024)
    .max(1_048_576)
    .default(1_048_576)
    .describe("MaximumMessageSize. Default: SQS's largest, into which a whole event of Lambda's fits."),
  redrive: redrive.optional(),
  redriveAllow: z
    .strictObject({
      permission: z.enum(["allowAll", "denyAll", "byQueue"]).describe("redrivePermission."),
      queues: z.array(reference("queues")).min(1).max(10).optional().describe("sourceQueueArns, of byQueue."),
    })
    .refine(
      ({ permission, queues }) => (permission === "byQueue") === (queues !== undefined),
      "`queues` goes with byQueue",
    )
    .optional()
    .describe("RedriveAllowPolicy: which queues may leave here what was received too often. Default: all of them."),
  fifo: z.boolean().optional().describe("FifoQueue: in order, each once. Its `name` ends in .fifo."),
  contentBasedDeduplication: z.boolean().optional().describe("ContentBasedDeduplication, of a FIFO queue."),
  deduplicationScope: z.enum(["messageGroup", "queue"]).optional().describe("DeduplicationScope, of a FIFO queue."),
  fifoThroughputLimit: z
    .enum(["perQueue", "perMessageGroupId"])
    .optional()
    .describe("FifoThroughputLimit, of a FIFO queue."),
  statements: z
    .record(z.string().regex(/^[A-Za-z0-9]+$/, "letters and digits, the end of a Sid"), jsonSchema)
    .optional()
    .describe("Statements of the queue's policy beside ours and other people's (Policy), by the end of their Sid."),
  existing: existingSchema,
  tags: tagsSchema,
});
export type QueueConfig = z.output<typeof queueSection>;
