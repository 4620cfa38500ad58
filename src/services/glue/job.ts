import type {
  CreateJobRequest,
  ExecutionClass,
  Job,
  JobUpdate,
  SourceControlDetails,
  WorkerType,
} from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Kind } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, orNull, sameSet, taggedAddresses } from "../kit.ts";
import { lintJob } from "./lint.ts";
import type { JobProps, SourceControl } from "./props.ts";
import { ABSENT, given, readTagged, retagGlue, roleArn } from "./tags.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";

export const jobCoverage = {
  Name: "identity",
  JobMode: "managed",
  JobRunQueuingEnabled: "managed",
  Description: "managed",
  LogUri: "managed",
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
  MaxCapacity: "managed",
  WorkerType: "managed",
  NumberOfWorkers: "managed",
  SecurityConfiguration: "managed",
  NotificationProperty: "managed",
  GlueVersion: "managed",
  CodeGenConfigurationNodes: ignored("the console's visual editor; kept as it is"),
  ExecutionClass: "managed",
  SourceControlDetails: "managed",
  MaintenanceWindow: "managed",
  ProfileName: "server",
  AutoUpgradeMetadata: "server",
} as const satisfies Coverage<Job>;

const sourceOf = (details: SourceControlDetails): SourceControl => ({
  provider: details.Provider ?? "",
  repository: details.Repository ?? "",
  owner: details.Owner ?? "",
  branch: details.Branch ?? "",
  folder: details.Folder ?? "",
  // A token in plain text is nobody's to read: it shows as none.
  secretArn: details.AuthStrategy === "AWS_SECRETS_MANAGER" ? orNull(details.AuthToken) : null,
});

const propsOf = (ctx: AwsContext, job: Job): JobProps => ({
  description: job.Description ?? "",
  roleArn: roleArn(ctx, job.Role ?? ""),
  command: job.Command?.Name ?? "",
  scriptLocation: job.Command?.ScriptLocation ?? "",
  pythonVersion: job.Command?.PythonVersion ?? "",
  glueVersion: job.GlueVersion,
  workerType: job.WorkerType,
  numberOfWorkers: job.WorkerType === undefined ? undefined : job.NumberOfWorkers,
  // Of jobs with workers AWS tells what these come to.
  maxCapacity: job.WorkerType === undefined ? job.MaxCapacity : undefined,
  timeoutMinutes: job.Timeout || undefined,
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
  jobMode: job.JobMode ?? "SCRIPT",
  logUri: job.LogUri,
  sourceControl: job.SourceControlDetails && sourceOf(job.SourceControlDetails),
});

const SPARK: readonly string[] = ["glueetl", "gluestreaming"];

/** DPUs or workers: AWS refuses both together, though it answers with both. */
const capacity = (props: JobProps): Pick<JobUpdate, "MaxCapacity" | "WorkerType" | "NumberOfWorkers"> =>
  props.maxCapacity === undefined
    ? // Texts of the config's own enum; the SDK's type is an open list.
      { WorkerType: props.workerType as WorkerType | undefined, NumberOfWorkers: props.numberOfWorkers }
    : { MaxCapacity: props.maxCapacity };

const source = (props: SourceControl): SourceControlDetails => ({
  Provider: props.provider as SourceControlDetails["Provider"],
  Repository: props.repository,
  Owner: given(props.owner),
  Branch: given(props.branch),
  Folder: given(props.folder),
  ...(props.secretArn === null ? {} : { AuthStrategy: "AWS_SECRETS_MANAGER", AuthToken: props.secretArn }),
});

