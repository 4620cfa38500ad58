import { z } from "zod";
import { existingSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

const subscription = z.strictObject({
  protocol: z.enum(["email", "email-json", "https", "http", "sms", "sqs", "lambda", "application", "firehose"]),
  endpoint: z
    .string()
    .min(1)
    .describe("Mail address, URL or ARN; of `lambda` and `sqs` the id of a function or queue too."),
  rawMessageDelivery: z.boolean().default(false).describe("RawMessageDelivery: the message without SNS's envelope."),
  filterPolicy: jsonSchema.optional().describe("FilterPolicy: which messages it gets. Default: all."),
  filterPolicyScope: z
    .enum(["MessageAttributes", "MessageBody"])
    .optional()
    .describe("FilterPolicyScope: what the filter looks at. Default: MessageAttributes."),
  redrive: reference("queues")
    .optional()
    .describe("RedrivePolicy: queue (id or ARN) for what could not be delivered; one of ours is opened to the topic."),
  deliveryPolicy: jsonSchema.optional().describe("DeliveryPolicy: retries, of an http or https subscription."),
  replayPolicy: jsonSchema.optional().describe("ReplayPolicy: what a FIFO topic's archive sends once more."),
  roleArn: reference("roles", { passedTo: "sns.amazonaws.com" })
    .optional()
    .describe("Of a firehose subscription, which needs it: the role under which SNS writes to the stream (id or ARN)."),
});
export type SubscriptionConfig = z.output<typeof subscription>;

const role = () => reference("roles", { passedTo: "sns.amazonaws.com" }).optional();

/** What SNS writes of deliveries into CloudWatch Logs, by kind of endpoint. */
const feedback = z.strictObject({
  successRole: role().describe("…SuccessFeedbackRoleArn: role (id or ARN) that writes of what was delivered."),
  successSampleRate: z.int().min(0).max(100).optional().describe("…SuccessFeedbackSampleRate: per cent of it."),
  failureRole: role().describe("…FailureFeedbackRoleArn: role (id or ARN) that writes of what was not."),
});

/** One topic: where failures and the end of each run are told, or one of your own. */
export const topicSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  displayName: z.string().max(100).default(""),
  kmsKeyId: z.string().optional().describe("KMS key; its policy must let EventBridge and Lambda use it."),
  subscriptions: z.array(subscription).default([]),
  statements: z
    .record(z.string().regex(/^[A-Za-z0-9]+$/, "letters and digits, the end of a Sid"), jsonSchema)
    .optional()
    .describe("Statements of the topic's policy beside ours and other people's (Policy), by the end of their Sid."),
  deliveryPolicy: jsonSchema.optional().describe("DeliveryPolicy: retries of http and https subscriptions."),
  fifo: z.boolean().optional().describe("FifoTopic: in order, each once. Its `name` ends in .fifo; it is for queues."),
  contentBasedDeduplication: z.boolean().optional().describe("ContentBasedDeduplication, of a FIFO topic."),
  fifoThroughputScope: z.enum(["Topic", "MessageGroup"]).optional().describe("FifoThroughputScope, of a FIFO topic."),
  archiveDays: z
    .int()
    .min(1)
    .max(365)
    .optional()
    .describe("ArchivePolicy.MessageRetentionPeriod: days that a FIFO topic keeps messages for a replay."),
  signatureVersion: z.enum(["1", "2"]).optional().describe("SignatureVersion: SHA-1 or SHA-256 under notifications."),
  tracing: z.enum(["PassThrough", "Active"]).optional().describe("TracingConfig: X-Ray."),
  feedback: z
    .strictObject({
      http: feedback.optional(),
      lambda: feedback.optional(),
      sqs: feedback.optional(),
      application: feedback.optional(),
      firehose: feedback.optional(),
    })
    .optional()
    .describe("Delivery status logging, by kind of endpoint."),
  existing: existingSchema,
  tags: tagsSchema,
});
export type TopicConfig = z.output<typeof topicSection>;
