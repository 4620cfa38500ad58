import type { Destination as AwsDestination, ReplicationConfiguration, ReplicationRule } from "@aws-sdk/client-s3";
import { z } from "zod";
import { type Coverage, ignored } from "../../coverage.ts";
import { unless } from "../../kit.ts";
import { reference } from "../../reference.ts";
import { chosenShape, fromFilter, toFilter } from "./filter.ts";
import { keyOfId, ourEntries, ourId, type Place, type S3, whole } from "./setting.ts";

export const STORAGE_CLASSES = [
  "STANDARD",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
] as const;

const destination = z
  .strictObject({
    bucket: reference("buckets", { byName: true }).describe(
      "Bucket: id of a bucket here, or name or ARN of another one. It is versioned too.",
    ),
    storageClass: z
      .enum(STORAGE_CLASSES)
      .optional()
      .describe("StorageClass of the copies. Default: that of the source."),
    account: z
      .string()
      .regex(/^\d{12}$/, "an account has twelve digits (put them in quotes)")
      .optional()
      .describe("Account that owns the other bucket."),
    ownerOverride: z
      .boolean()
      .default(false)
      .describe("AccessControlTranslation.Owner: the copies belong to `account`."),
    kmsKeyId: z.string().min(1).optional().describe("EncryptionConfiguration.ReplicaKmsKeyID: key of the copies."),
    replicationTime: z
      .boolean()
      .default(false)
      .describe("ReplicationTime: within AWS's 15 minutes (it has no other). Brings the metrics with it."),
    metrics: z.boolean().default(false).describe("Metrics: what waits and what failed, in CloudWatch."),
  })
  .refine(
    ({ account, ownerOverride }) => !ownerOverride || account !== undefined,
    "needs `account` for `ownerOverride`",
  );

const rule = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Status."),
    priority: z
      .int()
      .min(0)
      .optional()
      .describe("Priority: the highest wins where two are for one object. Default: the place in the list, from 1."),
    ...chosenShape,
    deleteMarkers: z.boolean().default(false).describe("DeleteMarkerReplication: deletions are copied too."),
    replicaModifications: z
      .boolean()
      .default(false)
      .describe("SourceSelectionCriteria.ReplicaModifications: changes of a copy's metadata are copied back."),
    kmsObjects: z
      .boolean()
      .default(false)
      .describe("SourceSelectionCriteria.SseKmsEncryptedObjects: objects under a KMS key too. Needs `kmsKeyId`."),
    destination,
  })
  .refine((one) => !one.kmsObjects || one.destination.kmsKeyId !== undefined, "needs `destination.kmsKeyId`")
  .refine((one) => !one.deleteMarkers || one.tags === undefined, "copies no delete markers where it chooses by tags");
export type ReplicationRuleConfig = z.output<typeof rule>;

/** Copies of new objects in other buckets. */
export const replicationSchema = z.strictObject({
  role: reference("roles", { passedTo: "s3.amazonaws.com" }).describe(
    "Role: id of a role here, or the ARN of another one; s3.amazonaws.com takes it.",
  ),
  rules: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,200}$/, "letters, digits, _ and -"), rule),
});
export type Replication = z.output<typeof replicationSchema>;

export const coverage = {
  configuration: { Role: "managed", Rules: "managed" } satisfies Coverage<ReplicationConfiguration>,
  rule: {
    ID: "identity",
    Priority: "managed",
    Prefix: ignored("the older spelling of a filter's prefix"),
    Filter: "managed",
    Status: "managed",
    SourceSelectionCriteria: "managed",
    ExistingObjectReplication: ignored(
      "S3 refuses it (MalformedXML): objects that are there already go by Batch Replication",
    ),
    Destination: "managed",
    DeleteMarkerReplication: "managed",
  } satisfies Coverage<ReplicationRule>,
  destination: {
    Bucket: "managed",
    Account: "managed",
    StorageClass: "managed",
    AccessControlTranslation: "managed",
    EncryptionConfiguration: "managed",
    ReplicationTime: "managed",
    Metrics: "managed",
  } satisfies Coverage<AwsDestination>,
};

const on = (part: { readonly Status?: string | undefined } | undefined): boolean => part?.Status === "Enabled";
const status = (enabled: boolean): "Enabled" | "Disabled" => (enabled ? "Enabled" : "Disabled");
const isClass = (text: string | undefined): text is (typeof STORAGE_CLASSES)[number] =>
  (STORAGE_CLASSES as readonly (string | undefined)[]).includes(text);

