import { z } from "zod";
import { descriptionSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";
import { parameterWords } from "./target-section.ts";

const transformer = z.strictObject({
  paths: z.record(z.string().min(1), z.string()).default({}).describe("Values taken from the event, by JSON path."),
  template: z.string().min(1).max(8192).describe("Text with <name> where a value goes."),
});

const retry = z.strictObject({
  maxAge: z.int().min(60).max(86_400).default(86_400).describe("Seconds."),
  attempts: z.int().min(0).max(185).default(185),
});

const target = z.strictObject({
  id: z
    .string()
    .regex(/^\w{1,40}$/, "letters, digits and _")
    .optional()
    .describe("Its id within the rule. Default: the id of what it names, or target_<n>."),
  function: reference("functions").optional(),
  topic: reference("topics").optional(),
  queue: reference("queues").optional(),
  workflow: reference("workflows").optional(),
  arn: z.string().regex(/^arn:/, "an ARN").optional().describe("Something outside this config."),
  roleArn: reference("roles", { passedTo: "events.amazonaws.com" })
    .optional()
    .describe("Id or ARN of the role under which EventBridge calls it; a workflow needs one."),
  input: z.unknown().optional().describe("What it gets instead of the event."),
  inputPath: z
    .string()
    .regex(/^\$/, "a JSON path such as $.detail")
    .max(256)
    .optional()
    .describe("The part of the event that it gets."),
  transformer: transformer.optional().describe("What it gets, made of parts of the event."),
  deadLetter: reference("queues").optional().describe("Queue of events that could not be delivered."),
  retry: retry.optional().describe("Default: EventBridge's own, 24 hours and 185 attempts."),
  ...parameterWords,
});
export type TargetConfig = z.output<typeof target>;

/** Words that every rule has. */
export const ruleWords = {
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  enabled: z.boolean().default(true),
  bus: z
    .string()
    .regex(
      /^(arn:[^:]+:events:[a-z0-9-]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/,
      "name or ARN of an event bus of this account and region",
    )
    .default("default")
    .describe("Name or ARN of the event bus that it listens on. Schedules need the default one."),
  managementEvents: z
    .boolean()
    .optional()
    .describe("Whether it also hears of the read-only management events that CloudTrail tells."),
  role: reference("roles", { passedTo: "events.amazonaws.com" })
    .optional()
    .describe("Id or ARN of the role under which EventBridge reaches another account's bus. Targets have their own."),
  schedule: z.string().max(256).optional().describe("rate(1 hour) or cron(0 6 * * ? *), UTC."),
  pattern: jsonSchema.optional().describe("An EventBridge pattern of one's own."),
  targets: z
    .array(z.union([z.string().min(1), target]))
    .min(1)
    .max(5)
    .describe("Ids of functions, topics, queues or workflows, or maps with settings; or something outside by ARN."),
  input: z.unknown().optional().describe("What the targets get instead of the event."),
  tags: tagsSchema,
};

/** One rule: a schedule or a pattern, and who is told. */
export const ruleSection = z.strictObject(ruleWords);
export type RuleConfig = z.output<typeof ruleSection>;
