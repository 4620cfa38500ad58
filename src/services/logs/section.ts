import { z } from "zod";
import { RETENTION_DAYS } from "./props.ts";

/** The log groups of the jobs and of the function. */
export const logsSection = z.strictObject({
  retentionDays: z
    .literal([...RETENTION_DAYS])
    .optional()
    .describe(
      "Days that log groups keep their lines. Without it a new group keeps 30, and what a group has by now stays.",
    ),
  kmsKeyId: z
    .string()
    .regex(/^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/, "the ARN of a key (CloudWatch Logs takes no alias)")
    .optional()
    .describe(
      "KMS key of the log groups; its policy must let CloudWatch Logs use it. Without it a key that a group has by now stays.",
    ),
});
