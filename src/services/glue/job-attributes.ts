import type { JobMode } from "@aws-sdk/client-glue";
import { z } from "zod";
import { ignored } from "../coverage.ts";
import { orNull, sameSet } from "../kit.ts";
import { descriptionSchema, scalarSchema, textMap, textOf } from "../parts.ts";
import { reference } from "../reference.ts";
import { attribute } from "./attribute.ts";
import { detailsOf, repositoryOf, sourceControl } from "./job-source.ts";
import { argumentKey, JOB_TYPES, jobArguments, jobRoleSchema, scriptSchema, securityReference } from "./parts.ts";
import { SIZE } from "./job-size-attributes.ts";
import { given, roleArn } from "./tags.ts";

const SPARK: readonly string[] = ["glueetl", "gluestreaming"];
const always = (): boolean => true;

/** Every attribute of a Glue job: what the config calls it, AWS's and Terraform's names, how it is read, compared and sent. */
export const ATTRIBUTES = [
  attribute({
    word: "description",
    schema: descriptionSchema,
    prop: "description",
    field: "Description",
    terraform: "description",
    of: (text) => text,
    read: (job) => job.Description ?? "",
    send: (text) => ({ Description: given(text) }),
  }),
  attribute({
    word: "role",
    schema: jobRoleSchema,
    prop: "roleArn",
    field: "Role",
    terraform: "role_arn",
    of: (role, build) => build.named("roles", role).arn,
    read: (job, ctx) => roleArn(ctx, job.Role ?? ""),
    send: (Role) => ({ Role }),
  }),
  attribute({
    word: "type",
    schema: z.enum(JOB_TYPES).default("glueetl").describe("Spark, Spark that goes on for ever, or plain Python."),
    prop: "command",
    field: "Command",
    terraform: {
      "command.name": "type",
      "command.runtime": ignored("of Ray jobs alone, which AWS makes for no new customers since April 30, 2026"),
    },
    of: (type): string => type,
    read: (job) => job.Command?.Name ?? "",
    send: (Name) => ({ Command: { Name } }),
  }),
  attribute({
    word: "script",
    schema: scriptSchema,
    prop: "scriptLocation",
    field: "Command",
    terraform: "command.script_location",
    of: (script) => script,
    read: (job) => job.Command?.ScriptLocation ?? "",
    send: (ScriptLocation) => ({ Command: { ScriptLocation } }),
  }),
  ...SIZE,
  attribute({
    word: "maxRetries",
    schema: z.int().min(0).max(10).default(0),
    prop: "maxRetries",
    field: "MaxRetries",
    terraform: "max_retries",
    of: (count) => count,
    read: (job) => job.MaxRetries ?? 0,
    send: (MaxRetries) => ({ MaxRetries }),
  }),
  attribute({
    word: "maxConcurrentRuns",
    schema: z.int().min(1).max(1000).default(1).describe("1 keeps one writer a table."),
    prop: "maxConcurrentRuns",
    field: "ExecutionProperty",
    terraform: "execution_property.max_concurrent_runs",
    of: (count) => count,
    read: (job) => job.ExecutionProperty?.MaxConcurrentRuns ?? 1,
    send: (MaxConcurrentRuns) => ({ ExecutionProperty: { MaxConcurrentRuns } }),
  }),
  attribute({
    word: "executionClass",
    schema: z.enum(["STANDARD", "FLEX"]).default("STANDARD"),
    prop: "executionClass",
    field: "ExecutionClass",
    terraform: "execution_class",
    of: (one) => one,
    read: (job) => (job.ExecutionClass === "FLEX" ? ("FLEX" as const) : ("STANDARD" as const)),
    // AWS takes it of Spark jobs alone.
    send: (ExecutionClass, command) => (SPARK.includes(command) ? { ExecutionClass } : {}),
  }),
  attribute({
    word: "queuing",
    schema: z.boolean().default(false).describe("Queue (state WAITING) instead of failing at the account's limits."),
    prop: "queuing",
    field: "JobRunQueuingEnabled",
    terraform: "job_run_queuing_enabled",
    of: (on) => on,
    read: (job) => job.JobRunQueuingEnabled ?? false,
    send: (JobRunQueuingEnabled) => ({ JobRunQueuingEnabled }),
  }),
  attribute({
    word: "arguments",
    schema: z
      .record(argumentKey, scalarSchema.nullable())
      .default({})
      .describe("Added to the standard arguments, or in place of them; null takes one away."),
    prop: "arguments",
    field: "DefaultArguments",
    terraform: "default_arguments",
    of: (map): Readonly<Record<string, string>> =>
      Object.fromEntries(Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [[key, textOf(value)]]))),
    read: (job): Readonly<Record<string, string>> => job.DefaultArguments ?? {},
    send: (map) => ({ DefaultArguments: { ...map } }),
  }),
  attribute({
    word: "nonOverridableArguments",
    schema: jobArguments.describe("Arguments that a run cannot change."),
    prop: "nonOverridableArguments",
    field: "NonOverridableArguments",
    terraform: "non_overridable_arguments",
    of: textMap,
    read: (job): Readonly<Record<string, string>> => job.NonOverridableArguments ?? {},
    send: (map) => ({ NonOverridableArguments: { ...map } }),
  }),
  attribute({
    word: "connections",
    schema: z
      .array(reference("connections", { byName: true }))
      .default([])
      .describe("Ids or names of Glue connections."),
    prop: "connections",
    field: "Connections",
    terraform: "connections",
    rule: { equal: sameSet },
    of: (all, build) => all.map((one) => build.named("connections", one).name),
    read: (job): readonly string[] => job.Connections?.Connections ?? [],
    send: (all) => (all.length > 0 ? { Connections: { Connections: [...all] } } : {}),
  }),
  attribute({
    word: "securityConfiguration",
    schema: securityReference.optional().describe("Id or name of a Glue security configuration."),
    prop: "securityConfiguration",
    field: "SecurityConfiguration",
    terraform: "security_configuration",
    of: (one, build) => (one === undefined ? null : build.named("securityConfigurations", one).name),
    read: (job) => orNull(job.SecurityConfiguration),
    send: (name) => (name === null ? {} : { SecurityConfiguration: name }),
  }),
  attribute({
    word: "notifyDelayAfter",
    schema: z.int().min(1).optional().describe("Minutes after which Glue reports a run as late."),
    prop: "notifyDelayAfterMinutes",
    field: "NotificationProperty",
    terraform: "notification_property.notify_delay_after",
    of: (minutes) => minutes ?? null,
    read: (job) => job.NotificationProperty?.NotifyDelayAfter ?? null,
    send: (minutes) => (minutes === null ? {} : { NotificationProperty: { NotifyDelayAfter: minutes } }),
  }),
  attribute({
    word: "maintenanceWindow",
    schema: z.string().optional().describe("Day and hour (UTC) for streaming jobs, such as Sun:10."),
    prop: "maintenanceWindow",
    field: "MaintenanceWindow",
    terraform: "maintenance_window",
    of: (window) => window ?? null,
    read: (job) => orNull(job.MaintenanceWindow),
    send: (window) => (window === null ? {} : { MaintenanceWindow: window }),
  }),
  attribute({
    word: "jobMode",
    schema: z
      .enum(["SCRIPT", "VISUAL", "NOTEBOOK"])
      .optional()
      .describe("Which editor of the console shows it. Default: as it is."),
    prop: "jobMode",
    field: "JobMode",
    terraform: "job_mode",
    rule: { unset: "SCRIPT" },
    of: (mode) => mode,
    read: (job): JobMode | undefined => job.JobMode ?? "SCRIPT",
    send: (JobMode) => ({ JobMode }),
    keep: always,
  }),
  attribute({
    word: "logUri",
    schema: z.string().min(1).optional().describe("Reserved by AWS."),
    prop: "logUri",
    field: "LogUri",
    of: (uri) => uri,
    read: (job) => job.LogUri,
    send: (LogUri) => ({ LogUri }),
    keep: always,
  }),
  attribute({
    word: "sourceControl",
    schema: sourceControl.optional().describe("Repository that the console keeps the job in step with."),
    prop: "sourceControl",
    field: "SourceControlDetails",
    terraform: {
      "source_control_details.auth_strategy": ignored(
        "always AWS_SECRETS_MANAGER where there is a secret: a token in plain text is shown to whoever reads the job",
      ),
      "source_control_details.auth_token": "sourceControl.secretArn",
      "source_control_details.branch": "sourceControl.branch",
      "source_control_details.folder": "sourceControl.folder",
      "source_control_details.last_commit_id": ignored(
        "moves with every pull and push between the job and its repository: it is told, not declared",
      ),
      "source_control_details.owner": "sourceControl.owner",
      "source_control_details.provider": "sourceControl.provider",
      "source_control_details.repository": "sourceControl.repository",
    },
    of: (said) => (said === undefined ? undefined : { ...said, secretArn: said.secretArn ?? null }),
    read: (job) => job.SourceControlDetails && repositoryOf(job.SourceControlDetails),
    send: (one) => ({ SourceControlDetails: detailsOf(one) }),
    keep: always,
  }),
] as const;
