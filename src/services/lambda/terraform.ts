import { callers } from "./terraform-callers.ts";
import { ignored, TERRAFORM_COMMON, TERRAFORM_WAITS, type TerraformCoverage } from "../coverage.ts";

const ON_INSTANCES = ignored(
  "such a function runs in published versions only, on EC2 instances that cost money while nothing runs; what calls functions here names none",
);
const DURABLE = ignored(
  "can be set as a function is made and never after, and only for durable executions: what takes long here is the Glue workflow",
);
const BY_HAND = ignored("a hash by hand, so that Terraform sees new code: the code itself is compared here");
const NETWORK_LEFT = ignored(
  "shortens how long a security group of Terraform's waits at its end; security groups are not ours to remove",
);

const lambdaFunction: TerraformCoverage = {
  resource: "aws_lambda_function",
  section: "functions.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    architectures: "architecture",
    "capacity_provider_config.lambda_managed_instances_capacity_provider_config.capacity_provider_arn": ON_INSTANCES,
    "capacity_provider_config.lambda_managed_instances_capacity_provider_config.execution_environment_memory_gib_per_vcpu":
      ON_INSTANCES,
    "capacity_provider_config.lambda_managed_instances_capacity_provider_config.per_execution_environment_max_concurrency":
      ON_INSTANCES,
    code_signing_config_arn: "codeSigningConfig",
    "dead_letter_config.target_arn": "deadLetter",
    description: "description",
    "durable_config.execution_timeout": DURABLE,
    "durable_config.retention_period": DURABLE,
    "environment.variables": "environment",
    "ephemeral_storage.size": "ephemeralStorage",
    "file_system_config.arn": "fileSystem.accessPoint",
    "file_system_config.local_mount_path": "fileSystem.path",
    // A folder: apply makes the zip.
    filename: "source",
    function_name: "name",
    handler: "handler",
    "image_config.command": "image.command",
    "image_config.entry_point": "image.entryPoint",
    "image_config.working_directory": "image.workingDirectory",
    image_uri: "image.uri",
    kms_key_arn: "kmsKeyArn",
    layers: "layers",
    "logging_config.application_log_level": "logLevels.application",
    "logging_config.log_format": "logFormat",
    "logging_config.log_group": ignored(
      "always /aws/lambda/<name>: the group is made, kept for its days and encrypted with the function, and its role may write there alone",
    ),
    "logging_config.system_log_level": "logLevels.system",
    memory_size: "memory",
    // Follows from which of the two stands there.
    package_type: "image",
    publish: "publish",
    publish_to: ON_INSTANCES,
    replace_security_groups_on_destroy: NETWORK_LEFT,
    replacement_security_group_ids: NETWORK_LEFT,
    reserved_concurrent_executions: "reservedConcurrency",
    role: "role",
    runtime: "runtime",
    s3_bucket: "s3Bucket",
    s3_key: "s3Key",
    s3_object_version: "s3ObjectVersion",
    skip_destroy: ignored(
      "leaves a function behind that nobody remembers; one that is to stay is declared with `existing`",
    ),
    "snap_start.apply_on": "snapStart",
    code_sha256: BY_HAND,
    source_code_hash: BY_HAND,
    source_kms_key_arn: "sourceKmsKeyArn",
    "tenancy_config.tenant_isolation_mode": ignored(
      "every call then names a tenant, which S3, SNS and EventBridge cannot: they are what calls functions here",
    ),
    timeout: "timeout",
    timeouts: TERRAFORM_WAITS,
    use_resource_timeout_for_propagation: TERRAFORM_WAITS,
    "tracing_config.mode": "tracing",
    "vpc_config.ipv6_allowed_for_dual_stack": "vpc.ipv6",
    "vpc_config.security_group_ids": "vpc.securityGroups",
    "vpc_config.subnet_ids": "vpc.subnets",
  },
};

const invoke: TerraformCoverage = {
  resource: "aws_lambda_function_event_invoke_config",
  section: "functions.<id>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    "destination_config.on_failure.destination": "onFailure",
    "destination_config.on_success.destination": "onSuccess",
    function_name: "name",
    maximum_event_age_in_seconds: "maxEventAge",
    maximum_retry_attempts: "maxRetryAttempts",
    qualifier: ignored("what calls a function asynchronously here (S3, SNS, EventBridge) calls its newest code"),
  },
};

/** The Lambda resources of Terraform's AWS provider that we make. */
export const lambdaTerraform: readonly TerraformCoverage[] = [lambdaFunction, invoke, ...callers];
