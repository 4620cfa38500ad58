import type { CreateJobRequest, ExecutionClass, Job, JobUpdate, WorkerType } from "@aws-sdk/client-glue";
import { arn } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import type { Kind } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, orNull, sameSet, taggedAddresses } from "../kit.ts";
import { lintJob } from "./lint.ts";
import type { JobProps } from "./props.ts";
import { ABSENT, given, readTagged, retagGlue, roleArn } from "./tags.ts";

export const jobCoverage = {
  Name: "identity",
  JobMode: ignored("how the console shows it; kept as it is"),
  JobRunQueuingEnabled: "managed",
  Description: "managed",
  LogUri: ignored("reserved by AWS; kept as it is"),
  Role: "managed",
  CreatedOn: "server",
  LastModifiedOn: "server",
  ExecutionProperty: "managed",
  Command: "managed",
  DefaultArguments: "managed",
  NonOverridableArguments: "managed",
  Connections: "managed",
  MaxRetries: "managed",
  AllocatedCapacity: "server",
  Timeout: "managed",
  MaxCapacity: "server",
  WorkerType: "managed",
  NumberOfWorkers: "managed",
  SecurityConfiguration: "managed",
  NotificationProperty: "managed",
  GlueVersion: "managed",
  CodeGenConfigurationNodes: ignored("the console's visual editor; kept as it is"),
  ExecutionClass: "managed",
  SourceControlDetails: ignored("the console's link to a repository; kept as it is"),
  MaintenanceWindow: "managed",
  ProfileName: "server",
  AutoUpgradeMetadata: "server",
} as const satisfies Coverage<Job>;

const propsOf = (ctx: AwsContext, job: Job): JobProps => ({
  description: job.Description ?? "",
  roleArn: roleArn(ctx, job.Role ?? ""),
  command: job.Command?.Name ?? "",
  scriptLocation: job.Command?.ScriptLocation ?? "",
  pythonVersion: job.Command?.PythonVersion ?? "",
  glueVersion: job.GlueVersion ?? "",
  workerType: job.WorkerType ?? "",
  numberOfWorkers: job.NumberOfWorkers ?? 0,
  timeoutMinutes: job.Timeout ?? 0,
  maxRetries: job.MaxRetries ?? 0,
  maxConcurrentRuns: job.ExecutionProperty?.MaxConcurrentRuns ?? 1,
  executionClass: job.ExecutionClass === "FLEX" ? "FLEX" : "STANDARD",
  queuing: job.JobRunQueuingEnabled ?? false,
  arguments: job.DefaultArguments ?? {},
  nonOverridableArguments: job.NonOverridableArguments ?? {},
  connections: job.Connections?.Connections ?? [],
  securityConfiguration: orNull(job.SecurityConfiguration),
  notifyDelayAfterMinutes: job.NotificationProperty?.NotifyDelayAfter ?? null,
  maintenanceWindow: orNull(job.MaintenanceWindow),
});

/** The whole definition. Never MaxCapacity or AllocatedCapacity: AWS refuses them beside WorkerType, though it answers with them. */
const definition = (props: JobProps): JobUpdate & Pick<CreateJobRequest, "Role" | "Command"> => ({
  Description: given(props.description),
  Role: props.roleArn,
  Command: { Name: props.command, ScriptLocation: props.scriptLocation, PythonVersion: props.pythonVersion },
  GlueVersion: props.glueVersion,
  // Texts of the config's own enum; the SDK's type is an open list.
  WorkerType: props.workerType as WorkerType,
  NumberOfWorkers: props.numberOfWorkers,
  Timeout: props.timeoutMinutes,
  MaxRetries: props.maxRetries,
  ExecutionProperty: { MaxConcurrentRuns: props.maxConcurrentRuns },
  ExecutionClass: props.executionClass as ExecutionClass,
  JobRunQueuingEnabled: props.queuing,
  DefaultArguments: { ...props.arguments },
  NonOverridableArguments: { ...props.nonOverridableArguments },
  Connections: props.connections.length > 0 ? { Connections: [...props.connections] } : undefined,
  SecurityConfiguration: props.securityConfiguration ?? undefined,
  NotificationProperty:
    props.notifyDelayAfterMinutes === null ? undefined : { NotifyDelayAfter: props.notifyDelayAfterMinutes },
  MaintenanceWindow: props.maintenanceWindow ?? undefined,
});

/** Buckets and objects that the arguments name: they exist before the job does. */
function s3Handles(props: JobProps): string[] {
  const values = [
    props.scriptLocation,
    ...Object.values(props.arguments),
    ...Object.values(props.nonOverridableArguments),
  ];
  return values
    .flatMap((value) => value.split(","))
    .filter((value) => value.startsWith("s3://"))
    .flatMap((url) => [url, url.split("/").slice(0, 3).join("/")]);
}

/** A Glue job. */
export const job: Kind<JobProps, AwsContext> = {
  name: "glue.job",
  fields: { connections: { equal: sameSet } },
  handles: (ctx, { name }) => [arn.glue(ctx, "job", name), `glue.job:${name}`],
  needs: (_ctx, _address, props) => [props.roleArn, ...new Set(s3Handles(props))],
  read: (ctx, wanted) =>
    readTagged(
      ctx,
      "job",
      wanted,
      async (JobNames) => (await (await ctx.clients.glue()).batchGetJobs({ JobNames })).Jobs ?? [],
      (found) => found.Name,
      (found) => propsOf(ctx, found),
    ),
  owned: (ctx) => taggedAddresses(ctx, "glue.job", "glue", "job/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateJob",
      async () => (await ctx.clients.glue()).createJob({ Name: address.name, ...definition(props), Tags: { ...tags } }),
      { creates: true },
    );
  },
  *update(ctx, { address, props, changed }) {
    if (changed.size === 0) return;
    // UpdateJob replaces the whole job: what we do not manage is read and sent along.
    yield call("glue:UpdateJob", async () => {
      const glue = await ctx.clients.glue();
      const { Job: now } = await glue.getJob({ JobName: address.name });
      await glue.updateJob({
        JobName: address.name,
        JobUpdate: {
          JobMode: now?.JobMode,
          LogUri: now?.LogUri,
          CodeGenConfigurationNodes: now?.CodeGenConfigurationNodes,
          SourceControlDetails: now?.SourceControlDetails,
          ...definition(props),
        },
      });
    });
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteJob", ABSENT, async () => (await ctx.clients.glue()).deleteJob({ JobName: name }));
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "job", name, set, remove),
  lint: lintJob,
  permissions: {
    read: ["glue:BatchGetJobs", "glue:GetJob", "glue:GetTags"],
    create: ["glue:CreateJob", "glue:TagResource", "iam:PassRole"],
    update: ["glue:GetJob", "glue:UpdateJob", "glue:TagResource", "glue:UntagResource", "iam:PassRole"],
    delete: ["glue:DeleteJob"],
  },
};
