import { z } from "zod";
import { existingSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";
import { lifecycleRuleSchema } from "./lifecycle-rules.ts";
import { notificationSchema } from "./notification-section.ts";
import { objectShape } from "./object-section.ts";
import { settingsShape } from "./settings/index.ts";

const days = z.int().min(1).max(36_500);

const lifecycle = z.strictObject({
  noncurrentDays: days.nullable().default(30).describe("Days after which old versions go; null keeps them."),
  abortMultipartDays: days.nullable().default(7).describe("Days after which unfinished uploads go; null keeps them."),
  expireDays: z
    .record(z.string(), days)
    .default({})
    .describe("Days to live of current objects, by prefix of their keys: {tmp/: 7}."),
  rules: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,200}$/, "1 to 200 letters, digits, _ and -"), lifecycleRuleSchema)
    .optional()
    .describe("Rules of your own, by an id of your choice (Rule)."),
  transitionDefaultMinimumObjectSize: z
    .enum(["all_storage_classes_128K", "varies_by_storage_class"])
    .optional()
    .describe("TransitionDefaultMinimumObjectSize: which objects are too small to be moved."),
});

const encryption = z.strictObject({
  algorithm: z
    .enum(["AES256", "aws:kms", "aws:kms:dsse"])
    .default("AES256")
    .describe("SSEAlgorithm. AES256: S3's own keys. aws:kms: a KMS key; aws:kms:dsse: two layers of it."),
  kmsKeyId: z.string().optional().describe("Key of aws:kms; without one the account's aws/s3 key."),
  bucketKey: z
    .boolean()
    .default(true)
    .describe("One data key a bucket instead of one an object: fewer KMS calls. (aws:kms:dsse has none.)"),
  blockedEncryptionTypes: z
    .array(z.enum(["SSE-C", "NONE"]))
    .length(1)
    .optional()
    .describe(
      "BlockedEncryptionTypes: SSE-C refuses keys that clients bring along, NONE takes them. Default: AWS's own.",
    ),
});

const publicAccessBlock = z.strictObject({
  blockPublicAcls: z.boolean().default(true),
  ignorePublicAcls: z.boolean().default(true),
  blockPublicPolicy: z.boolean().default(true),
  restrictPublicBuckets: z.boolean().default(true),
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
  statements: z
    .record(z.string().regex(/^[A-Za-z0-9]+$/, "letters and digits, the end of a Sid"), jsonSchema)
    .optional()
    .describe(
      "Statements of the bucket policy beside ours and other people's (Policy), by the end of their Sid. Without `Resource` they are for the bucket and its objects.",
    ),
  lifecycle: lifecycle
    .prefault({})
    .describe("Hudi rewrites files: without a rule for old versions storage only grows."),
  notifications: z
    .record(z.string().regex(/^\w+$/, "ids are letters, digits and _"), notificationSchema)
    .default({})
    .describe("Who hears of its objects, by an id of your choice, beside what others have put there."),
  ...settingsShape,
  existing: existingSchema,
  tags: tagsSchema,
});

/** A local file, or a folder as a zip, that apply puts into a bucket. */
export const uploadSection = z.strictObject({
  bucket: reference("buckets").default("").describe("Id of the bucket. Default: the one of the scripts."),
  source: z.string().min(1).describe("File or folder, relative to the project folder."),
  key: z.string().min(1).max(1024).optional().describe("Object key. Default: the source's path (plus .zip)."),
  zip: z.boolean().default(false).describe("Packs the folder into one zip, the same bytes for the same content."),
  contentType: z.string().optional(),
  ...objectShape,
  tags: tagsSchema,
});

export type BucketConfig = z.output<typeof bucketSection>;
export type UploadConfig = z.output<typeof uploadSection>;
