import { z } from "zod";
import { tableWords } from "../services/dynamodb/section.ts";
import { ruleWords } from "../services/events/section.ts";
import { END_STATES, jobWords, workflowSection } from "../services/glue/section.ts";
import {
  anyRuntimeSchema,
  destinationSchema,
  functionWords,
  handlerSchema,
  retriesSchema,
  roleSchema,
  runtimeSchema,
  sourceSchema,
} from "../services/lambda/section.ts";
import { retentionSchema } from "../services/logs/section.ts";
import { existingSchema } from "../services/parts.ts";
import { reference } from "../services/reference.ts";
import { EXPIRY, HASH_KEY } from "./ledger.ts";

/** What a healthcare lakehouse adds to the words of the services: layers, datasets, the function of new files, the ledger. */

export const LAYERS = ["bronze", "silver", "gold"] as const;
export type Layer = (typeof LAYERS)[number];

/** One Glue job. Its layer, where it has one, decides what else it gets. */
export const jobSection = z.strictObject({
  ...jobWords,
  layer: z
    .enum(LAYERS)
    .optional()
    .describe(
      "Decides the role, the standard arguments and the buckets that the job works on. Without one, `role` is given.",
    ),
  dataset: z
    .string()
    .optional()
    .describe("Dataset of a Bronze or Silver job (patient, encounter, condition), passed as --dataset."),
  measure: z
    .string()
    .optional()
    .describe(
      "Measure of a Gold job (readmission, mortality, hai, length_of_stay, or one that you have added), passed as --measure. Default: the one that the script itself names.",
    ),
  role: jobWords.role.optional().describe("Id or ARN of the role. Default: glue_<layer>."),
  packages: z
    .array(reference("uploads"))
    .optional()
    .describe("Ids of uploads that go into --extra-py-files. Default: metriccare_etl for a job with a layer."),
});
export type JobConfig = z.output<typeof jobSection>;

/** Where a layer's tables lie. */
export const layerSection = z.strictObject({
  bucket: reference("buckets").optional().describe("Id of the bucket. Default: the layer's name."),
  prefix: z
    .string()
    .regex(/^([^/]+\/)*$/, "a prefix such as silver/ ends with / and does not start with one")
    .default("")
    .describe("Beginning of its keys, when layers share a bucket."),
  database: reference("databases").optional().describe("Id of the database. Default: the layer's name."),
});

/** The workflow; without triggers they follow from the layers of the jobs. */
export const etlSection = workflowSection.extend({
  triggers: workflowSection.shape.triggers
    .nullish()
    .describe(
      "Default: start, then Bronze, Silver and Gold, as the jobs' layers say; stays before what reads them. null in an environment's file: the default in place of those of lakehouse.yaml.",
    ),
  stagger: z
    .boolean()
    .default(false)
    .describe("Without triggers of its own: the jobs of a layer run one after another."),
});

const events = z.strictObject({
  bucket: reference("buckets").default("raw").describe("Id of the bucket whose new objects call the function."),
  prefix: z.string().default("fhir/").describe("Keys that count; `ingest` puts files under it."),
  suffix: z.string().default(""),
});

const logRetentionDays = retentionSchema
  .optional()
  .describe("Days that its log group keeps its lines. Default: `logs.retentionDays`.");

/** The function that S3 calls for new files: it keeps the ledger and starts the workflow. */
export const receiverSection = z.strictObject({
  ...functionWords,
  role: roleSchema.default("trigger_glue_workflow").describe("Id or ARN of the role."),
  handler: handlerSchema.default("myglueworkflow.lambda_handler"),
  runtime: runtimeSchema,
  source: sourceSchema.default("glue-scripts/lambda").describe("Folder with the code; sent as a zip."),
  batchWindow: z
    .int()
    .min(0)
    .max(880)
    .default(0)
    .describe(
      "Seconds without a new file that a run waits for: a burst of files becomes one run. 0: the first file starts it.",
    ),
  events: events.prefault({}),
  jobEvents: z
    .boolean()
    .optional()
    .describe(
      "Whether the code knows the ends of jobs, so that rules may tell it of them. Default: looked up in `source`; code that lies in a bucket counts as not.",
    ),
  logRetentionDays,
  maxRetryAttempts: retriesSchema.describe(
    "Of events that the function failed on, before they go to the queue `undelivered`.",
  ),
});

/** A further function. */
export const functionSection = z.strictObject({
  ...functionWords,
  existing: existingSchema,
  role: roleSchema.optional().describe("Id or ARN of the role."),
  handler: handlerSchema.optional().describe("module.function of its code."),
  runtime: anyRuntimeSchema,
  source: sourceSchema.optional().describe("Folder with the code; sent as a zip."),
  events: events
    .extend({ prefix: z.string().default("") })
    .optional()
    .describe("New objects that call it."),
  logRetentionDays,
  maxRetryAttempts: retriesSchema.describe("Of events that it failed on, before they go to `onFailure`."),
  onFailure: destinationSchema.optional().describe("Where events go that it failed on for good."),
});

/** The table of processed files. */
export const ledgerSection = z.strictObject({
  ...tableWords,
  hashKey: z.string().min(1).max(255).default(HASH_KEY),
  ttlAttribute: z.string().min(1).max(255).default(EXPIRY),
  enableTtl: z.boolean().optional().describe("The same as ttl, under the Terraform module's word."),
  ttlDays: z.int().min(1).max(3650).default(90).describe("Days after which a processed entry expires."),
});
export type LedgerConfig = z.output<typeof ledgerSection>;

/** Whether entries expire, by whichever of the two words it was said. */
export const ttlOn = (ledger: LedgerConfig): boolean => ledger.enableTtl ?? ledger.ttl;

const jobEvent = z.strictObject({
  layer: z.enum(LAYERS).optional().describe("Only jobs of this layer."),
  jobs: z
    .array(reference("jobs"))
    .min(1)
    .optional()
    .describe("Only these jobs (keys). Default: all jobs of the config."),
  states: z.array(z.enum(END_STATES)).min(1),
});

/** One rule: a schedule, ends of Glue jobs, or a pattern of one's own, and who is told. */
export const ruleSection = z.strictObject({
  ...ruleWords,
  jobEvents: z
    .array(jobEvent)
    .min(1)
    .optional()
    .describe(
      "Ends of Glue jobs that it waits for; one of these suffices. More jobs than EventBridge takes in a pattern (some 70) make further rules: `<id>_2`, `<id>_3`.",
    ),
});
export type RuleConfig = z.output<typeof ruleSection>;
