import { meanings } from "../../codes/meaning.ts";

/** What S3 refuses. */
export const errors = meanings({
  bucket_name_taken: {
    what: "The bucket's name belongs to another account.",
    why: "Names of buckets are global.",
    todo: "Give this one another `name` in the config.",
  },
  bucket_not_empty: {
    what: "The bucket holds objects and is not deleted.",
    why: "`destroy` keeps data unless told otherwise.",
    todo: "`--include-data` empties it first.",
  },
  bucket_written_to: {
    what: "The bucket was emptied and is still not empty.",
    why: "Somebody writes to it while it is being emptied.",
    todo: "Stop whatever writes to it, then run the same command again.",
  },
  destination_not_ready: {
    what: "S3 may not call the destination of a notification.",
    why: "The function's permission, or the policy of the topic or queue, is missing or new; also another entry's of the bucket.",
    todo: "Check those policies, and run the same command again.",
  },
  notification_overlap: {
    what: "Another notification of the bucket covers the same objects.",
    why: "S3 takes no two entries for one event and overlapping prefixes.",
    todo: "Change the prefix, or remove the other entry.",
  },
  precondition_failed: {
    what: "A conditional write to S3 found something else than it expected.",
    why: "Somebody else wrote first.",
    todo: "Run the same command again.",
  },
});

/** What S3 would refuse, or what surprises about it. */
export const findings = meanings({
  bucket_accelerate: {
    what: "Transfer acceleration of a bucket whose name holds a dot.",
    why: "S3 accelerates no such bucket.",
    todo: "Choose a name without dots.",
  },
  bucket_acl: {
    what: "An ACL on a bucket that allows none.",
    why: "`ownership: BucketOwnerEnforced` switches ACLs off.",
    todo: "Choose `BucketOwnerPreferred`, or say it in `statements`.",
  },
  bucket_acl_public: {
    what: "An ACL for everybody on a bucket that blocks such ones.",
    why: "The public access block refuses it.",
    todo: "Leave it out, or say `publicAccessBlock: {blockPublicAcls: false}`.",
  },
  bucket_encryption: {
    what: "A KMS key is given for a bucket with AES256.",
    why: "The key has no meaning there.",
    todo: "Choose aws:kms, or leave the key out.",
  },
  bucket_lock_versioning: {
    what: "Object Lock on a bucket without versions.",
    why: "S3 locks versions, not objects.",
    todo: "Say `versioning: true`.",
  },
  bucket_logs_itself: {
    what: "The access log of a bucket goes into the bucket itself.",
    why: "Each line that is written makes another one, for ever.",
    todo: "Name another bucket.",
  },
  bucket_name: {
    what: "The name cannot be that of a bucket.",
    why: "S3 takes 3 to 63 lower-case letters, digits, dots and hyphens.",
    todo: "Give it another `name`.",
  },
  bucket_replication_versioning: {
    what: "Replication of a bucket without versions.",
    why: "S3 copies versions.",
    todo: "Say `versioning: true`.",
  },
  lifecycle_rule: {
    what: "A lifecycle rule that S3 does not take.",
    why: "Classes go one way, each with its least days, and what expires comes after what moves.",
    todo: "Change what the finding names.",
  },
  notification_fifo: {
    what: "A bucket notifies a FIFO queue or topic.",
    why: "S3 sends nothing to those.",
    todo: "Name a standard one, or use EventBridge.",
  },
  notification_key: {
    what: "The key of a notification's entry has characters that it may not have.",
    why: "It is part of an id in S3.",
    todo: "Use letters, digits and underscores.",
  },
  notification_overlap: {
    what: "An entry of the bucket's notification takes the same events as one of somebody else.",
    why: "S3 refuses such a pair.",
    todo: "Choose another prefix for the raw files, or remove the other entry.",
  },
  notification_target: {
    what: "A bucket notifies what is no function, queue or topic.",
    why: "S3 knows no others.",
    todo: "Name the id of one here, or an ARN.",
  },
  replication_priority: {
    what: "Two rules of a replication have the same priority.",
    why: "S3 wants to know which of them wins.",
    todo: "Give each rule one of its own.",
  },
  replication_rules: {
    what: "A replication without rules.",
    why: "It would copy nothing.",
    todo: "Give it a rule, or leave it out.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly s3: typeof errors;
  }
  interface ServiceFindings {
    readonly s3: typeof findings;
  }
}
