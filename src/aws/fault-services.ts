import { foreign } from "../codes/foreign.ts";
import {
  AGAIN,
  budget,
  type FaultRow,
  forRole,
  MINUTE,
  namesTouched,
  STRANGER,
  touchedRole,
  touchedTarget,
  TRUST_FIX,
} from "./fault-row.ts";

const BOUNDARY = /scope arn|permissions ?boundary/i;

const IAM: readonly FaultRow[] = [
  {
    service: "iam|sns|s3",
    text: /Invalid principal in policy/i,
    when: (wire, call) => namesTouched(wire, call) || touchedRole(call),
    class: "propagation",
    is: "principal_not_ready",
    fix: TRUST_FIX,
  },
  {
    service: "iam|s3",
    text: /Invalid principal in policy/i,
    class: "propagation",
    is: "principal_not_ready",
    budget: budget(STRANGER),
    fix: "If it stays: the policy names a role or user that does not exist.",
  },
  // "Scope ARN: arn:aws:iam::…:policy/… does not exist or is not attachable."
  {
    service: "iam",
    code: /^NoSuchEntity/,
    text: BOUNDARY,
    when: namesTouched,
    class: "propagation",
    is: "boundary_not_ready",
  },
  {
    service: "iam",
    code: /^NoSuchEntity/,
    text: BOUNDARY,
    class: "user",
    is: "boundary_missing",
    fix: ({ text }) => {
      const env = /_boundary_([\w-]+)/.exec(text)?.[1];
      return env === undefined
        ? "The policy that `permissionsBoundary` names must be there first."
        : `The roles need it, and you may not make it: \`metriccare iam-policy boundary --env ${env}\` prints it for whoever may. Then run the same command again.`;
    },
  },
  { service: "iam", code: /^NoSuchEntity/, class: "absent" },
  { service: "iam", code: /^EntityAlreadyExists/, class: "exists" },
  { service: "iam", code: /^(DeleteConflict|EntityTemporarilyUnmodifiable)/, class: "conflict" },
  { service: "iam", code: /^ConcurrentModification/, class: "conflict", budget: budget(30_000) },
  {
    service: "iam",
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "A role takes 10 managed policies and 10,240 characters of inline policies; accounts have quotas of roles. Reduce, or ask for more in Service Quotas.",
  },
];

