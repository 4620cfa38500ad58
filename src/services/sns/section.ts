import { z } from "zod";
import { existingSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

const subscription = z.strictObject({
  protocol: z.enum(["email", "email-json", "https", "http", "sms", "sqs", "lambda", "application", "firehose"]),
  endpoint: z
    .string()
    .min(1)
    .describe("Mail address, URL or ARN; of `lambda` and `sqs` the id of a function or queue too."),
  rawMessageDelivery: z.boolean().default(false),
  filterPolicy: jsonSchema.optional(),
  roleArn: reference("roles", { passedTo: "sns.amazonaws.com" })
    .optional()
    .describe("Of a firehose subscription, which needs it: the role under which SNS writes to the stream (id or ARN)."),
});
export type SubscriptionConfig = z.output<typeof subscription>;

/** One topic: where failures and the end of each run are told, or one of your own. */
export const topicSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  displayName: z.string().max(100).default(""),
  kmsKeyId: z.string().optional().describe("KMS key; its policy must let EventBridge and Lambda use it."),
  subscriptions: z.array(subscription).default([]),
  existing: existingSchema,
  tags: tagsSchema,
});
export type TopicConfig = z.output<typeof topicSection>;
