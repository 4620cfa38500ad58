import { z } from "zod";
import { descriptionSchema, existingSchema, formerlySchema, nameSchema, scalarSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";
import { attributeWords } from "./job-table.ts";
import { jobArguments, securityReference, sparkUi } from "./parts.ts";

/** States that a trigger's condition and a rule can name. Source: Glue, "Triggering jobs". */
export const END_STATES = ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"] as const;
/** States of a crawl that a trigger's condition can name. */
export const CRAWL_STATES = ["SUCCEEDED", "CANCELLED", "FAILED"] as const;
/** What Lake Formation grants on a table. Source: Glue API, Permission. */
const PERMISSIONS = [
  "ALL",
  "SELECT",
  "ALTER",
  "DROP",
  "DELETE",
  "INSERT",
  "CREATE_DATABASE",
  "CREATE_TABLE",
  "DATA_LOCATION_ACCESS",
] as const;

/** One database of the Glue catalog. */
export const databaseSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  locationUri: z.string().optional().describe("Default: the bucket of the same id."),
  parameters: z
    .record(z.string().min(1).max(255), scalarSchema)
    .optional()
    .describe("All parameters that it has. Default: whatever other tools keep there."),
  createTableDefaultPermissions: z
    .record(z.string().min(1).max(255), z.array(z.enum(PERMISSIONS)))
    .optional()
    .describe("Lake Formation's grants on new tables, by principal. Default: whatever is set."),
  target: z
    .strictObject({
      catalog: z.string().min(1).describe("Id of its catalog: an account."),
      database: z.string().min(1),
      region: z.string().optional(),
    })
    .optional()
    .describe("A database elsewhere that this one is a link to."),
  federated: z
    .strictObject({
      connection: reference("connections", { byName: true }).optional().describe("Id or name of the connection."),
      identifier: z.string().min(1).optional().describe("ARN of what lies outside of the catalog."),
    })
    .optional()
    .describe("Something outside of the catalog that this one stands for."),
  existing: existingSchema,
  tags: tagsSchema,
});

/** Words that every job has: those of its attributes, and what they are not. */
export const jobWords = {
  name: nameSchema,
  formerly: formerlySchema,
  ...attributeWords,
  sparkUi: sparkUi.optional().describe("Where the event logs go that Spark's UI shows."),
  tags: tagsSchema,
};

/** One Glue job. */
export const jobSection = z.strictObject(jobWords);

const triggerAction = z.strictObject({
  job: reference("jobs").optional().describe("Key of the job."),
  crawler: reference("crawlers", { byName: true }).optional().describe("Id or name of a crawler, in place of a job."),
  arguments: jobArguments,
  timeout: z.int().min(1).max(10_080).optional().describe("Minutes; default: the job's own."),
  securityConfiguration: securityReference.optional(),
  notifyDelayAfter: z.int().min(1).optional(),
});

const condition = z.strictObject({
  job: reference("jobs").optional().describe("Key of the job."),
  state: z.enum(END_STATES).default("SUCCEEDED"),
  crawler: reference("crawlers", { byName: true }).optional().describe("Id or name of a crawler, in place of a job."),
  crawlState: z.enum(CRAWL_STATES).default("SUCCEEDED"),
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