const LAMBDA: readonly FaultRow[] = [
  {
    service: "lambda",
    text: /cannot be assumed by Lambda|execution role does not have permissions|KMS key is invalid for CreateGrant/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { service: "lambda", text: /throttled by EC2/i, class: "throttle" },
  { service: "lambda", code: /^ResourceConflict/, text: /concurrent update operation/i, class: "conflict" },
  {
    service: "lambda",
    code: /^ResourceConflict/,
    text: /update is in progress|in the following state|is currently being|cannot be performed at this time/i,
    class: "conflict",
    is: "update_in_progress",
    budget: budget(10 * MINUTE),
  },
  { service: "lambda", code: /^ResourceConflict/, text: /already exists?/i, class: "exists" },
  {
    service: "lambda",
    code: /^(PolicyLengthExceeded|CodeStorageExceeded|RequestTooLarge)/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Remove old function versions or statements, or ask for more in Service Quotas.",
  },
];

const GLUE_ROLE =
  /unable to assume (provided |the )?role|verify (the )?role'?s TrustPolicy|should be given assume role permissions|enable AWS Security Token Service/i;
const GLUE: readonly FaultRow[] = [
  {
    service: "glue",
    text: GLUE_ROLE,
    class: "propagation",
    is: "role_not_ready",
    fix: `${TRUST_FIX} STS must be active in this region.`,
    budget: forRole,
  },
  {
    service: "glue",
    text: /is not authorized to perform: glue:GetConnection|Insufficient Lake Formation permission/i,
    when: (_, call) => touchedRole(call),
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
  },
  {
    service: "glue",
    text: /SQS queue .* does not exist or the role provided does not have access/i,
    when: (_, call) => touchedRole(call) || touchedTarget(call),
    class: "propagation",
    is: "queue_not_ready",
    fix: "If it stays: the crawler's role must be allowed to read the queue that its target names.",
  },
  {
    service: "glue",
    text: /Insufficient Lake Formation permission/i,
    class: "denied",
    is: "access_denied",
    fix: "Grant it in Lake Formation, or let IAM alone decide for these databases.",
  },
  {
    service: "glue",
    code: /^ConcurrentModification/,
    operation: /^Delete/,
    class: "conflict",
    budget: budget(5 * MINUTE),
  },
  {
    service: "glue",
    code: /^(ConcurrentModification|CrawlerRunning|SchedulerTransitioning|VersionMismatch)/,
    class: "conflict",
  },
  {
    service: "glue",
    operation: /^StopTrigger$/,
    text: /in state:? (CREATED|DEACTIVATED)/i,
    class: "exists",
    done: true,
  },
  { service: "glue", operation: /^StartTrigger$/, text: /in state:? ACTIVATED/i, class: "exists", done: true },
  {
    service: "glue",
    operation: /^(Update|Delete)Trigger$/,
    text: /ACTIVATED|(?:in|current) state|must be (stopped|deactivated)/i,
    class: "conflict",
    is: "trigger_active",
    budget: budget(MINUTE),
  },
  {
    service: "glue",
    code: /^ConcurrentRunsExceeded/,
    class: "conflict",
    is: "concurrent_runs_exceeded",
    fix: "Wait for the running one, or follow it with `run-workflow --attach`.",
  },
  {
    service: "glue",
    code: /^IllegalWorkflowState/,
    class: "user",
    is: "illegal_workflow_state",
    fix: "Look at the run again: it is still running, or already over.",
  },
  {
    service: "glue",
    code: /^ResourceNumberLimitExceeded/,
    operation: /^Start/,
    class: "conflict",
    is: "quota_exceeded",
    budget: budget(3 * MINUTE),
    fix: "Concurrent runs and DPUs have quotas: wait, or ask for more in Service Quotas.",
  },
  {
    service: "glue",
    code: /^ResourceNumberLimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Jobs, triggers and databases have quotas: remove some, or ask for more in Service Quotas.",
  },
  {
    service: "glue",
    text: /Request size limit exceeded/i,
    class: "user",
    is: "arguments_too_large",
    fix: "Job arguments hold some 180 kB: pass a reference instead.",
  },
  { service: "glue", code: /^(AlreadyExists|IdempotentParameterMismatch)/, class: "exists" },
  { service: "glue", code: /^EntityNotFound/, class: "absent" },
  {
    service: "glue",
    code: /^(OperationTimeout|InternalService)/,
    class: "ambiguous",
    is: "aws_internal_error",
    fix: AGAIN,
  },
];

const DYNAMODB: readonly FaultRow[] = [
  { service: "dynamodb", code: /^ResourceInUse/, text: /already exists/i, class: "exists" },
  { service: "dynamodb", code: /^ResourceInUse/, operation: /^CreateTable$/, class: "exists" },
  {
    service: "dynamodb",
    code: /^(ResourceInUse|TableInUse)/,
    class: "conflict",
    is: "table_busy",
    budget: budget(10 * MINUTE),
  },
  {
    service: "dynamodb",
    code: /^LimitExceeded/,
    text: /simultaneously/i,
    class: "conflict",
    is: "tables_busy",
    budget: budget(10 * MINUTE),
  },
  {
    service: "dynamodb",
    code: /^LimitExceeded/,
    text: /once in/i,
    class: "quota",
    is: "billing_change_too_soon",
    fix: "AWS takes a switch to on-demand only so often: run the same command again tomorrow, the rest is done.",
  },
  {
    service: "dynamodb",
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Tables and indexes have quotas: reduce, or ask for more in Service Quotas.",
  },
  { service: "dynamodb", text: /TimeToLive is already (disabled|enabled)/i, class: "exists", done: true },
  {
    service: "dynamodb",
    text: /Time to live has been modified multiple times/i,
    class: "quota",
    is: "ttl_change_too_soon",
    fix: "AWS takes one change of TTL an hour: run the same command again in an hour, the rest is done.",
  },
  {
    service: "dynamodb",
    text: /TimeToLive is active on a different AttributeName/i,
    class: "user",
    is: "ttl_attribute_change",
    fix: "Two steps: apply with TTL off, and an hour later with the new attribute.",
  },
  {
    service: "dynamodb",
    code: /^ContinuousBackupsUnavailable/,
    class: "conflict",
    is: "backups_busy",
    budget: budget(20 * MINUTE),
  },
  { service: "dynamodb", code: /^ConditionalCheckFailed/, class: "exists", is: "condition_failed" },
  { service: "dynamodb", code: /^TransactionConflict/, class: "conflict" },
  { service: "dynamodb", code: /^(ResourceNotFound|TableNotFound)/, class: "absent" },
];

/** What S3 calls things that were never set; and what is gone. */
const S3_ABSENT =
  /^(NoSuch(Bucket|Key|Upload|Version|BucketPolicy|LifecycleConfiguration|TagSet\w*|PublicAccessBlockConfiguration|CORSConfiguration|WebsiteConfiguration|Configuration)|ServerSideEncryptionConfigurationNotFoundError|ReplicationConfigurationNotFoundError|OwnershipControlsNotFoundError|ObjectLockConfigurationNotFoundError)$/;
const S3: readonly FaultRow[] = [
  { service: "s3", code: S3_ABSENT, class: "absent" },
  {
    service: "s3",
    code: /^(NotFound|Unknown|404)$/,
    text: /^(UnknownError|Not Found)?$/,
    status: [404],
    class: "absent",
    is: foreign("NotFound"),
  },
  {
    service: "s3",
    code: /^(OperationAborted|ConditionalRequestConflict)$/,
    operation: /^CreateBucket$/,
    class: "conflict",
    budget: budget(5 * MINUTE),
    fix: "A name that was just deleted is released within minutes, rarely an hour; or another account took it.",
  },
  { service: "s3", code: /^(OperationAborted|ConditionalRequestConflict|InvalidBucketState)$/, class: "conflict" },
  { service: "s3", code: /^BucketAlreadyOwnedByYou$/, class: "exists" },
  {
    service: "s3",
    code: /^BucketAlreadyExists$/,
    class: "user",
    is: "bucket_name_taken",
    say: () => "the bucket's name belongs to another account",
    fix: "Bucket names are global: give this one another `name`.",
  },
  {
    service: "s3",
    text: /Unable to validate the following destination configurations/i,
    class: "propagation",
    is: "destination_not_ready",
    budget: (_, call) => (touchedTarget(call) ? 90_000 : STRANGER),
    fix: "S3 may not call the destination: check the function's permission for this bucket and account, or the policy of the topic or queue (also of other people's entries).",
  },
  {
    service: "s3",
    text: /ambiguously defined|overlapping (suffix|prefix)/i,
    class: "user",
    is: "notification_overlap",
    fix: "Another notification of this bucket covers the same objects: change the prefix, or remove the other entry.",
  },
  {
    service: "s3",
    code: /^BucketNotEmpty$/,
    text: /still not empty after/,
    class: "user",
    is: "bucket_written_to",
    fix: "Stop whatever writes to it, then run the same command again.",
  },
  {
    service: "s3",
    code: /^BucketNotEmpty$/,
    class: "user",
    is: "bucket_not_empty",
    fix: "`--include-data` empties it first.",
  },
  { service: "s3", code: /^PreconditionFailed$/, class: "exists", is: "precondition_failed" },
  { service: "s3", code: /^(SlowDown|ServiceUnavailable)$/, class: "throttle" },
  {
    service: "s3",
    code: /^(MalformedXML|XAmzContentSHA256Mismatch|BadDigest)$/,
    class: "bug",
    fix: "This is a bug in metriccare: please report it.",
  },
  {
    service: "s3",
    code: /^TooManyBuckets$/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Remove buckets, or ask for more in Service Quotas.",
  },
];

const EVENTS: readonly FaultRow[] = [
  {
    service: "events",
    text: /cannot be assumed by principal/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { service: "events", code: /^ConcurrentModification/, class: "conflict", budget: budget(30_000) },
  {
    service: "events",
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "A rule takes 5 targets, a bus 300 rules: reduce, or ask for more in Service Quotas.",
  },
  {
    service: "events",
    text: /since it has targets/i,
    class: "user",
    is: "rule_has_targets",
    fix: "Other people's targets keep it alive: remove them first.",
  },
  {
    service: "events",
    code: /^ManagedRule/,
    class: "denied",
    is: "managed_rule",
    fix: "AWS itself manages this rule: choose another name.",
  },
  { service: "events", code: /^ResourceNotFound/, class: "absent" },
  { service: "events", code: /^ValidationException$/, text: / not found\.?$/i, class: "absent" },
];

const SCHEDULER: readonly FaultRow[] = [
  {
    service: "scheduler",
    text: /must allow AWS EventBridge Scheduler to assume/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { service: "scheduler", code: /^Conflict/, text: /already exists/i, class: "exists" },
  { service: "scheduler", code: /^Conflict/, class: "conflict", budget: budget(2 * MINUTE) },
  {
    service: "scheduler",
    code: /^ServiceQuotaExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Schedules and their groups have quotas: remove some, or ask for more in Service Quotas.",
  },
  { service: "scheduler", code: /^ResourceNotFound/, class: "absent" },
];

const SNS: readonly FaultRow[] = [
  { service: "sns", operation: /^Unsubscribe$/, text: /pending confirmation/i, class: "exists", done: true },
  {
    service: "sns",
    text: /PrincipalNotFound/,
    class: "propagation",
    is: "principal_not_ready",
    budget: (_, call) => (touchedRole(call) ? MINUTE : STRANGER),
    fix: "If it stays: the policy names a role or user that does not exist.",
  },
  {
    service: "sns",
    text: /not a valid role to allow SNS/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { service: "sns", text: /already exists with different/i, class: "exists" },
  { service: "sns", code: /^(ConcurrentAccess|StaleTag)/, class: "conflict" },
  { service: "sns", code: /^NotFound/, class: "absent" },
  {
    service: "sns",
    code: /LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Topics, subscriptions and tags have quotas: reduce, or ask for more in Service Quotas.",
  },
];

const SQS: readonly FaultRow[] = [
  {
    service: "sqs",
    code: /QueueDeletedRecently/,
    class: "conflict",
    is: "queue_deleted_recently",
    budget: budget(2 * MINUTE),
    fix: "SQS keeps the name of a deleted queue for a minute: run the same command again.",
  },
  { service: "sqs", code: /QueueDoesNotExist|NonExistentQueue/, class: "absent" },
  { service: "sqs", code: /QueueAlreadyExists|QueueNameExists/, class: "exists" },
  {
    service: "sqs",
    text: /Dead letter target does not exist/i,
    class: "propagation",
    is: "queue_not_ready",
    budget: budget(MINUTE),
    fix: "If it stays: `redrive` names a queue that is not there.",
  },
  {
    service: "sqs",
    code: /^(OverLimit|KmsThrottled)/,
    class: "throttle",
  },
];

const LOGS: readonly FaultRow[] = [
  { service: "logs", code: /^ResourceAlreadyExists/, class: "exists" },
  { service: "logs", code: /^ResourceNotFound/, class: "absent" },
  { service: "logs", code: /^OperationAborted/, class: "conflict" },
  {
    service: "logs",
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Log groups have quotas: remove some, or ask for more in Service Quotas.",
  },
];

/** Rows of single services; as far as we make such calls. */
export const SERVICES: readonly FaultRow[] = [
  ...IAM,
  ...LAMBDA,
  ...GLUE,
  ...DYNAMODB,
  ...S3,
  ...EVENTS,
  ...SCHEDULER,
  ...SNS,
  ...SQS,
  ...LOGS,
];
