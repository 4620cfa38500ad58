import { z } from "zod";
import { formerlySchema, nameSchema } from "../parts.ts";
import { reference } from "../reference.ts";

const time = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "a time such as 2027-01-31T06:00:00Z")
  .optional();

const retry = z.strictObject({
  maxAge: z.int().min(60).max(86_400).default(86_400).describe("Seconds."),
  attempts: z.int().min(0).max(185).default(185),
});

const target = z
  .strictObject({
    function: reference("functions").optional(),
    workflow: reference("workflows").optional(),
    topic: reference("topics").optional(),
    queue: reference("queues").optional(),
    arn: z
      .string()
      .regex(/^arn:/, "an ARN")
      .optional()
      .describe(
        "Something outside this config, or any call of AWS: arn:aws:scheduler:::aws-sdk:<service>:<operation>.",
      ),
    role: reference("roles", { passedTo: "scheduler.amazonaws.com" }).describe(
      "Id or ARN of the role under which Scheduler calls it. What a role of ours needs for that follows.",
    ),
    input: z.unknown().optional().describe("What it gets; the parameters of a call of AWS."),
    deadLetter: reference("queues").optional().describe("Queue of calls that failed for good."),
    retry: retry.prefault({}),
  })
  .refine(
    (one) => ["function", "workflow", "topic", "queue", "arn"].filter((key) => key in one).length === 1,
    "a target names one of function, workflow, topic, queue and arn",
  );

/** One schedule of EventBridge Scheduler: when, in whose time, and what is called. */
export const scheduleSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: z.string().max(512).default(""),
  expression: z
    .string()
    .max(256)
    .regex(/^(rate|cron|at)\(.+\)$/, "rate(1 hour), cron(0 6 * * ? *) or at(2027-01-31T06:00:00)"),
  timezone: z
    .string()
    .max(50)
    .refine(isZone, "a time zone such as Europe/Berlin")
    .default("UTC")
    .describe("Time zone of cron and at; summer time counts."),
  flexibleWindow: z.int().min(1).max(1440).optional().describe("Minutes within which it may start. Default: on time."),
  start: time.describe("Not before this time."),
  end: time.describe("Not after this time."),
  enabled: z.boolean().default(true),
  kmsKeyArn: z.string().regex(/^arn:/, "an ARN").optional().describe("Key of its input. Default: AWS's own."),
  target,
});
export type ScheduleConfig = z.output<typeof scheduleSection>;

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
