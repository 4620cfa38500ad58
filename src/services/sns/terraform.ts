import { ignored, TERRAFORM_COMMON, type TerraformCoverage } from "../coverage.ts";

const prefix = ignored("names are computed from project, id and environment, so that they are known before");

const feedback = Object.fromEntries(
  ["application", "firehose", "http", "lambda", "sqs"].flatMap((endpoint) => [
    [`${endpoint}_success_feedback_role_arn`, `feedback.${endpoint}.successRole`],
    [`${endpoint}_success_feedback_sample_rate`, `feedback.${endpoint}.successSampleRate`],
    [`${endpoint}_failure_feedback_role_arn`, `feedback.${endpoint}.failureRole`],
  ]),
) as Readonly<Record<string, string>>;

const ends = ignored("an apply does not wait for people: until they have confirmed, a note tells it");

/** The SNS resources of Terraform's AWS provider that we make. */
export const snsTerraform: readonly TerraformCoverage[] = [
  {
    resource: "aws_sns_topic",
    section: "topics.<id>",
    arguments: {
      ...TERRAFORM_COMMON,
      ...feedback,
      archive_policy: "archiveDays",
      content_based_deduplication: "contentBasedDeduplication",
      delivery_policy: "deliveryPolicy",
      display_name: "displayName",
      fifo_throughput_scope: "fifoThroughputScope",
      fifo_topic: "fifo",
      kms_master_key_id: "kmsKeyId",
      name: "name",
      name_prefix: prefix,
      policy: "statements",
      signature_version: "signatureVersion",
      tracing_config: "tracing",
    },
  },
  {
    resource: "aws_sns_topic_policy",
    section: "topics.<id>",
    arguments: {
      region: "/aws.region",
      arn: ignored("the topic is the entry that it stands in"),
      policy: "statements",
    },
  },
  {
    resource: "aws_sns_topic_data_protection_policy",
    section: "topics.<id>",
    arguments: {
      region: "/aws.region",
      arn: ignored("the topic is the entry that it stands in"),
      policy: ignored("AWS gives message data protection to no new customer since April 30, 2026"),
    },
  },
  {
    resource: "aws_sns_topic_subscription",
    section: "topics.<id>.subscriptions[]",
    arguments: {
      region: "/aws.region",
      topic_arn: ignored("the topic is the entry that it stands in"),
      confirmation_timeout_in_minutes: ends,
      delivery_policy: "deliveryPolicy",
      endpoint: "endpoint",
      endpoint_auto_confirms: ends,
      filter_policy: "filterPolicy",
      filter_policy_scope: "filterPolicyScope",
      protocol: "protocol",
      raw_message_delivery: "rawMessageDelivery",
      redrive_policy: "redrive",
      replay_policy: "replayPolicy",
      subscription_role_arn: "roleArn",
    },
  },
];
