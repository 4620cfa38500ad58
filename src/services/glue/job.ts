import type { Job, JobUpdate } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Kind } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, taggedAddresses } from "../kit.ts";
import { lintJob } from "./lint.ts";
import { attributeFields, attributeRules, keptAttributes, liveAttributes, sentAttributes } from "./job-table.ts";
import type { JobProps } from "./props.ts";
import { ABSENT, readTagged, retagGlue } from "./tags.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";

export const jobCoverage = {
  ...attributeFields,
  Name: "identity",
  CreatedOn: "server",
  LastModifiedOn: "server",
  AllocatedCapacity: "server",
  CodeGenConfigurationNodes: ignored("the console's visual editor; kept as it is"),
  ProfileName: "server",
  AutoUpgradeMetadata: "server",
} as const satisfies Coverage<Job>;

/** What the config does not say is sent along as it is, unless it is taken back: UpdateJob replaces the whole job. */
const kept = (now: Job, props: JobProps, changed: ReadonlySet<string>): JobUpdate => ({
  CodeGenConfigurationNodes: now.CodeGenConfigurationNodes,
  ...keptAttributes(now, props, changed),
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
  fields: attributeRules,
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
      (found) => liveAttributes(found, ctx),
    ),
  owned: (ctx) => taggedAddresses(ctx, "glue.job", "glue", "job/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateJob",
      async () =>
        (await ctx.clients.of(glueClient)).createJob({
          ...sentAttributes(props),
          Name: address.name,
          Role: props.roleArn,
          Command: { ...sentAttributes(props).Command },
          Tags: { ...tags },
        }),
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
        JobUpdate: { ...(now ? kept(now, props, changed) : {}), ...sentAttributes(props) },
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
