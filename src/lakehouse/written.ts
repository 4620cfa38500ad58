import { z } from "zod";
import { bucketSection, uploadSection } from "../services/s3/section.ts";
import { connectionSection } from "../services/glue/connection-section.ts";
import { crawlerSection } from "../services/glue/crawler-section.ts";
import { databaseSection, triggerSection } from "../services/glue/section.ts";
import { securityConfigurationSection } from "../services/glue/security-configuration-section.ts";
import { boundarySchema, policySection, roleSection } from "../services/iam/section.ts";
import { logGroupSection, logsSection } from "../services/logs/section.ts";
import { idSchema } from "../services/parts.ts";
import { reference } from "../services/reference.ts";
import { scheduleSection } from "../services/scheduler/section.ts";
import { topicSection } from "../services/sns/section.ts";
import { queueSection } from "../services/sqs/section.ts";
import { tableSection } from "../services/dynamodb/section.ts";
import { measuresSection } from "./measures.ts";
import { readingSection } from "./reading.ts";
import {
  etlSection,
  functionSection,
  jobSection,
  layerSection,
  ledgerSection,
  receiverSection,
  ruleSection,
} from "./sections.ts";

const bucketId = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "ids of buckets are lower case letters, digits and -, a letter first");

const awsSection = z.strictObject({
  embedded: z.boolean().default(false).describe("true: the AWS that runs on this machine."),
  // An unquoted account is a number to YAML: take it, its digits are what was meant.
  account: z.coerce
    .string()
    .regex(/^\d{12}$/, "an account has twelve digits (put them in quotes when the first is 0)")
    .optional()
    .describe("Pins the account: other credentials are refused before the first call."),
  region: z
    .string()
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, "a region such as eu-central-1")
    .optional()
    .describe("Pins the region; it beats AWS_REGION."),
});

const localSection = z.strictObject({
  port: z.int().min(1024).max(65_535).optional().describe("Port of the embedded AWS. Default: a free one."),
});

const layers = z.strictObject({
  bronze: layerSection.prefault({}),
  silver: layerSection.prefault({}),
  gold: layerSection.prefault({}),
});

/** The whole config as it is written, after the environment's overlay: strict. */
export const writtenSchema = z.strictObject({
  project: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/, "2 to 20 lower case letters, digits and -, a letter first")
    .describe("First part of every name."),
  pipeline: z
    .enum(["fhir", "none"])
    .default("fhir")
    .describe(
      "none: workflow, function, ledger, alerts, measures and layers are made only where they stand in the config.",
    ),
  tags: z
    .record(z.string().min(1).max(128), z.string().max(256))
    .default({})
    .describe("Tags of every resource, beside Project and Environment."),
  aws: awsSection.prefault({}).describe("Where the environment lives."),
  buckets: z.record(bucketId, bucketSection).default({}).describe("S3 buckets: raw, bronze, silver, gold, scripts."),
  scriptsBucket: reference("buckets")
    .optional()
    .describe(
      "Bucket of job scripts, lease and temporary files. Default: `scripts`, else the one bucket that we make.",
    ),
  uploads: z.record(idSchema, uploadSection).default({}).describe("Files and packages that apply puts into buckets."),
  databases: z.record(idSchema, databaseSection).default({}).describe("Databases of the Glue catalog, one a layer."),
  layers: layers.prefault({}).describe("Where the tables of each layer lie."),
  jobs: z.record(idSchema, jobSection).default({}).describe("Glue jobs."),
  workflow: etlSection.optional().describe("The Glue workflow that chains the jobs."),
  workflows: z.record(idSchema, etlSection).default({}).describe("Further workflows."),
  triggers: z.record(idSchema, triggerSection).default({}).describe("Triggers that belong to no workflow."),
  crawlers: z.record(idSchema, crawlerSection).default({}).describe("Glue crawlers."),
  connections: z.record(idSchema, connectionSection).default({}).describe("Glue connections, for jobs and crawlers."),
  securityConfigurations: z
    .record(idSchema, securityConfigurationSection)
    .default({})
    .describe("How jobs and crawlers encrypt what they write."),
  function: receiverSection.optional().describe("The Lambda function that new files call."),
  functions: z.record(idSchema, functionSection).default({}).describe("Further functions."),
  ledger: ledgerSection.optional().describe("The DynamoDB table of processed files."),
  tables: z.record(idSchema, tableSection).default({}).describe("Further DynamoDB tables."),
  permissionsBoundary: boundarySchema
    .optional()
    .describe(
      "Permissions boundary of every role: ARN or name of a managed policy, or `none`. Default: one of the environment's own, <project>_boundary_<env>.",
    ),
  roles: z.record(idSchema, roleSection).default({}).describe("IAM roles; their rights follow from who uses them."),
  policies: z
    .record(idSchema, policySection)
    .default({})
    .describe("Managed policies, for `roles.<id>.managedPolicies`."),
  logs: logsSection.prefault({}).describe("Retention and key of the log groups."),
  logGroups: z.record(idSchema, logGroupSection).default({}).describe("Further log groups."),
  alerts: topicSection.optional().describe("The SNS topic for failures and ends of runs."),
  topics: z.record(idSchema, topicSection).default({}).describe("Further topics."),
  queues: z
    .record(idSchema, queueSection)
    .default({})
    .describe(
      "SQS queues. `undelivered`, for what the function could not record, is made whether or not it stands here.",
    ),
  rules: z.record(idSchema, ruleSection).default({}).describe("EventBridge rules."),
  schedules: z
    .record(idSchema, scheduleSection)
    .default({})
    .describe("Schedules of EventBridge Scheduler, in a time zone."),
  reading: readingSection.prefault({}).describe("What one raw file may cost its reader."),
  measures: measuresSection.prefault({}).describe("Parameters of the measures."),
  local: localSection.prefault({}).describe("Settings of the embedded AWS."),
});
