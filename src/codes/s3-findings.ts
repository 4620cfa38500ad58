import { meanings } from "./meaning.ts";

/** What S3, SNS and SQS would refuse of optional settings. */
export const S3_FINDINGS = meanings({
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
  queue_fifo: {
    what: "A FIFO queue and what belongs to it do not fit.",
    why: "Its name ends in .fifo, others' do not, and some settings are of FIFO queues alone.",
    todo: "Change what the finding names.",
  },
  queue_redrive: {
    what: "A queue leaves messages to one of the other sort.",
    why: "The dead-letter queue of a FIFO queue is one too, that of another is not.",
    todo: "Name another queue in `redrive`.",
  },
  queue_reuse: {
    what: "How long a data key is used again is said of a queue without a KMS key.",
    why: "It has no meaning there.",
    todo: "Give it a `kmsKeyId`, or leave it out.",
  },
  topic_fifo: {
    what: "A FIFO topic and what belongs to it do not fit.",
    why: "Its name ends in .fifo, others' do not; it tells queues alone, and some settings are of FIFO topics alone.",
    todo: "Change what the finding names.",
  },
});
