import { meanings } from "./meaning.ts";
import { WAY } from "./way.ts";

/** What AWS, the network and the credentials refuse. Where no code stands here, AWS's own is told. */
export const AWS = meanings({
  access_denied: {
    what: "AWS denies the action to whoever runs this.",
    why: "The user or role lacks the right that the message names, or a policy of the resource, the organisation or the boundary denies it.",
    todo: "Allow the action on the resource; `metriccare iam-policy` prints what each kind of user needs.",
  },
  arguments_too_large: {
    what: "The arguments of a job are larger than Glue takes.",
    why: "Glue holds some 180 kB of them.",
    todo: "Put the long value into an object in S3 and pass its key.",
  },
  aws_internal_error: {
    what: "AWS had an error of its own.",
    why: "A service answered 5xx, or with something that cannot be read. It was asked again before this was told.",
    todo: "Run the same command again; if it stays, look at AWS's health page.",
  },
  backups_busy: {
    what: "DynamoDB is still setting up backups of the table.",
    why: "Point-in-time recovery cannot be switched while it is being switched.",
    todo: "Wait some minutes and run the same command again.",
  },
  billing_change_too_soon: {
    what: "DynamoDB takes a change of billing only so often.",
    why: "The table was switched to on-demand within the last day.",
    todo: "Run the same command again tomorrow; everything else is done.",
  },
  boundary_missing: {
    what: "The permissions boundary that the roles need does not exist.",
    why: "It is somebody else's to make, and has not been made.",
    todo: "`metriccare iam-policy boundary --env <env>` prints it for whoever may make it. Then run the same command again.",
  },
  boundary_not_ready: {
    what: "IAM does not show the new permissions boundary yet.",
    why: "IAM spreads what is new within seconds; it was waited for.",
    todo: "Run the same command again.",
  },
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
  concurrent_runs_exceeded: {
    what: "Glue starts no further run: one is on.",
    why: "The workflow or the job takes one run at a time, so that its tables have one writer.",
    todo: "Wait for it, or follow it with `metriccare run-workflow --attach`.",
  },
  condition_failed: {
    what: "A conditional write to DynamoDB found something else than it expected.",
    why: "Somebody else changed the item first.",
    todo: "Run the same command again: it looks first.",
  },
  destination_not_ready: {
    what: "S3 may not call the destination of a notification.",
    why: "The function's permission, or the policy of the topic or queue, is missing or new; also another entry's of the bucket.",
    todo: "Check those policies, and run the same command again.",
  },
  holds_data: {
    what: "A resource cannot be replaced: it holds data.",
    why: "AWS cannot change that attribute in place.",
    todo: "Undo the change, or `--include-data` deletes what it holds.",
  },
  illegal_workflow_state: {
    what: "Glue refuses the action in the state that the run is in.",
    why: "It is still on, or already over.",
    todo: "Look at it again with `metriccare runs show`.",
  },
  lease_held: {
    what: "Somebody else changes this environment right now.",
    why: "Another apply or destroy holds its lease.",
    todo: "Wait for it (`--wait` does). A dead process's lease ends by itself.",
  },
  lease_homeless: {
    what: "The bucket that carries the lease is neither there nor declared.",
    why: "The config lacks the scripts bucket.",
    todo: "Declare `s3.bucket/scripts`.",
  },
  lease_lost: {
    what: "The lease of the environment went to somebody else while this command worked.",
    why: "This machine slept, or could not reach S3 for longer than the lease lasts.",
    todo: "Run the same command again: it goes on where this one stopped.",
  },
  managed_rule: {
    what: "AWS itself manages the EventBridge rule of that name.",
    why: "Another service made it.",
    todo: "Choose another name.",
  },
  minted_missing: {
    what: "A step needs a value that AWS mints, and AWS has not told it.",
    why: "The resource that it belongs to failed, or AWS is behind.",
    todo: "See what `diff` says of that resource, then run the same command again.",
  },
  not_ready: {
    what: "AWS did not finish a change within the time that it is given.",
    why: "The service is slow today, or the change cannot be finished.",
    todo: "Run the same command again: it looks at what is there.",
  },
  not_supported: {
    what: "What answers does not know this operation.",
    why: "An emulator, or a region where the service lacks it.",
    todo: "Check the endpoint and the region.",
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
  principal_not_ready: {
    what: "AWS refuses a policy because it does not know a role or user in it.",
    why: "It is new and IAM has not spread it yet, or it does not exist.",
    todo: "Run the same command again; if it stays, correct the name in the policy.",
  },
  queue_deleted_recently: {
    what: "SQS does not give the name of a deleted queue away yet.",
    why: "It keeps it for a minute.",
    todo: "Run the same command again.",
  },
  queue_not_ready: {
    what: "SQS does not know the queue for dead letters.",
    why: "It is new, or `redrive` names one that is not there.",
    todo: "Run the same command again; if it stays, correct `redrive`.",
  },
  quota_exceeded: {
    what: "A quota of the account is used up.",
    why: "AWS limits how many of these there may be, or how large.",
    todo: "Remove what is not needed, or ask for more in Service Quotas.",
  },
  role_not_ready: {
    what: "AWS cannot use a role yet.",
    why: "It is new and spreads within seconds, or its trust policy does not name the service.",
    todo: "Run the same command again; if it stays, check the trust policy and the rights that the message names.",
  },
  rule_has_targets: {
    what: "EventBridge does not delete a rule that has targets.",
    why: "Somebody else put targets of theirs on it.",
    todo: "Remove them first.",
  },
  table_busy: {
    what: "DynamoDB is still changing the table.",
    why: "It takes one change at a time.",
    todo: "Wait some minutes and run the same command again.",
  },
  tables_busy: {
    what: "DynamoDB makes or changes too many tables at once in this account.",
    why: "It limits how many change side by side.",
    todo: "Run the same command again.",
  },
  throttled: {
    what: "AWS slows the calls of this account down.",
    why: "Too many calls at once, here or elsewhere in the account. They were repeated more and more slowly.",
    todo: "Run the same command again later.",
  },
  trigger_active: {
    what: "Glue does not change a trigger that is active.",
    why: "It is being stopped, and Glue is slow.",
    todo: "Run the same command again.",
  },
  ttl_attribute_change: {
    what: "DynamoDB cannot move TTL to another attribute in one step.",
    why: "TTL is on for the old one.",
    todo: "Apply with TTL off, and an hour later with the new attribute.",
  },
  ttl_change_too_soon: {
    what: "DynamoDB takes one change of TTL an hour.",
    why: "It was changed a moment ago.",
    todo: "Run the same command again in an hour; everything else is done.",
  },
  update_in_progress: {
    what: "Lambda is still changing the function.",
    why: "It takes one change at a time.",
    todo: "Run the same command again.",
  },
  wrong_region: {
    what: "The resource lies in another region.",
    why: "A bucket of that name exists elsewhere.",
    todo: "Check the region of the environment, or give the bucket another `name`.",
  },
  ...WAY,
});
