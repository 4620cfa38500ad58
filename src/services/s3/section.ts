import { z } from "zod";
import { existingSchema, formerlySchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

const days = z.int().min(1).max(36_500);

const lifecycle = z.strictObject({
  noncurrentDays: days.nullable().default(30).describe("Days after which old versions go; null keeps them."),
  abortMultipartDays: days.nullable().default(7).describe("Days after which unfinished uploads go; null keeps them."),
  expireDays: z
    .record(z.string(), days)
    .default({})
    .describe("Days to live of current objects, by prefix of their keys: {tmp/: 7}."),
});

const encryption = z.strictObject({
  algorithm: z.enum(["AES256", "aws:kms"]).default("AES256").describe("AES256: S3's own keys. aws:kms: a KMS key."),
  kmsKeyId: z.string().optional().describe("Key of aws:kms; without one the account's aws/s3 key."),
  bucketKey: z.boolean().default(true).describe("One data key a bucket instead of one an object: fewer KMS calls."),
});

const publicAccessBlock = z.strictObject({
  blockPublicAcls: z.boolean().default(true),
  ignorePublicAcls: z.boolean().default(true),
  blockPublicPolicy: z.boolean().default(true),
  restrictPublicBuckets: z.boolean().default(true),
});

const notification = z.strictObject({
  function: reference("functions").describe("Who is called for new objects: id or ARN."),
  events: z
    .array(z.string().regex(/^s3:/, "an event such as s3:ObjectCreated:*"))
    .min(1)
    .default(["s3:ObjectCreated:*"]),
  prefix: z.string().default("").describe("Keys that count."),
  suffix: z.string().default(""),
});

/** One bucket. */
export const bucketSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  versioning: z.boolean().default(true).describe("Keeps old versions of overwritten objects."),
  encryption: encryption.prefault({}),
  publicAccessBlock: publicAccessBlock.prefault({}),
  ownership: z
    .enum(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])
    .default("BucketOwnerEnforced")
    .describe("BucketOwnerEnforced switches ACLs off."),
  tlsOnly: z.boolean().default(true).describe("Bucket policy that denies requests without TLS."),
  lifecycle: lifecycle
    .prefault({})
    .describe("Hudi rewrites files: without a rule for old versions storage only grows."),
  notifications: z
    .record(z.string().regex(/^\w+$/, "ids are letters, digits and _"), notification)
    .default({})
    .describe("Who is called for new objects, beside what others have put there."),
  existing: existingSchema,
  tags: tagsSchema,
});

/** A local file, or a folder as a zip, that apply puts into a bucket. */
export const uploadSection = z.strictObject({
  bucket: reference("buckets").default("scripts").describe("Id of the bucket."),
  source: z.string().min(1).describe("File or folder, relative to the project folder."),
  key: z.string().min(1).max(1024).optional().describe("Object key. Default: the source's path (plus .zip)."),
  zip: z.boolean().default(false).describe("Packs the folder into one zip, the same bytes for the same content."),
  contentType: z.string().optional(),
  tags: tagsSchema,
});

export type BucketConfig = z.output<typeof bucketSection>;
export type UploadConfig = z.output<typeof uploadSection>;
