import { z } from "zod";
import { descriptionSchema, existingSchema, formerlySchema, nameSchema, scalarSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

/** Words that every function has, the pipeline's own too. */
export const functionWords = {
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
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
  timeout: z.int().min(1).max(900).default(60).describe("Seconds."),
  memory: z.int().min(128).max(10_240).default(256).describe("MB."),
  ephemeralStorage: z.int().min(512).max(10_240).default(512).describe("MB under /tmp."),
  architecture: z.enum(["x86_64", "arm64"]).default("x86_64"),
  environment: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]+$/, "names of variables are letters, digits and _"), scalarSchema)
    .default({})
    .describe("Added to what the function is told anyway (GLUE_WORKFLOW_NAME, LEDGER_TABLE, …)."),
  kmsKeyArn: z.string().optional().describe("Key for the environment variables; default: Lambda's own."),
  maxEventAge: z.int().min(60).max(21_600).default(21_600).describe("Seconds."),
  logFormat: z.enum(["Text", "JSON"]).default("Text"),
  tracing: z.enum(["PassThrough", "Active"]).default("PassThrough").describe("Active: X-Ray."),
  reservedConcurrency: z.int().min(0).optional(),
  tags: tagsSchema,
};

export const runtimeSchema = z
  .enum(["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"])
  .default("python3.12");
export const handlerSchema = z.string().max(128);
export const sourceSchema = z.string().min(1);
export const roleSchema = reference("roles", { passedTo: "lambda.amazonaws.com" });
export const retriesSchema = z.int().min(0).max(2).default(2);

/** One function. */
export const functionSection = z.strictObject({
  ...functionWords,
  existing: existingSchema,
  role: roleSchema.default("").describe("Id or ARN of the role."),
  handler: handlerSchema.default("index.handler"),
  runtime: runtimeSchema,
  source: sourceSchema.optional().describe("Folder with the code; sent as a zip."),
  maxRetryAttempts: retriesSchema.describe("Of events that it failed on, before they go to `onFailure`."),
  onFailure: z
    .strictObject({ queue: reference("queues").optional(), topic: reference("topics").optional() })
    .optional()
    .describe("Where events go that it failed on for good."),
});
export type FunctionConfig = z.output<typeof functionSection>;
