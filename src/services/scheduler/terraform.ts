import { ignored, TERRAFORM_COMMON, TERRAFORM_WAITS, type TerraformCoverage } from "../coverage.ts";

const PREFIX = ignored("names are computed from project, id and environment, so that they are known before");
const UNIVERSAL = ignored("a call of AWS says the same and more: aws-sdk:<service>:<operation> with `input`");

const universal = (block: string, words: readonly string[]) =>
  Object.fromEntries(words.map((word) => [`target.${block}.${word}`, UNIVERSAL]));

/** The Scheduler resources of Terraform's AWS provider that we make. */
export const schedulerTerraform: readonly TerraformCoverage[] = [
  {
    resource: "aws_scheduler_schedule_group",
    section: "schedules.<id>",
    arguments: {
      region: TERRAFORM_COMMON.region,
      name: ignored("each environment has one group, <project>_schedules_<env>, which bears the mark of ownership"),
      name_prefix: PREFIX,
      tags: "/tags",
      timeouts: TERRAFORM_WAITS,
    },
  },
  {
    resource: "aws_scheduler_schedule",
    section: "schedules.<id>",
    arguments: {
      region: TERRAFORM_COMMON.region,
      action_after_completion: ignored("what removes itself would be made again by the next apply"),
      description: "description",
      end_date: "end",
      "flexible_time_window.maximum_window_in_minutes": "flexibleWindow",
      "flexible_time_window.mode": "flexibleWindow",
      group_name: ignored("schedules have no tags: the environment's own group bears their mark of ownership"),
      kms_key_arn: "kmsKeyArn",
      name: "name",
      name_prefix: PREFIX,
      schedule_expression: "expression",
      schedule_expression_timezone: "timezone",
      start_date: "start",
      state: "enabled",
      "target.arn": "target.arn",
      "target.dead_letter_config.arn": "target.deadLetter",
      "target.input": "target.input",
      "target.retry_policy.maximum_event_age_in_seconds": "target.retry.maxAge",
      "target.retry_policy.maximum_retry_attempts": "target.retry.attempts",
      "target.role_arn": "target.role",
      ...universal("ecs_parameters", [
        "capacity_provider_strategy.base",
        "capacity_provider_strategy.capacity_provider",
        "capacity_provider_strategy.weight",
        "enable_ecs_managed_tags",
        "enable_execute_command",
        "group",
        "launch_type",
        "network_configuration.assign_public_ip",
        "network_configuration.security_groups",
        "network_configuration.subnets",
        "placement_constraints.expression",
        "placement_constraints.type",
        "placement_strategy.field",
        "placement_strategy.type",
        "platform_version",
        "propagate_tags",
        "reference_id",
        "tags",
        "task_count",
        "task_definition_arn",
      ]),
      ...universal("eventbridge_parameters", ["detail_type", "source"]),
      ...universal("kinesis_parameters", ["partition_key"]),
      ...universal("sagemaker_pipeline_parameters", ["pipeline_parameter.name", "pipeline_parameter.value"]),
      ...universal("sqs_parameters", ["message_group_id"]),
    },
  },
];
