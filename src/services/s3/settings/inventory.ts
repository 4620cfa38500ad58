import type {
  InventoryConfiguration,
  InventoryEncryption,
  InventoryOptionalField,
  InventoryS3BucketDestination,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import { reference } from "../../reference.ts";
import type { Coverage } from "../../coverage.ts";
import { sameJson, sameSet } from "../../kit.ts";
import { listed, type Setting } from "./setting.ts";

const FIELDS = [
  "Size",
  "LastModifiedDate",
  "StorageClass",
  "ETag",
  "IsMultipartUploaded",
  "ReplicationStatus",
  "EncryptionStatus",
  "ObjectLockRetainUntilDate",
  "ObjectLockMode",
  "ObjectLockLegalHoldStatus",
  "IntelligentTieringAccessTier",
  "BucketKeyStatus",
  "ChecksumAlgorithm",
  "ObjectAccessControlList",
  "ObjectOwner",
  "LifecycleExpirationDate",
] as const satisfies readonly InventoryOptionalField[];

const isField = (text: string): text is (typeof FIELDS)[number] => (FIELDS as readonly string[]).includes(text);

/** A list of what lies in the bucket, written every day or week. */
export const inventorySchema = z.strictObject({
  enabled: z.boolean().default(true).describe("IsEnabled."),
  includedObjectVersions: z.enum(["All", "Current"]).default("All").describe("IncludedObjectVersions."),
  frequency: z.enum(["Daily", "Weekly"]).default("Daily").describe("Schedule.Frequency."),
  prefix: z.string().min(1).max(1024).optional().describe("Filter.Prefix: beginning of the keys. Default: every key."),
  optionalFields: z
    .array(z.enum(FIELDS))
    .min(1)
    .optional()
    .describe("OptionalFields: what is told beside bucket and key."),
  destination: z.strictObject({
    bucket: reference("buckets", { byName: true }).describe(
      "Bucket: id of a bucket here, or name or ARN of another one. One of ours gets the statement that lets S3 write.",
    ),
    format: z.enum(["CSV", "ORC", "Parquet"]).default("Parquet").describe("Format."),
    prefix: z.string().min(1).optional().describe("Prefix: beginning of the keys of the list."),
    account: z
      .string()
      .regex(/^\d{12}$/, "an account has twelve digits (put them in quotes)")
      .optional()
      .describe("AccountId: account of that bucket."),
    encryption: z.enum(["SSE-S3", "SSE-KMS"]).optional().describe("Encryption of the list. Default: the bucket's."),
    kmsKeyId: z
      .string()
      .regex(/^arn:[^:]+:kms:.+$/, "the ARN of a key")
      .optional()
      .describe("Encryption.SSEKMS.KeyId: ARN of the key of SSE-KMS."),
  }),
});
export type Inventory = z.output<typeof inventorySchema>;
type Destination = Inventory["destination"];

export const coverage = {
  configuration: {
    Destination: "managed",
    IsEnabled: "managed",
    Filter: "managed",
    Id: "identity",
    IncludedObjectVersions: "managed",
    OptionalFields: "managed",
    Schedule: "managed",
  } satisfies Coverage<InventoryConfiguration>,
  destination: {
    AccountId: "managed",
    Bucket: "managed",
    Format: "managed",
    Prefix: "managed",
    Encryption: "managed",
  } satisfies Coverage<InventoryS3BucketDestination>,
};

function encryptionFrom(found: InventoryEncryption | undefined): Pick<Destination, "encryption" | "kmsKeyId"> {
  if (found?.SSEKMS) return { encryption: "SSE-KMS", ...(found.SSEKMS.KeyId ? { kmsKeyId: found.SSEKMS.KeyId } : {}) };
  return found?.SSES3 ? { encryption: "SSE-S3" } : {};
}

function fromAws(found: InventoryConfiguration): Inventory {
  const to = found.Destination?.S3BucketDestination;
  const fields = (found.OptionalFields ?? []).filter(isField);
  return {
    enabled: found.IsEnabled ?? false,
    includedObjectVersions: found.IncludedObjectVersions ?? "All",
    frequency: found.Schedule?.Frequency ?? "Daily",
    ...(found.Filter?.Prefix ? { prefix: found.Filter.Prefix } : {}),
    ...(fields.length > 0 ? { optionalFields: fields } : {}),
    destination: {
      bucket: to?.Bucket ?? "",
      format: to?.Format ?? "CSV",
      ...(to?.Prefix ? { prefix: to.Prefix } : {}),
      ...(to?.AccountId ? { account: to.AccountId } : {}),
      ...encryptionFrom(to?.Encryption),
    },
  };
}

function encryptionTo({ encryption, kmsKeyId }: Destination): InventoryEncryption | undefined {
  if (encryption === "SSE-KMS") return { SSEKMS: { KeyId: kmsKeyId } };
  return encryption === "SSE-S3" ? { SSES3: {} } : undefined;
}

function toAws(Id: string, { destination: to, ...one }: Inventory): InventoryConfiguration {
  const Encryption = encryptionTo(to);
  return {
    Id,
    IsEnabled: one.enabled,
    IncludedObjectVersions: one.includedObjectVersions,
    Schedule: { Frequency: one.frequency },
    ...(one.prefix ? { Filter: { Prefix: one.prefix } } : {}),
    ...(one.optionalFields ? { OptionalFields: [...one.optionalFields] } : {}),
    Destination: {
      S3BucketDestination: {
        Bucket: to.bucket,
        Format: to.format,
        ...(to.prefix ? { Prefix: to.prefix } : {}),
        ...(to.account ? { AccountId: to.account } : {}),
        ...(Encryption ? { Encryption } : {}),
      },
    },
  };
}

/** The order of the fields has no meaning. */
const alike = (a: Inventory, b: Inventory): boolean =>
  sameSet(a.optionalFields ?? [], b.optionalFields ?? []) &&
  sameJson({ ...a, optionalFields: undefined }, { ...b, optionalFields: undefined });

export const inventory: Setting<Readonly<Record<string, Inventory>>> = listed<Inventory, InventoryConfiguration>({
  actions: ["s3:GetInventoryConfiguration", "s3:PutInventoryConfiguration"],
  same: alike,
  needs: (all) => Object.values(all).map(({ destination }) => destination.bucket),
  list: async (s3, input) => {
    const page = await s3.listBucketInventoryConfigurations(input);
    return { all: page.InventoryConfigurationList, next: page.NextContinuationToken };
  },
  id: ({ Id }) => Id,
  from: fromAws,
  put: (s3, at, wanted) => s3.putBucketInventoryConfiguration({ ...at, InventoryConfiguration: toAws(at.Id, wanted) }),
  remove: (s3, at) => s3.deleteBucketInventoryConfiguration(at),
});
