import { budget, type FaultRow, MINUTE, STRANGER, touchedTarget } from "../../aws/fault-row.ts";
import { foreign } from "../../codes/foreign.ts";

/** What S3 calls things that were never set; and what is gone. */
const S3_ABSENT =
  /^(NoSuch(Bucket|Key|Upload|Version|BucketPolicy|LifecycleConfiguration|TagSet\w*|PublicAccessBlockConfiguration|CORSConfiguration|WebsiteConfiguration|Configuration)|ServerSideEncryptionConfigurationNotFoundError|ReplicationConfigurationNotFoundError|OwnershipControlsNotFoundError|ObjectLockConfigurationNotFoundError)$/;

/** What S3's errors mean. */
export const faults: readonly FaultRow[] = [
  { code: S3_ABSENT, class: "absent" },
  {
    code: /^(NotFound|Unknown|404)$/,
    text: /^(UnknownError|Not Found)?$/,
    status: [404],
    class: "absent",
    is: foreign("NotFound"),
  },
  {
    code: /^(OperationAborted|ConditionalRequestConflict)$/,
    operation: /^CreateBucket$/,
    class: "conflict",
    budget: budget(5 * MINUTE),
    fix: "A name that was just deleted is released within minutes, rarely an hour; or another account took it.",
  },
  { code: /^(OperationAborted|ConditionalRequestConflict|InvalidBucketState)$/, class: "conflict" },
  { code: /^BucketAlreadyOwnedByYou$/, class: "exists" },
  {
    code: /^BucketAlreadyExists$/,
    class: "user",
    is: "bucket_name_taken",
    say: () => "the bucket's name belongs to another account",
    fix: "Bucket names are global: give this one another `name`.",
  },
  {
    text: /Unable to validate the following destination configurations/i,
    class: "propagation",
    is: "destination_not_ready",
    budget: (_, call) => (touchedTarget(call) ? 90_000 : STRANGER),
    fix: "S3 may not call the destination: check the function's permission for this bucket and account, or the policy of the topic or queue (also of other people's entries).",
  },
  {
    text: /ambiguously defined|overlapping (suffix|prefix)/i,
    class: "user",
    is: "notification_overlap",
    fix: "Another notification of this bucket covers the same objects: change the prefix, or remove the other entry.",
  },
  {
    code: /^BucketNotEmpty$/,
    text: /still not empty after/,
    class: "user",
    is: "bucket_written_to",
    fix: "Stop whatever writes to it, then run the same command again.",
  },
  {
    code: /^BucketNotEmpty$/,
    class: "user",
    is: "bucket_not_empty",
    fix: "`--include-data` empties it first.",
  },
  { code: /^PreconditionFailed$/, class: "exists", is: "precondition_failed" },
  { code: /^(SlowDown|ServiceUnavailable)$/, class: "throttle" },
  {
    code: /^(MalformedXML|XAmzContentSHA256Mismatch|BadDigest)$/,
    class: "bug",
    fix: "This is a bug in metriccare: please report it.",
  },
  {
    code: /^TooManyBuckets$/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Remove buckets, or ask for more in Service Quotas.",
  },
];
