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
/** The newest are what people write; the older ones run on where they run already. */
export const GLUE_VERSIONS = ["4.0", "5.0", "5.1", "6.0", "3.0", "2.0", "1.0"] as const;
export const JOB_TYPES = ["glueetl", "gluestreaming", "pythonshell"] as const;
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

const argumentKey = z.string().regex(/^--/, "job arguments start with --");
const jobArguments = z.record(argumentKey, scalarSchema).default({});

const sparkUi = z.strictObject({
  bucket: reference("buckets").optional().describe("Id of the bucket of the event logs."),
  prefix: z.string().default("spark-ui/").describe("Beginning of their keys."),
  url: z.string().min(1).optional().describe("s3://… in place of bucket and prefix."),
});

const sourceControl = z.strictObject({
  provider: z.enum(["GITHUB", "GITLAB", "BITBUCKET", "AWS_CODE_COMMIT"]),
  repository: z.string().min(1).max(512),
  owner: z.string().max(512).default(""),
  branch: z.string().max(512).default(""),
  folder: z.string().max(512).default(""),
  secretArn: z.string().min(1).optional().describe("ARN of the secret in Secrets Manager that holds the token."),
});

const securityReference = reference("securityConfigurations", { byName: true });

/** Words that every job has. */
export const jobWords = {
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  type: z.enum(JOB_TYPES).default("glueetl").describe("Spark, Spark that goes on for ever, or plain Python."),
  glueVersion: z
    .enum(GLUE_VERSIONS)
    .optional()
    .describe("In quotes: YAML reads 5.0 as the number 5. Default: 5.0; of Python shell jobs AWS's own."),
  pythonVersion: z
    .enum(["3", "3.9", "2"])
    .optional()
    .describe("In quotes. Default: 3, which the Glue version makes more exact; 3.9 of Python shell jobs."),
  workerType: z.enum(WORKER_TYPES).optional().describe("Default: G.1X. Python shell jobs have none."),
  numberOfWorkers: z.int().min(1).max(299).optional().describe("Default: 2. Python shell jobs have none."),
  maxCapacity: z
    .number()
    .min(0.0625)
    .max(1000)
    .optional()
    .describe("DPUs in place of workers: 0.0625 (the default) or 1 of Python shell jobs."),
  timeout: z
    .int()
    .min(1)
    .max(10_080)
    .optional()
    .describe("Minutes. Default: 60; streaming jobs go on until AWS starts them anew."),
  maxRetries: z.int().min(0).max(10).default(0),
  maxConcurrentRuns: z.int().min(1).max(1000).default(1).describe("1 keeps one writer a table."),
  executionClass: z.enum(["STANDARD", "FLEX"]).default("STANDARD"),
  queuing: z.boolean().default(false).describe("Queue (state WAITING) instead of failing at the account's limits."),
  arguments: z
    .record(argumentKey, scalarSchema.nullable())
    .default({})
    .describe("Added to the standard arguments, or in place of them; null takes one away."),
  nonOverridableArguments: jobArguments.describe("Arguments that a run cannot change."),
  connections: z
    .array(reference("connections", { byName: true }))
    .default([])
    .describe("Ids or names of Glue connections."),
  securityConfiguration: securityReference.optional().describe("Id or name of a Glue security configuration."),
  sparkUi: sparkUi.optional().describe("Where the event logs go that Spark's UI shows."),
  jobMode: z
    .enum(["SCRIPT", "VISUAL", "NOTEBOOK"])
    .optional()
    .describe("Which editor of the console shows it. Default: as it is."),
  logUri: z.string().min(1).optional().describe("Reserved by AWS."),
  sourceControl: sourceControl.optional().describe("Repository that the console keeps the job in step with."),
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
