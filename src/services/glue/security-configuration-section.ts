import { z } from "zod";

const key = z.string().min(1).optional().describe("ARN of the KMS key.");

const encryption = <M extends readonly [string, ...string[]]>(modes: M, what: string) =>
  z
    .strictObject({ mode: z.enum(modes).default(modes[0]), kmsKeyArn: key })
    .prefault({})
    .describe(what);

/** How jobs and crawlers encrypt what they write. */
export const securityConfigurationSection = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      "Name in AWS: starts with <project>_ and ends with _<env>, because AWS has no tags there and the name is the mark. Default: <project>_<id>_<env>.",
    ),
  formerly: z.string().min(1).max(255).optional().describe("Id or name in AWS that it had before."),
  s3: encryption(["DISABLED", "SSE-S3", "SSE-KMS"] as const, "What jobs and crawlers write to S3."),
  cloudWatch: encryption(["DISABLED", "SSE-KMS"] as const, "Logs."),
  jobBookmarks: encryption(["DISABLED", "CSE-KMS"] as const, "Bookmarks of jobs."),
  dataQuality: encryption(["DISABLED", "SSE-KMS"] as const, "Results of data quality checks."),
});
export type SecurityConfigurationConfig = z.output<typeof securityConfigurationSection>;
