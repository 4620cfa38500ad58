import { ignored, TERRAFORM_COMMON, TERRAFORM_NAMES, TERRAFORM_WAITS, type TerraformCoverage } from "../coverage.ts";

const url = ignored("the queue is the entry that it stands in");

/** The SQS resources of Terraform's AWS provider that we make. */
export const sqsTerraform: readonly TerraformCoverage[] = [
  {
    resource: "aws_sqs_queue",
    section: "queues.<id>",
    arguments: {
      ...TERRAFORM_COMMON,
      content_based_deduplication: "contentBasedDeduplication",
      deduplication_scope: "deduplicationScope",
      delay_seconds: "delaySeconds",
      fifo_queue: "fifo",
      fifo_throughput_limit: "fifoThroughputLimit",
      kms_data_key_reuse_period_seconds: "kmsDataKeyReuseSeconds",
      kms_master_key_id: "kmsKeyId",
      max_message_size: "maxMessageBytes",
      message_retention_seconds: "retentionSeconds",
      name: "name",
      name_prefix: TERRAFORM_NAMES,
      policy: "statements",
      receive_wait_time_seconds: "receiveWaitSeconds",
      redrive_allow_policy: "redriveAllow",
      redrive_policy: "redrive",
      sqs_managed_sse_enabled: "sqsManagedSse",
      timeouts: TERRAFORM_WAITS,
      visibility_timeout_seconds: "visibilityTimeout",
    },
  },
  {
    resource: "aws_sqs_queue_policy",
    section: "queues.<id>",
    arguments: { region: "/aws.region", queue_url: url, policy: "statements" },
  },
  {
    resource: "aws_sqs_queue_redrive_policy",
    section: "queues.<id>",
    arguments: { region: "/aws.region", queue_url: url, redrive_policy: "redrive" },
  },
  {
    resource: "aws_sqs_queue_redrive_allow_policy",
    section: "queues.<id>",
    arguments: { region: "/aws.region", queue_url: url, redrive_allow_policy: "redriveAllow" },
  },
];
