import { meanings } from "./meaning.ts";

/** What a service would refuse, or what surprises about a resource of it. */
export const SERVICE_FINDINGS = meanings({
  bucket_encryption: {
    what: "A KMS key is given for a bucket with AES256.",
    why: "The key has no meaning there.",
    todo: "Choose aws:kms, or leave the key out.",
  },
  bucket_name: {
    what: "The name cannot be that of a bucket.",
    why: "S3 takes 3 to 63 lower-case letters, digits, dots and hyphens.",
    todo: "Give it another `name`.",
  },
  connection_form: {
    what: "A connection lacks what its type asks for, or its network is not whole.",
    why: "AWS wants certain properties of each type, and a security group beside a subnet.",
    todo: "Add what the finding names.",
  },
  connection_secret: {
    what: "A property of a connection looks like a secret.",
    why: "Everybody who may read the connection reads it. Its value is never shown here.",
    todo: "Keep user name and password in AWS Secrets Manager and name the secret in SECRET_ID (or `authentication.secretArn`).",
  },
  crawler_form: {
    what: "A crawler is formed as Glue does not take it.",
    why: "It looks at nothing, writes nowhere, or its settings exclude each other.",
    todo: "Correct what the finding names.",
  },
  function_code: {
    what: "A function has no code, or code from several places.",
    why: "It comes from a folder, from a bucket or from a container image.",
    todo: "Give exactly one of them.",
  },
  function_environment: {
    what: "The variables of a function are too long.",
    why: "Lambda takes 4,096 characters.",
    todo: "Shorten them.",
  },
  function_event_age: {
    what: "`maxEventAge` is not possible.",
    why: "Lambda takes 60 to 21,600 seconds.",
    todo: "Choose a value within.",
  },
  function_memory: {
    what: "The memory of a function is not possible.",
    why: "Lambda takes 128 to 10,240 MB.",
    todo: "Choose a value within.",
  },
  function_retries: {
    what: "The number of retries of a function is not possible.",
    why: "Lambda takes 0 to 2.",
    todo: "Choose a value within.",
  },
  function_settings: {
    what: "Settings of a function do not go together.",
    why: "Lambda refuses one beside the other, or one without the other.",
    todo: "Do what the finding says.",
  },
  function_timeout: {
    what: "The timeout of a function is not possible.",
    why: "Lambda takes 1 to 900 seconds.",
    todo: "Choose a value within.",
  },
  function_variable: {
    what: "A variable of a function has a name that Lambda does not take.",
    why: "Lambda sets it itself, or it is no name of a variable.",
    todo: "Choose another name.",
  },
  inline_policies_too_long: {
    what: "The inline policies of a role are too long.",
    why: "A role takes 10,240 characters of them.",
    todo: "Shorten them, or move statements into a managed policy.",
  },
  job_argument_secret: {
    what: "An argument of a job looks like a secret.",
    why: "Arguments are shown in the console and may be logged. Its value is never shown here.",
    todo: "Keep it in AWS Secrets Manager and pass its name.",
  },
  job_arguments_size: {
    what: "The arguments of a job are nearly, or more than, what Glue takes.",
    why: "Glue holds some 180 kB of them.",
    todo: "Put lists into an object in S3 and pass its key.",
  },
  job_cost: {
    what: "One run of a job may be dear.",
    why: "Workers, timeout and retries add up.",
    todo: "Lower timeout, numberOfWorkers or maxRetries.",
  },
  job_hudi_version: {
    what: "The Glue version, or a setting, brings another Hudi than the scripts are made for.",
    why: "Tables written by Hudi 1.x cannot be read by Glue 5.0 and Athena.",
    todo: "Use Glue 5.0, or set what the finding names.",
  },
  job_maintenance_window: {
    what: "A maintenance window is set on a job that is not a streaming job.",
    why: "Only streaming jobs go on for ever.",
    todo: "Remove `maintenanceWindow`.",
  },
  job_worker_type: {
    what: "The worker type does not go with the job.",
    why: "Glue takes it for other versions, kinds or execution classes only.",
    todo: "Use what the finding names.",
  },
  kms_alias: {
    what: "No KMS key has that alias.",
    why: "It is misspelt, or not made yet.",
    todo: "Make the alias, or correct it.",
  },
  kms_alias_unread: {
    what: "It cannot be told whether the key in use is the one that the alias names.",
    why: "`kms:DescribeKey` is denied.",
    todo: "Allow it, or name the key by its ARN.",
  },
  log_key_kept: {
    what: "A log group is encrypted with a key that the config does not name: the key stays.",
    why: "Taking it off would leave new lines unencrypted by it.",
    todo: "Name it as `logs.kmsKeyId` to have new groups encrypted with it too.",
  },
  log_retention: {
    what: "CloudWatch Logs cannot keep lines for that many days.",
    why: "It takes certain numbers only.",
    todo: "Choose one of those that the finding lists.",
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
  policy_too_long: {
    what: "The permissions boundary that follows from the config is too long.",
    why: "A managed policy takes 6,144 characters.",
    todo: "Shorten the roles' own policies, or name a boundary of your own.",
  },
  rule_bus: {
    what: "A rule cannot be on the bus that it names.",
    why: "Schedules run on the default bus alone, and a rule in another account or region cannot bear our mark.",
    todo: "Leave `bus` out or use a pattern; make a rule of another account there.",
  },
  rule_schedule: {
    what: "The schedule of a rule is none.",
    why: "EventBridge takes `rate(…)` and `cron(…)`.",
    todo: 'Write "rate(1 hour)" or "cron(0 3 * * ? *)".',
  },
  rule_trigger: {
    what: "A rule has neither a schedule nor a pattern, or both.",
    why: "It needs exactly one.",
    todo: "Give exactly one of the two.",
  },
  security_configuration_key: {
    what: "A part of a security configuration has a key without a use, or a use without a key.",
    why: "Only the modes that end in -KMS use a key.",
    todo: "Add the key's ARN, or remove it, or change the mode.",
  },
  session_duration: {
    what: "A session of a role cannot be that long.",
    why: "IAM takes 3,600 to 43,200 seconds.",
    todo: "Choose a value within.",
  },
  statement_key: {
    what: "The key of a policy statement cannot be part of a Sid.",
    why: "A Sid takes letters and digits.",
    todo: "Use letters and digits.",
  },
  subscription_endpoint: {
    what: "A subscription by e-mail has no address.",
    why: "There is no @ in it.",
    todo: "Give an address.",
  },
  subscription_pending: {
    what: "A subscription is not confirmed and gets no alerts yet.",
    why: "Its link was not followed; AWS forgets the request after about three days.",
    todo: "Follow the link, or `apply` to have it sent again.",
  },
  subscription_protocol: {
    what: "A subscription does not start with a protocol that SNS has.",
    why: "It is written as `protocol:endpoint`.",
    todo: "Start it with one of those that the finding lists.",
  },
  subscription_role: {
    what: "A subscription of Firehose has no role to deliver under.",
    why: "SNS needs one.",
    todo: "Give it a `roleArn`.",
  },
  table_capacity: {
    what: "The capacities of a table do not fit its billing.",
    why: "Provisioned billing needs both, on-demand none.",
    todo: "Give or remove them.",
  },
  table_indexes: {
    what: "Local indexes of a table without a range key.",
    why: "They sort what shares the table's hash key by another attribute than its range key.",
    todo: "Give `rangeKey`, or make them indexes.",
  },
  table_name: {
    what: "The name cannot be that of a table.",
    why: "DynamoDB takes 3 to 255 letters, digits, '_', '.' and '-'.",
    todo: "Give it another `name`.",
  },
  table_recovery: {
    what: "`recoveryPeriodDays` of a table without point-in-time recovery.",
    why: "Nothing is kept that it could go back to.",
    todo: "Say `pointInTimeRecovery: true`, or leave the days out.",
  },
  target_input: {
    what: "A target of a rule has both a constant input and a transformer.",
    why: "EventBridge takes one.",
    todo: "Give one of the two.",
  },
  target_key: {
    what: "The key of a target has characters that it may not have.",
    why: "It is part of an id in EventBridge.",
    todo: "Use letters, digits and underscores.",
  },
  too_many_indexes: {
    what: "A table has more indexes than DynamoDB takes.",
    why: "It takes 20.",
    todo: "Remove some.",
  },
  too_many_subscriptions: {
    what: "A topic has more subscriptions than can be remembered in its tags.",
    why: "Which of them are ours is kept there.",
    todo: "Declare fewer, or make a second topic.",
  },
  too_many_targets: {
    what: "A rule has more targets than EventBridge takes.",
    why: "It takes 5.",
    todo: "Use a second rule.",
  },
  trigger_form: {
    what: "A trigger is formed as Glue does not take it.",
    why: "It waits for nothing, for what it starts, or starts too many jobs; or its schedule is none.",
    todo: "Correct what the finding names.",
  },
  trigger_off: {
    what: "A trigger is not enabled, so the jobs behind it never start.",
    why: "`enabled: false`.",
    todo: "Set `enabled: true`.",
  },
  ttl_attribute: {
    what: "TTL cannot move to another attribute in one step.",
    why: "It is on for the old one.",
    todo: "Switch TTL off and apply; an hour later switch it on with the new attribute and apply again.",
  },
});
