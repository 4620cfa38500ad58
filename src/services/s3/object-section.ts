import { z } from "zod";

const CANNED = [
  "private",
  "public-read",
  "public-read-write",
  "authenticated-read",
  "aws-exec-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
] as const;

/** Settings of one object. None of them costs a call but `acl`. */
export const objectShape = {
  cacheControl: z.string().min(1).optional().describe("CacheControl."),
  contentDisposition: z.string().min(1).optional().describe("ContentDisposition."),
  contentEncoding: z.string().min(1).optional().describe("ContentEncoding: the file is encoded so already."),
  contentLanguage: z.string().min(1).optional().describe("ContentLanguage."),
  metadata: z
    .record(z.string().regex(/^[a-z0-9-]+$/, "lower case letters, digits and -"), z.string())
    .optional()
    .describe("Metadata (x-amz-meta-…)."),
  storageClass: z
    .enum([
      "STANDARD",
      "REDUCED_REDUNDANCY",
      "STANDARD_IA",
      "ONEZONE_IA",
      "INTELLIGENT_TIERING",
      "GLACIER_IR",
      "GLACIER",
      "DEEP_ARCHIVE",
    ])
    .optional()
    .describe("StorageClass."),
  serverSideEncryption: z
    .enum(["AES256", "aws:kms", "aws:kms:dsse"])
    .optional()
    .describe("ServerSideEncryption. Default: that of the bucket."),
  kmsKeyId: z.string().min(1).optional().describe("SSEKMSKeyId: key of aws:kms. Default: that of the bucket."),
  bucketKey: z.boolean().optional().describe("BucketKeyEnabled. Default: that of the bucket."),
  websiteRedirect: z
    .string()
    .regex(/^(\/|https?:\/\/)/, "a path of the bucket or a URL")
    .optional()
    .describe("WebsiteRedirectLocation."),
  acl: z.enum(CANNED).optional().describe("ACL, a canned one. Needs a bucket whose `ownership` has ACLs."),
  objectLock: z
    .strictObject({
      mode: z.enum(["GOVERNANCE", "COMPLIANCE"]).optional().describe("ObjectLockMode."),
      retainUntil: z.iso
        .datetime({ offset: true })
        .optional()
        .describe("ObjectLockRetainUntilDate, such as 2027-01-31T00:00:00Z."),
      legalHold: z.boolean().optional().describe("ObjectLockLegalHoldStatus."),
    })
    .refine(
      (lock) => (lock.mode === undefined) === (lock.retainUntil === undefined),
      "says `mode` and `retainUntil`, or neither",
    )
    .optional()
    .describe("Lock of this object; its bucket has `objectLock`."),
};