const destinationFrom = (to: AwsDestination | undefined): ReplicationRuleConfig["destination"] => ({
  bucket: to?.Bucket ?? "",
  ...(isClass(to?.StorageClass) ? { storageClass: to.StorageClass } : {}),
  ...(to?.Account ? { account: to.Account } : {}),
  ownerOverride: to?.AccessControlTranslation?.Owner === "Destination",
  ...(to?.EncryptionConfiguration?.ReplicaKmsKeyID ? { kmsKeyId: to.EncryptionConfiguration.ReplicaKmsKeyID } : {}),
  replicationTime: on(to?.ReplicationTime),
  metrics: on(to?.Metrics),
});

const ruleFrom = (found: ReplicationRule): ReplicationRuleConfig => ({
  enabled: on(found),
  ...(found.Priority === undefined ? {} : { priority: found.Priority }),
  ...fromFilter(found.Filter, found.Prefix),
  deleteMarkers: on(found.DeleteMarkerReplication),
  replicaModifications: on(found.SourceSelectionCriteria?.ReplicaModifications),
  kmsObjects: on(found.SourceSelectionCriteria?.SseKmsEncryptedObjects),
  destination: destinationFrom(found.Destination),
});

/** The one span that AWS has. */
const QUARTER = { Minutes: 15 } as const;

const destinationTo = (to: ReplicationRuleConfig["destination"]): AwsDestination => ({
  Bucket: to.bucket,
  ...(to.storageClass ? { StorageClass: to.storageClass } : {}),
  ...(to.account ? { Account: to.account } : {}),
  ...(to.ownerOverride ? { AccessControlTranslation: { Owner: "Destination" as const } } : {}),
  ...(to.kmsKeyId ? { EncryptionConfiguration: { ReplicaKmsKeyID: to.kmsKeyId } } : {}),
  ...(to.replicationTime ? { ReplicationTime: { Status: "Enabled" as const, Time: QUARTER } } : {}),
  // A threshold belongs to replication in time; the metrics alone have none.
  ...(to.metrics
    ? { Metrics: { Status: "Enabled" as const, ...(to.replicationTime ? { EventThreshold: QUARTER } : {}) } }
    : {}),
});

function criteriaOf({ kmsObjects, replicaModifications }: ReplicationRuleConfig): Partial<ReplicationRule> {
  if (!kmsObjects && !replicaModifications) return {};
  return {
    SourceSelectionCriteria: {
      ...(kmsObjects ? { SseKmsEncryptedObjects: { Status: "Enabled" as const } } : {}),
      ...(replicaModifications ? { ReplicaModifications: { Status: "Enabled" as const } } : {}),
    },
  };
}

const ruleTo = (key: string, one: ReplicationRuleConfig): ReplicationRule => ({
  ID: ourId(key),
  Priority: one.priority,
  Status: status(one.enabled),
  // With a filter, be it an empty one, it is the newer version, which has priorities and delete markers.
  Filter: toFilter(one) ?? { Prefix: "" },
  DeleteMarkerReplication: { Status: status(one.deleteMarkers) },
  ...criteriaOf(one),
  Destination: destinationTo(one.destination),
});

const UNSET = ["ReplicationConfigurationNotFoundError"] as const;

/** PutBucketReplication replaces all rules: those of other people are read at the last moment and sent along. */
async function put(s3: S3, at: Place, wanted: Replication | undefined): Promise<unknown> {
  const present = (await unless(UNSET, s3.getBucketReplication(at)))?.ReplicationConfiguration;
  const foreign = (present?.Rules ?? []).filter(({ ID }) => keyOfId(ID) === undefined);
  const Rules = [...foreign, ...Object.entries(wanted?.rules ?? {}).map(([key, one]) => ruleTo(key, one))];
  const Role = wanted?.role ?? present?.Role;
  return Rules.length > 0
    ? s3.putBucketReplication({ ...at, ReplicationConfiguration: { Role, Rules } })
    : s3.deleteBucketReplication(at);
}

export const replication = whole<Replication>({
  actions: ["s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"],
  also: ["iam:PassRole"],
  absent: UNSET,
  needs: ({ role, rules }) => [role, ...Object.values(rules).map((one) => one.destination.bucket)],
  get: async (s3, at) => {
    const { ReplicationConfiguration: found } = await s3.getBucketReplication(at);
    const rules = ourEntries(found?.Rules, ({ ID }) => ID, ruleFrom);
    return Object.keys(rules).length > 0 ? { role: found?.Role ?? "", rules } : undefined;
  },
  put,
  remove: (s3, at) => put(s3, at, undefined),
});
