import { ignored, TERRAFORM_COMMON, type TerraformCoverage } from "../coverage.ts";

const FORCE = ignored("rules that an AWS service manages are not made here, and other people's targets keep a rule");

/** Arguments of a block, each under its place in the config. */
const block = (name: string, at: string, words: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(words).map(([argument, word]) => [`${name}.${argument}`, `${at}${word}`]));

const rule: TerraformCoverage = {
  resource: "aws_cloudwatch_event_rule",
  section: "rules.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    description: "description",
    event_bus_name: "bus",
    event_pattern: "pattern",
    force_destroy: FORCE,
    is_enabled: "enabled",
    name: "name",
    name_prefix: ignored("names are computed from project, id and environment, so that they are known before"),
    role_arn: "role",
    schedule_expression: "schedule",
    state: "managementEvents",
  },
};

const target: TerraformCoverage = {
  resource: "aws_cloudwatch_event_target",
  section: "rules.<id>.targets[]",
  arguments: {
    region: TERRAFORM_COMMON.region,
    arn: "arn",
    event_bus_name: ignored("the bus is that of the rule, which the target stands in"),
    force_destroy: FORCE,
    input: "input",
    input_path: "inputPath",
    role_arn: "roleArn",
    rule: ignored("the rule is the entry that it stands in"),
    target_id: "id",
    "appsync_target.graphql_operation": "appSync.operation",
    "dead_letter_config.arn": "deadLetter",
    "kinesis_target.partition_key_path": "kinesis.partitionKeyPath",
    "sqs_target.message_group_id": "messageGroupId",
    ...block("batch_target", "batch.", {
      array_size: "arraySize",
      job_attempts: "attempts",
      job_definition: "jobDefinition",
      job_name: "jobName",
    }),
    ...block("ecs_target", "ecs.", {
      "capacity_provider_strategy.base": "capacityProviders[].base",
      "capacity_provider_strategy.capacity_provider": "capacityProviders[].provider",
      "capacity_provider_strategy.weight": "capacityProviders[].weight",
      enable_ecs_managed_tags: "managedTags",
      enable_execute_command: "executeCommand",
      group: "group",
      launch_type: "launchType",
      "network_configuration.assign_public_ip": "assignPublicIp",
      "network_configuration.security_groups": "securityGroups",
      "network_configuration.subnets": "subnets",
      "ordered_placement_strategy.field": "placementStrategy[].field",
      "ordered_placement_strategy.type": "placementStrategy[].type",
      "placement_constraint.expression": "placementConstraints[].expression",
      "placement_constraint.type": "placementConstraints[].type",
      platform_version: "platformVersion",
      propagate_tags: "propagateTags",
      tags: "tags",
      task_count: "taskCount",
      task_definition_arn: "taskDefinition",
    }),
    ...block("http_target", "http.", {
      header_parameters: "headers",
      path_parameter_values: "path",
      query_string_parameters: "query",
    }),
    ...block("input_transformer", "transformer.", { input_paths: "paths", input_template: "template" }),
    ...block("redshift_target", "redshift.", {
      database: "database",
      db_user: "user",
      secrets_manager_arn: "secretArn",
      sql: "sql",
      statement_name: "statementName",
      with_event: "withEvent",
    }),
    ...block("retry_policy", "retry.", {
      maximum_event_age_in_seconds: "maxAge",
      maximum_retry_attempts: "attempts",
    }),
    ...block("run_command_targets", "runCommand[].", { key: "key", values: "values" }),
    ...block("sagemaker_pipeline_target", "", {
      "pipeline_parameter_list.name": "sageMaker",
      "pipeline_parameter_list.value": "sageMaker",
    }),
  },
};

/** The EventBridge resources of Terraform's AWS provider that we make. */
export const eventsTerraform: readonly TerraformCoverage[] = [rule, target];
