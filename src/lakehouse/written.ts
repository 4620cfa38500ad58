import { z } from "zod";
import { bucketSection } from "../services/s3/section.ts";
import { boundarySchema } from "../services/iam/section.ts";
import { logsSection } from "../services/logs/section.ts";
import { idSchema } from "../services/parts.ts";
import { reference } from "../services/reference.ts";
import { topicSection } from "../services/sns/section.ts";
import { measuresSection } from "./measures.ts";
import { qualitySection } from "./quality.ts";
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
import { shape } from "../services/index.ts";

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

/** What the pipeline has words for, in the order of the documents; and sections of services, as they are, among them. */
const words = {
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
  uploads: shape.uploads,
  databases: shape.databases,
  layers: layers.prefault({}).describe("Where the tables of each layer lie."),
  jobs: z.record(idSchema, jobSection).default({}).describe("Glue jobs."),
  workflow: etlSection.optional().describe("The Glue workflow that chains the jobs."),
  workflows: z.record(idSchema, etlSection).default({}).describe("Further workflows."),
  triggers: shape.triggers,
  crawlers: shape.crawlers,
  connections: shape.connections,
  securityConfigurations: shape.securityConfigurations,
  function: receiverSection.optional().describe("The Lambda function that new files call."),
  functions: z.record(idSchema, functionSection).default({}).describe("Further functions."),
  eventSources: shape.eventSources,
  ledger: ledgerSection.optional().describe("The DynamoDB table of processed files."),
  tables: shape.tables,
  permissionsBoundary: boundarySchema
    .optional()
    .describe(
      "Permissions boundary of every role: ARN or name of a managed policy, or `none`. Default: one of the environment's own, <project>_boundary_<env>.",
    ),
  roles: shape.roles,
  policies: shape.policies,
  logs: logsSection.prefault({}).describe("Retention and key of the log groups."),
  logGroups: shape.logGroups,
  alerts: topicSection.optional().describe("The SNS topic for failures and ends of runs."),
  topics: shape.topics,
  queues: shape.queues,
  rules: z.record(idSchema, ruleSection).default({}).describe("EventBridge rules."),
};

/** The whole config as it is written, after the environment's overlay: strict. */
export const writtenSchema = z.strictObject({
  ...words,
  // Sections that no word of the pipeline stands for: a service's folder says all that there is to say.
  ...without(shape, words),
  reading: readingSection.prefault({}).describe("What one raw file may cost its reader."),
  measures: measuresSection.prefault({}).describe("Parameters of the measures."),
  quality: qualitySection
    .default({})
    .describe("Checks of the data: settings of the built-in ones, and your own in SQL."),
  local: localSection.prefault({}).describe("Settings of the embedded AWS."),
});

function without<T extends object, K extends object>(all: T, taken: K): Omit<T, keyof K> {
  const left = Object.entries(all).filter(([key]) => !Object.hasOwn(taken, key));
  // Fewer keys of the same object: `fromEntries` forgets which.
  return Object.fromEntries(left) as Omit<T, keyof K>;
}
