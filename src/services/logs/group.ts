import type { LogGroup } from "@aws-sdk/client-cloudwatch-logs";
import { arn } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG } from "../../aws/marks.ts";
import { addressText, type Call, type Kind, type Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, pages, readEach, taggedAddresses, unless } from "../kit.ts";
import { type LogGroupProps, RETENTION_DAYS } from "./props.ts";

export const coverage = {
  logGroupName: "identity",
  creationTime: "server",
  retentionInDays: "managed",
  metricFilterCount: "server",
  arn: "identity",
  storedBytes: "server",
  kmsKeyId: "managed",
  dataProtectionStatus: ignored("data protection policies are an audit matter of their own"),
  inheritedProperties: "server",
  logGroupClass: "managed",
  logGroupArn: "identity",
  deletionProtectionEnabled: ignored("our own groups are deleted with the function they belong to"),
  bearerTokenAuthenticationEnabled: ignored("off by default, nothing here writes with bearer tokens"),
  retentionPolicyName: ignored("the days count, not the name of a policy that set them"),
} satisfies Coverage<LogGroup>;

const ABSENT = ["ResourceNotFound"] as const;

async function find(ctx: AwsContext, name: string): Promise<LogGroup | undefined> {
  const logs = await ctx.clients.logs();
  // The only way to ask for one group: a prefix, of which the exact name comes first.
  const all = await pages(
    (nextToken?: string) => logs.describeLogGroups({ logGroupNamePrefix: name, ...(nextToken ? { nextToken } : {}) }),
    (page) => (page.logGroups?.some(({ logGroupName }) => logGroupName === name) ? undefined : page.nextToken),
  );
  return all.flatMap((page) => page.logGroups ?? []).find(({ logGroupName }) => logGroupName === name);
}

async function read(ctx: AwsContext, name: string): Promise<Live<LogGroupProps> | undefined> {
  const logs = await ctx.clients.logs();
  const [group, tagging] = await Promise.all([
    find(ctx, name),
    unless(ABSENT, logs.listTagsForResource({ resourceArn: arn.logGroup(ctx, name) })),
  ]);
  if (!group) return undefined;
  const tags = tagging?.tags ?? {};
  return {
    name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      retentionDays: group.retentionInDays ?? null,
      kmsKey: group.kmsKeyId ?? null,
      logClass: group.logGroupClass === "INFREQUENT_ACCESS" ? "INFREQUENT_ACCESS" : "STANDARD",
    },
  };
}

const retention = (ctx: AwsContext, logGroupName: string, days: number | null): Call =>
  days === null
    ? call("logs:DeleteRetentionPolicy", async () => (await ctx.clients.logs()).deleteRetentionPolicy({ logGroupName }))
    : call("logs:PutRetentionPolicy", async () =>
        (await ctx.clients.logs()).putRetentionPolicy({ logGroupName, retentionInDays: days }),
      );

export const group: Kind<LogGroupProps, AwsContext> = {
  name: "logs.group",
  fields: {
    logClass: {
      onChange: "refuse",
      reason: "the class of a log group cannot be changed, and a new group would lose its lines",
    },
  },
  handles: (ctx, { name }) => [arn.logGroup(ctx, name)],
  needs: (_ctx, _address, { kmsKey }) => (kmsKey ? [kmsKey] : []),
  read: (ctx, wanted) => readEach(wanted, ({ name }) => read(ctx, name)),
  // Tag search may answer the ARN with `:*` behind it.
  owned: async (ctx) =>
    (await taggedAddresses(ctx, "logs.group", "logs", "log-group:")).map((found) => {
      const name = found.name.replace(/:\*$/, "");
      return { ...found, id: found.id.replace(/:\*$/, ""), name };
    }),
  *create(ctx, { address, props, tags }) {
    yield call(
      "logs:CreateLogGroup",
      async () =>
        (await ctx.clients.logs()).createLogGroup({
          logGroupName: address.name,
          tags: { ...tags },
          ...(props.kmsKey ? { kmsKeyId: props.kmsKey } : {}),
          ...(props.logClass === "STANDARD" ? {} : { logGroupClass: props.logClass }),
        }),
      { creates: true },
    );
    if (props.retentionDays !== null) yield retention(ctx, address.name, props.retentionDays);
  },
  *update(ctx, { address, props, changed }) {
    if (changed.has("retentionDays")) yield retention(ctx, address.name, props.retentionDays);
    if (changed.has("kmsKey")) {
      const { kmsKey } = props;
      yield kmsKey === null
        ? call("logs:DisassociateKmsKey", async () =>
            (await ctx.clients.logs()).disassociateKmsKey({ logGroupName: address.name }),
          )
        : call("logs:AssociateKmsKey", async () =>
            (await ctx.clients.logs()).associateKmsKey({ logGroupName: address.name, kmsKeyId: kmsKey }),
          );
    }
  },
  *delete(ctx, { name }) {
    yield forget("logs:DeleteLogGroup", ABSENT, async () =>
      (await ctx.clients.logs()).deleteLogGroup({ logGroupName: name }),
    );
  },
  *retag(ctx, { name }, _live, set, remove) {
    const resourceArn = arn.logGroup(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("logs:TagResource", async () =>
        (await ctx.clients.logs()).tagResource({ resourceArn, tags: { ...set } }),
      );
    }
    if (remove.length > 0) {
      yield call("logs:UntagResource", async () =>
        (await ctx.clients.logs()).untagResource({ resourceArn, tagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `logs ${name}`,
  lint: (address, { retentionDays }) =>
    retentionDays === null || RETENTION_DAYS.some((days) => days === retentionDays)
      ? []
      : [
          {
            code: "log_retention",
            level: "error",
            at: addressText(address),
            text: `CloudWatch Logs cannot keep lines for ${retentionDays} days`,
            fix: `Choose one of ${RETENTION_DAYS.join(", ")}.`,
          },
        ],
  permissions: {
    read: ["logs:DescribeLogGroups", "logs:ListTagsForResource", "tag:GetResources"],
    create: ["logs:CreateLogGroup", "logs:TagResource", "logs:PutRetentionPolicy"],
    update: [
      "logs:PutRetentionPolicy",
      "logs:DeleteRetentionPolicy",
      "logs:AssociateKmsKey",
      "logs:DisassociateKmsKey",
      "logs:TagResource",
      "logs:UntagResource",
    ],
    delete: ["logs:DeleteLogGroup"],
  },
};
