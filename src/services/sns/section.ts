import { z } from "zod";
import { jsonSchema, formerlySchema, nameSchema, tagsSchema } from "../parts.ts";

const subscription = z.strictObject({
  protocol: z.enum(["email", "email-json", "https", "http", "sms", "sqs", "lambda", "application", "firehose"]),
  endpoint: z.string().min(1).describe("Mail address, URL or ARN."),
  rawMessageDelivery: z.boolean().default(false),
  filterPolicy: jsonSchema.optional(),
  roleArn: z
    .string()
    .regex(/^arn:[^:]+:iam::\d{12}:role\/.+$/, "the ARN of a role")
    .optional()
    .describe("Of a firehose subscription, which needs it: the role under which SNS writes to the stream."),
});

/** The topic that failures and the end of each run are told on. */
export const alertsSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  displayName: z.string().max(100).default(""),
  kmsKeyId: z.string().optional().describe("KMS key; its policy must let EventBridge and Lambda use it."),
  subscriptions: z.array(subscription).default([]),
  tags: tagsSchema,
});
export type AlertsConfig = z.output<typeof alertsSection>;