/** The whole definition, but for what the config does not say. */
const definition = (props: JobProps): JobUpdate & Pick<CreateJobRequest, "Role" | "Command"> => ({
  Description: given(props.description),
  Role: props.roleArn,
  Command: { Name: props.command, ScriptLocation: props.scriptLocation, PythonVersion: given(props.pythonVersion) },
  GlueVersion: props.glueVersion,
  ...capacity(props),
  Timeout: props.timeoutMinutes,
  MaxRetries: props.maxRetries,
  ExecutionProperty: { MaxConcurrentRuns: props.maxConcurrentRuns },
  // AWS takes it of Spark jobs alone.
  ExecutionClass: SPARK.includes(props.command) ? (props.executionClass as ExecutionClass) : undefined,
  JobRunQueuingEnabled: props.queuing,
  DefaultArguments: { ...props.arguments },
  NonOverridableArguments: { ...props.nonOverridableArguments },
  Connections: props.connections.length > 0 ? { Connections: [...props.connections] } : undefined,
  SecurityConfiguration: props.securityConfiguration ?? undefined,
  NotificationProperty:
    props.notifyDelayAfterMinutes === null ? undefined : { NotifyDelayAfter: props.notifyDelayAfterMinutes },
  MaintenanceWindow: props.maintenanceWindow ?? undefined,
  ...(props.jobMode === undefined ? {} : { JobMode: props.jobMode as JobUpdate["JobMode"] }),
  ...(props.logUri === undefined ? {} : { LogUri: props.logUri }),
  ...(props.sourceControl === undefined ? {} : { SourceControlDetails: source(props.sourceControl) }),
});

/** What the config does not say is sent along as it is, unless it is taken back: UpdateJob replaces the whole job. */
function kept(now: Job | undefined, props: JobProps, changed: ReadonlySet<string>): JobUpdate {
  const keeps = (key: keyof JobProps): boolean => props[key] === undefined && !changed.has(key);
  return {
    CodeGenConfigurationNodes: now?.CodeGenConfigurationNodes,
    ...(keeps("jobMode") ? { JobMode: now?.JobMode } : {}),
    ...(keeps("logUri") ? { LogUri: now?.LogUri } : {}),
    ...(keeps("sourceControl") ? { SourceControlDetails: now?.SourceControlDetails } : {}),
    ...(keeps("glueVersion") && now?.Command?.Name === props.command ? { GlueVersion: now.GlueVersion } : {}),
    ...(keeps("timeoutMinutes") ? { Timeout: now?.Timeout } : {}),
  };
}

/** Members without a value are left out: they would take away what is kept. */
const named = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;

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
  fields: { connections: { equal: sameSet }, jobMode: { unset: "SCRIPT" } },
  handles: (ctx, { name }) => [glueArn.of(ctx, "job", name), `glue.job:${name}`],
  needs: (_ctx, _address, props) => [
    props.roleArn,
    ...new Set(s3Handles(props)),
    ...props.connections.map((name) => `glue.connection:${name}`),
    ...(props.securityConfiguration === null ? [] : [`glue.securityConfiguration:${props.securityConfiguration}`]),
  ],
  read: (ctx, wanted) =>
    readTagged(
      ctx,
      "job",
      wanted,
      async (JobNames) => (await (await ctx.clients.of(glueClient)).batchGetJobs({ JobNames })).Jobs ?? [],
      (found) => found.Name,
      (found) => propsOf(ctx, found),
    ),
  owned: (ctx) => taggedAddresses(ctx, "glue.job", "glue", "job/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateJob",
      async () =>
        (await ctx.clients.of(glueClient)).createJob({ Name: address.name, ...definition(props), Tags: { ...tags } }),
      { creates: true },
    );
  },
  *update(ctx, { address, props, changed }) {
    if (changed.size === 0) return;
    yield call("glue:UpdateJob", async () => {
      const glue = await ctx.clients.of(glueClient);
      const { Job: now } = await glue.getJob({ JobName: address.name });
      await glue.updateJob({
        JobName: address.name,
        JobUpdate: { ...kept(now, props, changed), ...named(definition(props)) },
      });
    });
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteJob", ABSENT, async () => (await ctx.clients.of(glueClient)).deleteJob({ JobName: name }));
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
