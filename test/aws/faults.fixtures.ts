/** One row per error that the calls we make may get: the exact wire error in, class and code out. */
export type Protocol = "json" | "rest-json" | "query" | "s3";

export interface Fixture {
  /** IAM-style: `glue:CreateJob`. */
  readonly call: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly expect: {
    readonly class: string;
    readonly code?: string;
    readonly done?: true;
    readonly fix?: RegExp;
    readonly text?: RegExp;
  };
  /** What was created or changed in the same run. */
  readonly touched?: readonly string[];
}

const ROLE = "arn:aws:iam::123456789012:role/p_glue_bronze_dev";
const EDGE = "arn:aws:iam::123456789012:policy/p_boundary_dev";
const FN = "arn:aws:lambda:us-east-1:123456789012:function:p_trigger_dev";
const me = (action: string, on: string): string =>
  `User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ${action} on resource: ${on} because no identity-based policy allows the ${action} action`;
const f = (
  call: string,
  status: number,
  code: string,
  message: string,
  expect: Fixture["expect"],
  touched?: readonly string[],
): Fixture => ({ call, status, code, message, expect, ...(touched ? { touched } : {}) });

export const FIXTURES: readonly Fixture[] = [
  // Credentials
  f("sts:GetCallerIdentity", 403, "ExpiredToken", "The security token included in the request is expired", {
    class: "credentials",
    code: "credentials_expired",
    fix: /sso login/,
  }),
  f("glue:GetJob", 400, "ExpiredTokenException", "The security token included in the request is expired", {
    class: "credentials",
    code: "credentials_expired",
  }),
  f("s3:GetBucketTagging", 400, "ExpiredToken", "The provided token has expired.", {
    class: "credentials",
    code: "credentials_expired",
  }),
  f("glue:GetJob", 400, "UnrecognizedClientException", "The security token included in the request is invalid.", {
    class: "credentials",
    code: "credentials_invalid",
  }),
  f("sts:GetCallerIdentity", 403, "InvalidClientTokenId", "The security token included in the request is invalid.", {
    class: "credentials",
    code: "credentials_invalid",
  }),
  f(
    "s3:GetBucketTagging",
    403,
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
    { class: "credentials", code: "credentials_invalid" },
  ),
  f(
    "s3:GetBucketTagging",
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
    { class: "credentials", code: "credentials_invalid" },
  ),
  f(
    "s3:GetBucketTagging",
    403,
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    { class: "credentials", code: "clock_wrong" },
  ),
  f(
    "glue:CreateTrigger",
    400,
    "InvalidInputException",
    "Unable to read: The security token included in the request is invalid. (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: UnrecognizedClientException; Request ID: X)",
    { class: "propagation" },
    [ROLE],
  ),
  f("glue:CreateJob", 400, "AccessDeniedException", me("glue:CreateJob", "arn:aws:glue:us-east-1:123456789012:job/x"), {
    class: "denied",
    code: "access_denied",
    text: /glue:CreateJob/,
    fix: /`glue:CreateJob` on `arn:aws:glue:us-east-1:123456789012:job\/x`/,
  }),
  f(
    "s3:PutBucketPolicy",
    403,
    "AccessDenied",
    'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::b" because no identity-based policy allows it',
    { class: "denied", fix: /`s3:PutBucketPolicy` on `arn:aws:s3:::b`/ },
  ),
  f("s3:GetBucketTagging", 403, "AccessDenied", "Access Denied", { class: "denied", code: "access_denied" }),
  f(
    "glue:CreateTrigger",
    400,
    "AccessDeniedException",
    "User: arn:aws:sts::123456789012:assumed-role/p_glue_bronze_dev/GlueJobRunnerSession is not authorized to perform: s3:GetObject on resource: x",
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "glue:CreateTrigger",
    400,
    "AccessDeniedException",
    "User: arn:aws:sts::123456789012:assumed-role/p_glue_bronze_dev/GlueJobRunnerSession is not authorized to perform: s3:GetObject on resource: x",
    { class: "denied" },
  ),
  f(
    "s3:GetBucketTagging",
    301,
    "PermanentRedirect",
    "The bucket you are attempting to access must be addressed using the specified endpoint.",
    { class: "user", code: "wrong_region" },
  ),
  f(
    "s3:CreateBucket",
    400,
    "IllegalLocationConstraintException",
    "The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.",
    { class: "user", code: "wrong_region" },
  ),
  f(
    "s3:GetBucketTagging",
    400,
    "AuthorizationHeaderMalformed",
    "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    { class: "user", code: "wrong_region" },
  ),

  // IAM
  f(
    "iam:UpdateAssumeRolePolicy",
    400,
    "MalformedPolicyDocument",
    `Invalid principal in policy: "AWS":"${ROLE}"`,
    { class: "propagation" },
    [ROLE],
  ),
  f("iam:CreateRole", 404, "NoSuchEntity", `Scope ARN: ${EDGE} does not exist or is not attachable.`, {
    class: "user",
    code: "boundary_missing",
    fix: /metriccare iam-policy boundary --env dev/,
  }),
  f("iam:CreateRole", 404, "NoSuchEntity", `Scope ARN: arn:aws:iam::1:policy/x does not exist.`, {
    class: "user",
    code: "boundary_missing",
    fix: /permissionsBoundary/,
  }),
  f(
    "iam:CreateRole",
    404,
    "NoSuchEntity",
    `Scope ARN: ${EDGE} does not exist or is not attachable.`,
    { class: "propagation", code: "boundary_not_ready" },
    [EDGE],
  ),
  f("iam:CreateRole", 409, "EntityAlreadyExists", "Role with name x already exists.", { class: "exists" }),
  f("iam:GetRole", 404, "NoSuchEntity", "The role with name x cannot be found.", { class: "absent" }),
  f("iam:DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must detach all policies first.", {
    class: "conflict",
  }),
  f(
    "iam:PutRolePolicy",
    409,
    "ConcurrentModification",
    "The request was rejected because multiple requests to change this object were submitted simultaneously.",
    { class: "conflict" },
  ),
  f("iam:PutRolePolicy", 409, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role x", {
    class: "quota",
  }),
  f("iam:PutRolePolicy", 400, "MalformedPolicyDocument", "Syntax errors in policy.", { class: "user" }),
  f("iam:CreateRole", 400, "Throttling", "Rate exceeded", { class: "throttle" }),

  // Lambda
  f(
    "lambda:CreateFunction",
    400,
    "InvalidParameterValueException",
    "The role defined for the function cannot be assumed by Lambda.",
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "lambda:UpdateFunctionConfiguration",
    400,
    "InvalidParameterValueException",
    "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "lambda:CreateFunction",
    400,
    "InvalidParameterValueException",
    "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings.",
    { class: "propagation" },
    [ROLE],
  ),
  f("lambda:CreateFunction", 400, "InvalidParameterValueException", "Lambda was throttled by EC2", {
    class: "throttle",
  }),
  f(
    "lambda:UpdateFunctionCode",
    409,
    "ResourceConflictException",
    `The operation cannot be performed at this time. An update is in progress for resource: ${FN}`,
    { class: "conflict", code: "update_in_progress" },
  ),
  f(
    "lambda:UpdateFunctionConfiguration",
    409,
    "ResourceConflictException",
    `The operation cannot be performed at this time. The function is currently in the following state: Pending`,
    { class: "conflict" },
  ),
  f("lambda:CreateFunction", 409, "ResourceConflictException", "Function already exist: p_trigger_dev", {
    class: "exists",
  }),
  f(
    "lambda:AddPermission",
    409,
    "ResourceConflictException",
    "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
    { class: "exists" },
  ),
  f(
    "lambda:AddPermission",
    409,
    "ResourceConflictException",
    "The function could not be updated due to a concurrent update operation",
    { class: "conflict" },
  ),
  f(
    "lambda:AddPermission",
    400,
    "InvalidParameterValueException",
    "We currently do not support adding policies for $LATEST.",
    { class: "user" },
  ),
  f(
    "lambda:AddPermission",
    400,
    "PolicyLengthExceededException",
    "The final policy size (20500) is bigger than the limit (20480).",
    { class: "quota" },
  ),
  f("lambda:GetPolicy", 404, "ResourceNotFoundException", "The resource you requested does not exist.", {
    class: "absent",
  }),
  f("lambda:UpdateFunctionCode", 429, "TooManyRequestsException", "Rate Exceeded.", { class: "throttle" }),
  f("lambda:UpdateFunctionCode", 400, "CodeStorageExceededException", "Code storage limit exceeded.", {
    class: "quota",
  }),

  // Glue
  f(
    "glue:CreateTrigger",
    400,
    "InvalidInputException",
    "Service is unable to assume provided role. Please verify role's TrustPolicy",
    { class: "propagation", code: "role_not_ready" },
    [ROLE],
  ),
  f(
    "glue:CreateJob",
    400,
    "InvalidInputException",
    `Service is unable to assume the role ${ROLE} to access null. Please verify the role's TrustPolicy.`,
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "glue:CreateJob",
    400,
    "InvalidInputException",
    "com.amazonaws.services.glue.model.AccessDeniedException: You need to enable AWS Security Token Service for this region. . Please verify the role's TrustPolicy.",
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "glue:CreateJob",
    400,
    "InvalidInputException",
    "Error trying to retrieve security config, error message: The security token included in the request is invalid.",
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "glue:CreateJob",
    400,
    "InvalidInputException",
    `Role ${ROLE} should be given assume role permissions for Glue Service.`,
    { class: "propagation" },
    [ROLE],
  ),
  f(
    "glue:CreateJob",
    400,
    "AccessDeniedException",
    "Insufficient Lake Formation permission(s) on s3://x",
    { class: "propagation" },
    [ROLE],
  ),
  f("glue:CreateJob", 400, "AccessDeniedException", "Insufficient Lake Formation permission(s) on s3://x", {
    class: "denied",
  }),
  f(
    "glue:CreateCrawler",
    400,
    "InvalidInputException",
    "SQS queue arn:aws:sqs:us-east-1:123456789012:q does not exist or the role provided does not have access to it.",
    { class: "propagation", code: "queue_not_ready" },
    [ROLE],
  ),
  f(
    "glue:CreateCrawler",
    400,
    "InvalidInputException",
    "SQS queue arn:aws:sqs:us-east-1:123456789012:q does not exist or the role provided does not have access to it.",
    { class: "user" },
  ),
  f("glue:DeleteCrawler", 400, "CrawlerRunningException", "Crawler with name x is currently running", {
    class: "conflict",
  }),
  f("glue:CreateTrigger", 400, "ConcurrentModificationException", "Workflow W was modified while adding trigger T", {
    class: "conflict",
  }),
  f("glue:DeleteTrigger", 400, "ConcurrentModificationException", "Workflow W was modified", { class: "conflict" }),
  f(
    "glue:StopTrigger",
    400,
    "InvalidInputException",
    "The operation is not allowed when trigger is in state: CREATED",
    { class: "exists", done: true },
  ),
  f("glue:UpdateTrigger", 400, "InvalidInputException", "Cannot update trigger while it is ACTIVATED", {
    class: "conflict",
  }),
  f(
    "glue:CreateTrigger",
    400,
    "InvalidInputException",
    "Job cannot be a Predicate and Action for Conditional Trigger.",
    { class: "user" },
  ),
  f("glue:StartWorkflowRun", 400, "ConcurrentRunsExceededException", "Concurrent runs exceeded for etl", {
    class: "conflict",
    code: "concurrent_runs_exceeded",
  }),
  f("glue:StartWorkflowRun", 400, "ResourceNumberLimitExceededException", "A resource numerical limit was exceeded.", {
    class: "conflict",
  }),
  f("glue:CreateJob", 400, "ResourceNumberLimitExceededException", "A resource numerical limit was exceeded.", {
    class: "quota",
  }),
  f("glue:CreateJob", 400, "AlreadyExistsException", "Job already exists.", { class: "exists" }),
  f(
    "glue:CreateJob",
    400,
    "IdempotentParameterMismatchException",
    "Job with same name submitted with different configuration",
    { class: "exists" },
  ),
  f("glue:GetJob", 400, "EntityNotFoundException", "Job x is not found", { class: "absent" }),
  f("glue:GetJob", 400, "OperationTimeoutException", "The operation timed out.", { class: "ambiguous" }),
  f("glue:GetJob", 500, "InternalServiceException", "An internal service error occurred.", { class: "ambiguous" }),
  f("glue:GetJob", 400, "ThrottlingException", "Rate exceeded", { class: "throttle" }),
  f("glue:CreateJob", 400, "InvalidInputException", "Request size limit exceeded", {
    class: "user",
    code: "arguments_too_large",
  }),

  // DynamoDB
  f("dynamodb:CreateTable", 400, "com.amazonaws.dynamodb.v20120810#ResourceInUseException", "Table already exists: t", {
    class: "exists",
  }),
  f(
    "dynamodb:UpdateTable",
    400,
    "com.amazonaws.dynamodb.v20120810#ResourceInUseException",
    "Attempt to change a resource which is still in use: Table is being updated: t",
    { class: "conflict" },
  ),
  f(
    "dynamodb:CreateTable",
    400,
    "com.amazonaws.dynamodb.v20120810#LimitExceededException",
    "Subscriber limit exceeded: Only 10 tables can be created, updated, or deleted simultaneously",
    { class: "conflict" },
  ),
  f(
    "dynamodb:UpdateTable",
    400,
    "com.amazonaws.dynamodb.v20120810#LimitExceededException",
    "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s).",
    { class: "quota", code: "billing_change_too_soon" },
  ),
  f(
    "dynamodb:UpdateTimeToLive",
    400,
    "com.amazon.coral.validate#ValidationException",
    "TimeToLive is already disabled",
    { class: "exists", done: true },
  ),
  f(
    "dynamodb:UpdateTimeToLive",
    400,
    "com.amazon.coral.validate#ValidationException",
    "TimeToLive is already enabled",
    { class: "exists", done: true },
  ),
  f(
    "dynamodb:UpdateTimeToLive",
    400,
    "com.amazon.coral.validate#ValidationException",
    "Time to live has been modified multiple times within a fixed interval",
    { class: "quota", code: "ttl_change_too_soon" },
  ),
  f(
    "dynamodb:UpdateTimeToLive",
    400,
    "com.amazon.coral.validate#ValidationException",
    "TimeToLive is active on a different AttributeName: current AttributeName is x",
    { class: "user", code: "ttl_attribute_change" },
  ),
  f(
    "dynamodb:UpdateContinuousBackups",
    400,
    "com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException",
    "Backups are being enabled for the table: t. Please retry later",
    { class: "conflict" },
  ),
  f(
    "dynamodb:DescribeTable",
    400,
    "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
    "Requested resource not found: Table: t not found",
    { class: "absent" },
  ),
  f(
    "dynamodb:UpdateTable",
    400,
    "com.amazon.coral.validate#ValidationException",
    "One or more parameter values were invalid: Server-Side Encryption modification must be the only operation in the request",
    { class: "user" },
  ),

  // S3
  f(
    "s3:CreateBucket",
    409,
    "OperationAborted",
    "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    { class: "conflict", fix: /released/ },
  ),
  f(
    "s3:PutBucketPolicy",
    409,
    "OperationAborted",
    "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    { class: "conflict" },
  ),
  f(
    "s3:CreateBucket",
    409,
    "BucketAlreadyOwnedByYou",
    "Your previous request to create the named bucket succeeded and you already own it.",
    { class: "exists" },
  ),
  f("s3:CreateBucket", 409, "BucketAlreadyExists", "The requested bucket name is not available.", {
    class: "user",
    code: "bucket_name_taken",
  }),
  f("s3:PutBucketPolicy", 404, "NoSuchBucket", "The specified bucket does not exist", { class: "absent" }),
  f(
    "s3:PutBucketNotificationConfiguration",
    400,
    "InvalidArgument",
    "Unable to validate the following destination configurations",
    { class: "propagation" },
    [FN],
  ),
  f(
    "s3:PutBucketNotificationConfiguration",
    400,
    "InvalidArgument",
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
    { class: "user", code: "notification_overlap" },
  ),
  f(
    "s3:DeleteBucket",
    409,
    "BucketNotEmpty",
    "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    { class: "user", code: "bucket_not_empty" },
  ),
  f(
    "s3:GetBucketEncryption",
    404,
    "ServerSideEncryptionConfigurationNotFoundError",
    "The server side encryption configuration was not found",
    { class: "absent" },
  ),
  f("s3:GetBucketPolicy", 404, "NoSuchBucketPolicy", "The bucket policy does not exist", { class: "absent" }),
  f(
    "s3:GetBucketLifecycleConfiguration",
    404,
    "NoSuchLifecycleConfiguration",
    "The lifecycle configuration does not exist",
    { class: "absent" },
  ),
  f("s3:GetBucketTagging", 404, "NoSuchTagSet", "The TagSet does not exist", { class: "absent" }),
  f(
    "s3:GetPublicAccessBlock",
    404,
    "NoSuchPublicAccessBlockConfiguration",
    "The public access block configuration was not found",
    { class: "absent" },
  ),
  f(
    "s3:GetBucketOwnershipControls",
    404,
    "OwnershipControlsNotFoundError",
    "The bucket ownership controls were not found",
    { class: "absent" },
  ),
  f("s3:GetBucketTagging", 503, "SlowDown", "Please reduce your request rate.", { class: "throttle" }),
  f("s3:GetObject", 404, "NoSuchKey", "The specified key does not exist.", { class: "absent" }),
  f("s3:PutObject", 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    class: "exists",
  }),
  f("s3:HeadBucket", 404, "", "", { class: "absent" }),
  f("s3:HeadObject", 404, "", "", { class: "absent" }),
  f("s3:HeadBucket", 403, "", "", { class: "denied", text: /access denied/ }),
  f("s3:HeadBucket", 400, "", "", { class: "credentials" }),
  f("s3:HeadBucket", 301, "", "", { class: "user", code: "wrong_region" }),
  f("s3:HeadBucket", 500, "", "", { class: "ambiguous" }),

  // EventBridge
  f("events:PutTargets", 400, "LimitExceededException", "The requested resource exceeds the maximum number allowed.", {
    class: "quota",
  }),
  f("events:PutRule", 400, "ConcurrentModificationException", "Rule x was modified concurrently.", {
    class: "conflict",
  }),
  f(
    "events:PutTargets",
    400,
    "ValidationException",
    `Provided role '${ROLE}' cannot be assumed by principal 'events.amazonaws.com'.`,
    { class: "propagation" },
    [ROLE],
  ),
  f("events:DeleteRule", 400, "ValidationException", "Rule can't be deleted since it has targets.", {
    class: "user",
    code: "rule_has_targets",
  }),
  f("events:ListTargetsByRule", 400, "ResourceNotFoundException", "Rule x does not exist on EventBus default.", {
    class: "absent",
  }),
  f("events:ListTargetsByRule", 400, "ValidationException", "Rule x not found", { class: "absent" }),

  // SNS
  f(
    "sns:Unsubscribe",
    400,
    "InvalidParameter",
    "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation",
    { class: "exists", done: true },
  ),
  f(
    "sns:SetTopicAttributes",
    400,
    "InvalidParameter",
    "Invalid parameter: Policy Error: PrincipalNotFound",
    { class: "propagation" },
    [ROLE],
  ),
  f("sns:SetTopicAttributes", 400, "InvalidParameter", "Invalid parameter: Policy Error: null", { class: "user" }),
  f("sns:CreateTopic", 400, "ConcurrentAccess", "Can't perform multiple operations on a topic at the same time.", {
    class: "conflict",
  }),
  f(
    "sns:CreateTopic",
    400,
    "InvalidParameter",
    "Invalid parameter: Tags Reason: Topic already exists with different tags",
    { class: "exists" },
  ),
  f("sns:GetTopicAttributes", 404, "NotFound", "Topic does not exist", { class: "absent" }),
  f("sns:SetTopicAttributes", 403, "AuthorizationError", me("iam:PassRole", ROLE), {
    class: "denied",
    fix: /iam:PassRole/,
  }),

  // CloudWatch Logs
  f("logs:CreateLogGroup", 400, "ResourceAlreadyExistsException", "The specified log group already exists", {
    class: "exists",
  }),
  f("logs:PutRetentionPolicy", 400, "ResourceNotFoundException", "The specified log group does not exist.", {
    class: "absent",
  }),
  f(
    "logs:PutRetentionPolicy",
    400,
    "OperationAbortedException",
    "Multiple concurrent requests to update the same resource were in conflict.",
    { class: "conflict" },
  ),

  // Anybody
  f("glue:GetJob", 500, "InternalFailure", "", { class: "ambiguous", code: "aws_internal_error" }),
  f("iam:GetRole", 503, "ServiceUnavailable", "", { class: "ambiguous" }),
  f("tagging:GetResources", 400, "ThrottledException", "Rate exceeded", { class: "throttle" }),
  f("glue:GetJob", 501, "NotImplemented", "this emulator does not", { class: "user", code: "not_supported" }),
];
