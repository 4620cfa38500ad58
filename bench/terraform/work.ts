import type { RuleProps } from "../../src/services/events/props.ts";
import type { DatabaseProps, JobProps, TriggerProps, WorkflowProps } from "../../src/services/glue/props.ts";
import type { PolicyProps, RoleProps } from "../../src/services/iam/props.ts";
import type { FunctionProps } from "../../src/services/lambda/props.ts";
import type { LogGroupProps } from "../../src/services/logs/props.ts";
import type { TopicProps } from "../../src/services/sns/props.ts";
import { block, mapping, maybe, type Mapping, policyText, ref, statementsText, text } from "./blocks.ts";

const policy = mapping<PolicyProps>((props, { address: { name }, tags }) => [
  block("aws_iam_policy", {
    name,
    policy: policyText(props.document),
    tags,
    ...maybe("description", props.description),
  }),
]);

const role = mapping<RoleProps>((props, { address: { name }, tags }, { label }) => {
  const of = { role: ref("aws_iam_role", label, "name") };
  return [
    block("aws_iam_role", {
      name,
      path: props.path,
      description: props.description,
      assume_role_policy: policyText(props.trust),
      max_session_duration: props.maxSessionSeconds,
      ...maybe("permissions_boundary", props.permissionsBoundary),
      tags,
    }),
    ...Object.entries(props.policies).map(([inline, document]) =>
      block("aws_iam_role_policy", { ...of, name: inline, policy: policyText(document) }, inline),
    ),
    ...props.managedPolicies.map((arn, at) =>
      block("aws_iam_role_policy_attachment", { ...of, policy_arn: arn }, String(at)),
    ),
  ];
});

const database = mapping<DatabaseProps>((props, { address: { name }, tags }) => [
  block("aws_glue_catalog_database", {
    name,
    description: props.description,
    ...maybe("location_uri", props.locationUri),
    tags,
  }),
]);

const job = mapping<JobProps>((props, { address: { name }, tags }) => [
  block("aws_glue_job", {
    name,
    description: props.description,
    role_arn: props.roleArn,
    glue_version: props.glueVersion,
    worker_type: props.workerType,
    number_of_workers: props.numberOfWorkers,
    timeout: props.timeoutMinutes,
    max_retries: props.maxRetries,
    execution_class: props.executionClass,
    default_arguments: props.arguments,
    execution_property: { max_concurrent_runs: props.maxConcurrentRuns },
    command: { name: props.command, script_location: props.scriptLocation, python_version: props.pythonVersion },
    tags,
  }),
]);

const workflow = mapping<WorkflowProps>((props, { address: { name }, tags }) => [
  block("aws_glue_workflow", {
    name,
    description: props.description,
    max_concurrent_runs: props.maxConcurrentRuns,
    tags,
  }),
]);

const trigger = mapping<TriggerProps>((props, { address: { name }, tags }) => [
  block("aws_glue_trigger", {
    name,
    type: props.type,
    ...maybe("workflow_name", props.workflow),
    ...maybe("schedule", props.schedule),
    actions: Object.keys(props.actions).map((started) => ({ job_name: started })),
    ...(props.predicate === null
      ? {}
      : {
          predicate: {
            logical: props.predicate.logical,
            conditions: Object.entries(props.predicate.conditions).flatMap(([awaited, states]) =>
              states.map((state) => ({ job_name: awaited, state })),
            ),
          },
        }),
    tags,
    // One that is started by hand is neither on nor off, and the provider would turn it on in each plan.
    ...(props.type === "ON_DEMAND" ? { lifecycle: { ignore_changes: ["enabled"] } } : {}),
  }),
]);

const lambda = mapping<FunctionProps>((props, { address: { name }, tags }, { label, file }) => {
  const of = { function_name: ref("aws_lambda_function", label, "function_name") };
  return [
    block("aws_lambda_function", {
      function_name: name,
      role: props.roleArn,
      handler: props.handler,
      runtime: props.runtime,
      description: props.description,
      timeout: props.timeoutSeconds,
      memory_size: props.memoryMb,
      architectures: [props.architecture],
      environment: { variables: props.environment },
      filename: file,
      source_code_hash: props.codeSha256,
      ephemeral_storage: { size: props.ephemeralStorageMb },
      // Format and group of the log are those that Lambda has by itself: moto does not tell them.
      tracing_config: { mode: props.tracing },
      tags,
    }),
    ...Object.entries(props.permissions).map(([key, one]) =>
      block(
        "aws_lambda_permission",
        {
          ...of,
          statement_id: `metriccare-${key}`,
          action: "lambda:InvokeFunction",
          principal: one.principal,
          ...maybe("source_arn", one.sourceArn),
          ...maybe("source_account", one.sourceAccount),
        },
        key,
      ),
    ),
    block("aws_lambda_function_event_invoke_config", {
      ...of,
      maximum_retry_attempts: props.retryAttempts,
      maximum_event_age_in_seconds: props.maxEventAgeSeconds,
      ...(props.onFailureArn ? { destination_config: { on_failure: { destination: props.onFailureArn } } } : {}),
    }),
  ];
});

const logs = mapping<LogGroupProps>((props, { address: { name }, tags }) => [
  block("aws_cloudwatch_log_group", { name, ...maybe("retention_in_days", props.retentionDays), tags }),
]);

const topic = mapping<TopicProps>((props, { address: { name }, tags }) => [
  block("aws_sns_topic", { name, display_name: props.displayName, policy: statementsText(props.statements), tags }),
]);

const rule = mapping<RuleProps>((props, { address: { name }, tags }, { label }) => [
  block("aws_cloudwatch_event_rule", {
    name,
    description: props.description,
    ...maybe("schedule_expression", props.schedule),
    ...(props.pattern === null ? {} : { event_pattern: text(JSON.stringify(props.pattern)) }),
    state: props.enabled ? "ENABLED" : "DISABLED",
    tags,
  }),
  ...Object.entries(props.targets).map(([key, target]) =>
    block(
      "aws_cloudwatch_event_target",
      {
        rule: ref("aws_cloudwatch_event_rule", label, "name"),
        target_id: `metriccare-${key}`,
        arn: target.arn,
        ...maybe("input", target.input),
        ...(target.transformer
          ? {
              input_transformer: {
                input_paths: target.transformer.paths,
                input_template: text(target.transformer.template),
              },
            }
          : {}),
        ...(target.dlqArn ? { dead_letter_config: { arn: target.dlqArn } } : {}),
      },
      key,
    ),
  ),
]);

/**
 * Terraform's side has no queue: its provider looks six times, five seconds apart, whether one that it has made is there, and as often
 * whether one is gone. Half a minute of that would be all that the figures say.
 */
const queue: Mapping = () => [];

export const work: Readonly<Record<string, Mapping>> = {
  "iam.policy": policy,
  "iam.role": role,
  "glue.database": database,
  "glue.job": job,
  "glue.workflow": workflow,
  "glue.trigger": trigger,
  "lambda.function": lambda,
  "logs.group": logs,
  "sns.topic": topic,
  "sqs.queue": queue,
  "events.rule": rule,
};
