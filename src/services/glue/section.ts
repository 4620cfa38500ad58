import { z } from "zod";
import { descriptionSchema, existingSchema, formerlySchema, nameSchema, scalarSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

export const WORKER_TYPES = [
  "Standard",
  "G.1X",
  "G.2X",
  "G.4X",
  "G.8X",
  "G.12X",
  "G.16X",
  "G.025X",
  "R.1X",
  "R.2X",
  "R.4X",
  "R.8X",
] as const;
export const GLUE_VERSIONS = ["4.0", "5.0", "5.1", "6.0"] as const;
/** States that a trigger's condition and a rule can name. Source: Glue, "Triggering jobs". */
export const END_STATES = ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"] as const;

/** One database of the Glue catalog. */
export const databaseSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  locationUri: z.string().optional().describe("Default: the bucket of the same id."),
  existing: existingSchema,
  tags: tagsSchema,
});

const jobArguments = z.record(z.string().regex(/^--/, "job arguments start with --"), scalarSchema).default({});

/** Words that every job has. */
export const jobWords = {
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  glueVersion: z.enum(GLUE_VERSIONS).default("5.0").describe("In quotes: YAML reads 5.0 as the number 5."),
  workerType: z.enum(WORKER_TYPES).default("G.1X"),
  numberOfWorkers: z.int().min(2).max(299).default(2),
  timeout: z.int().min(1).max(10_080).default(60).describe("Minutes."),
  maxRetries: z.int().min(0).max(10).default(0),
  maxConcurrentRuns: z.int().min(1).max(1000).default(1).describe("1 keeps one writer a table."),
  executionClass: z.enum(["STANDARD", "FLEX"]).default("STANDARD"),
  queuing: z.boolean().default(false).describe("Queue (state WAITING) instead of failing at the account's limits."),
  arguments: jobArguments.describe("Added to the standard arguments, or in place of them."),
  nonOverridableArguments: jobArguments.describe("Arguments that a run cannot change."),
  connections: z.array(z.string()).default([]).describe("Names of Glue connections."),
  securityConfiguration: z.string().optional().describe("Name of a Glue security configuration."),
  notifyDelayAfter: z.int().min(1).optional().describe("Minutes after which Glue reports a run as late."),
  maintenanceWindow: z.string().optional().describe("Day and hour (UTC) for streaming jobs, such as Sun:10."),
  tags: tagsSchema,
};

export const scriptSchema = z
  .string()
  .min(1)
  .describe(
    "Script, relative to the project folder, which apply uploads to the same key; or s3://… that lies there already.",
  );
export const jobRoleSchema = reference("roles", { passedTo: "glue.amazonaws.com" });

/** One Glue job. */
export const jobSection = z.strictObject({ ...jobWords, script: scriptSchema, role: jobRoleSchema });

const triggerAction = z.strictObject({
  job: reference("jobs").describe("Key of the job."),
  arguments: jobArguments,
  timeout: z.int().min(1).max(10_080).optional().describe("Minutes; default: the job's own."),
  securityConfiguration: z.string().optional(),
  notifyDelayAfter: z.int().min(1).optional(),
});

const condition = z.strictObject({
  job: reference("jobs").describe("Key of the job."),
  state: z.enum(END_STATES).default("SUCCEEDED"),
});

const predicate = z.strictObject({
  logical: z.enum(["AND", "ANY"]).default("AND"),
  conditions: z.array(condition).min(1).max(500),
});

/** One trigger of the workflow. */
export const triggerSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  type: z
    .enum(["on_demand", "scheduled", "conditional", "event"])
    .describe("How it starts; one start trigger a workflow."),
  schedule: z.string().optional().describe("Of a scheduled trigger: cron(15 12 * * ? *), UTC."),
  after: z.array(reference("jobs")).optional().describe("Short form of predicate: all of these jobs succeeded."),
  predicate: predicate.optional().describe("What a conditional trigger waits for."),
  actions: z
    .array(z.union([reference("jobs"), triggerAction]))
    .min(1)
    .max(50)
    .describe("Jobs that it starts: keys, or maps with arguments."),
  batchSize: z.int().min(1).max(100).default(1).describe("Of an event trigger: starts after so many events."),
  batchWindow: z.int().min(1).max(900).default(900).describe("Of an event trigger: seconds that it collects at most."),
  enabled: z.boolean().default(true).describe("Scheduled and conditional triggers that are not enabled never fire."),
  tags: tagsSchema,
});

/** The workflow and its triggers. */
export const workflowSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  maxConcurrentRuns: z.int().min(1).max(1000).default(1).describe("1 keeps one writer a table."),
  costCeiling: z
    .number()
    .min(0)
    .default(50)
    .describe("US dollars: a warning when one run may cost more, every job and retry at its timeout."),
  defaultRunProperties: z.record(z.string().min(1).max(255), scalarSchema).default({}),
  triggers: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, "ids are lower case letters, digits and _"), triggerSection),
  tags: tagsSchema,
});

export type JobConfig = z.output<typeof jobSection>;
export type TriggerConfig = z.output<typeof triggerSection>;
export type WorkflowConfig = z.output<typeof workflowSection>;
export type DatabaseConfig = z.output<typeof databaseSection>;
