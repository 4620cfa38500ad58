import { z } from "zod";
import { RETENTION_DAYS } from "../logs/props.ts";
import { descriptionSchema, formerlySchema, nameSchema, scalarSchema, tagsSchema } from "../parts.ts";

const events = z.strictObject({
  bucket: z.string().default("raw").describe("Id of the bucket whose new objects call the function."),
  prefix: z.string().default("fhir/").describe("Keys that count; `ingest` puts files under it."),
  suffix: z.string().default(""),
});

/** The function that S3 calls for new files: it keeps the ledger and starts the workflow. */
export const functionSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  role: z.string().default("trigger_glue_workflow").describe("Id of the role."),
  handler: z.string().max(128).default("myglueworkflow.lambda_handler"),
  runtime: z
    .enum(["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"])
    .default("python3.12"),
  source: z.string().min(1).default("glue-scripts/lambda").describe("Folder with the code; sent as a zip."),
  s3Bucket: z
    .string()
    .optional()
    .describe("Code that lies in a bucket: an id of `buckets`, or the name of one elsewhere."),
  s3Key: z
    .string()
    .optional()
    .describe("Its key. Without one, in a bucket of ours, apply uploads the zip of `source`."),
  s3ObjectVersion: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe("One version of that object, in a bucket with versioning. Default: the newest."),
  batchWindow: z
    .int()
    .min(0)
    .max(880)
    .default(0)
    .describe(
      "Seconds without a new file that a run waits for: a burst of files becomes one run. 0: the first file starts it.",
    ),
  timeout: z.int().min(1).max(900).default(60).describe("Seconds."),
  memory: z.int().min(128).max(10_240).default(256).describe("MB."),
  ephemeralStorage: z.int().min(512).max(10_240).default(512).describe("MB under /tmp."),
  architecture: z.enum(["x86_64", "arm64"]).default("x86_64"),
  environment: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]+$/, "names of variables are letters, digits and _"), scalarSchema)
    .default({})
    .describe("Added to what the function is told anyway (GLUE_WORKFLOW_NAME, LEDGER_TABLE, …)."),
  kmsKeyArn: z.string().optional().describe("Key for the environment variables; default: Lambda's own."),
  events: events.prefault({}),
  jobEvents: z
    .boolean()
    .optional()
    .describe(
      "Whether the code knows the ends of jobs, so that rules may tell it of them. Default: looked up in `source`; code that lies in a bucket counts as not.",
    ),
  logRetentionDays: z
    .literal([...RETENTION_DAYS])
    .optional()
    .describe("Days that its log group keeps its lines. Default: `logs.retentionDays`."),
  maxRetryAttempts: z
    .int()
    .min(0)
    .max(2)
    .default(2)
    .describe("Of events that the function failed on, before they go to the queue `undelivered`."),
  maxEventAge: z.int().min(60).max(21_600).default(21_600).describe("Seconds."),
  logFormat: z.enum(["Text", "JSON"]).default("Text"),
  tracing: z.enum(["PassThrough", "Active"]).default("PassThrough").describe("Active: X-Ray."),
  reservedConcurrency: z.int().min(0).optional(),
  tags: tagsSchema,
});
export type FunctionConfig = z.output<typeof functionSection>;
