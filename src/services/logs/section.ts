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
    .min(1)
    .optional()
    .describe(
      "KMS key of the log groups; its policy must let CloudWatch Logs use it. Without it a key that a group has by now stays.",
    ),
});
