import type { LoggingEnabled, TargetGrant } from "@aws-sdk/client-s3";
import { z } from "zod";
import { reference } from "../../reference.ts";
import type { Coverage } from "../../coverage.ts";
import { fromGrantee, granteeShape, granteeWhole, toGrantee } from "./grantee.ts";
import { whole } from "./setting.ts";

/** Where the access log of a bucket is written. */
export const loggingSchema = z.strictObject({
  bucket: reference("buckets", { byName: true }).describe(
    "TargetBucket: id of a bucket here, or name of another one. One of ours gets the statement that lets S3 write.",
  ),
  prefix: z.string().max(800).default("").describe("TargetPrefix: beginning of the keys of the log."),
  partitionBy: z
    .enum(["EventTime", "DeliveryTime"])
    .optional()
    .describe(
      "PartitionedPrefix.PartitionDateSource: folders by account, region, bucket and day of the event or of the delivery. Default: none of them (SimplePrefix).",
    ),
  grants: z
    .array(
      z
        .strictObject({ ...granteeShape, permission: z.enum(["FULL_CONTROL", "READ", "WRITE"]) })
        .refine(granteeWhole, "says either `id` or `uri`"),
    )
    .min(1)
    .optional()
    .describe("TargetGrants: who else may read the log, where the other bucket takes ACLs."),
});
export type Logging = z.output<typeof loggingSchema>;

export const coverage = {
  TargetBucket: "managed",
  TargetGrants: "managed",
  TargetPrefix: "managed",
  TargetObjectKeyFormat: "managed",
} satisfies Coverage<LoggingEnabled>;

function partitionOf({ TargetObjectKeyFormat: format }: LoggingEnabled): Logging["partitionBy"] {
  if (format?.PartitionedPrefix) return format.PartitionedPrefix.PartitionDateSource ?? "EventTime";
  return undefined;
}

const grantOf = ({ Grantee, Permission = "READ" }: TargetGrant) => ({
  ...fromGrantee(Grantee),
  permission: Permission,
});

function fromAws(found: LoggingEnabled): Logging {
  const partitionBy = partitionOf(found);
  const grants = (found.TargetGrants ?? []).map(grantOf);
  return {
    bucket: found.TargetBucket ?? "",
    prefix: found.TargetPrefix ?? "",
    ...(partitionBy ? { partitionBy } : {}),
    ...(grants.length > 0 ? { grants } : {}),
  };
}

const toAws = ({ bucket, prefix, partitionBy, grants }: Logging): LoggingEnabled => ({
  TargetBucket: bucket,
  TargetPrefix: prefix,
  ...(partitionBy ? { TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: partitionBy } } } : {}),
  ...(grants
    ? { TargetGrants: grants.map(({ permission, ...to }) => ({ Grantee: toGrantee(to), Permission: permission })) }
    : {}),
});

export const logging = whole<Logging>({
  actions: ["s3:GetBucketLogging", "s3:PutBucketLogging"],
  needs: ({ bucket }) => [`s3://${bucket}`],
  get: async (s3, at) => {
    const { LoggingEnabled: found } = await s3.getBucketLogging(at);
    return found ? fromAws(found) : undefined;
  },
  put: (s3, at, wanted) => s3.putBucketLogging({ ...at, BucketLoggingStatus: { LoggingEnabled: toAws(wanted) } }),
  remove: (s3, at) => s3.putBucketLogging({ ...at, BucketLoggingStatus: {} }),
});
