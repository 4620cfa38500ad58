import { z } from "zod";
import { END_STATES, LAYERS } from "../glue/section.ts";
import { descriptionSchema, jsonSchema, formerlySchema, nameSchema, tagsSchema } from "../parts.ts";

const jobEvent = z.strictObject({
  layer: z.enum(LAYERS).optional().describe("Only jobs of this layer."),
  jobs: z.array(z.string()).min(1).optional().describe("Only these jobs (keys). Default: all jobs of the config."),
  states: z.array(z.enum(END_STATES)).min(1),
});

const target = z.strictObject({
  arn: z.string().regex(/^arn:/, "an ARN").describe("Something outside this config."),
  roleArn: z.string().optional(),
  input: z.unknown().optional(),
});

/** One rule: a schedule, ends of Glue jobs, or a pattern of one's own, and who is told. */
export const ruleSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  enabled: z.boolean().default(true),
  schedule: z.string().max(256).optional().describe("rate(1 hour) or cron(0 6 * * ? *), UTC."),
  jobEvents: z
    .array(jobEvent)
    .min(1)
    .optional()
    .describe("Ends of Glue jobs that it waits for; one of these suffices."),
  pattern: jsonSchema.optional().describe("An EventBridge pattern of one's own."),
  targets: z
    .array(z.union([z.enum(["function", "alerts"]), target]))
    .min(1)
    .max(5)
    .describe("function, alerts, or something outside by ARN."),
  input: z.unknown().optional().describe("What the targets get instead of the event."),
  tags: tagsSchema,
});
export type RuleConfig = z.output<typeof ruleSection>;
