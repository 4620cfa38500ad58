import { z } from "zod";
import { formerlySchema, nameSchema, tagsSchema } from "../parts.ts";
import { RETENTION_DAYS } from "./props.ts";

export const retentionSchema = z.literal([...RETENTION_DAYS]);
const keySchema = z.string().min(1);

/** One log group. */
export const logGroupSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  retentionDays: retentionSchema
    .optional()
    .describe("Days that it keeps its lines. Without it a new group keeps 30, and what a group has by now stays."),
  kmsKeyId: keySchema
    .optional()
    .describe("KMS key; its policy must let CloudWatch Logs use it. Without it a key that a group has by now stays."),
  logClass: z
    .enum(["STANDARD", "INFREQUENT_ACCESS", "ESSENTIALS", "DELIVERY"])
    .default("STANDARD")
    .describe("Chosen once. DELIVERY: lines go on to S3 or Firehose and stay two days."),
  deletionProtection: z
    .boolean()
    .optional()
    .describe("Nobody deletes the group before this is off; `destroy` keeps it without --include-data."),
  tags: tagsSchema,
});
export type LogGroupConfig = z.output<typeof logGroupSection>;

/** The log groups of the jobs and of the function. */
export const logsSection = z.strictObject({
  retentionDays: retentionSchema
    .optional()
    .describe(
      "Days that log groups keep their lines. Without it a new group keeps 30, and what a group has by now stays.",
    ),
  kmsKeyId: keySchema
    .optional()
    .describe(
      "KMS key of the log groups; its policy must let CloudWatch Logs use it. Without it a key that a group has by now stays.",
    ),
});
