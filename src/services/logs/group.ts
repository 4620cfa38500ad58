import type { LogGroup } from "@aws-sdk/client-cloudwatch-logs";
import type { AwsContext } from "../../aws/context.ts";
import { addressText, type Call, type Kind, type Live, type Wanted } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, given, pages, readEach, type TagPlace, tagged, taggedAddresses, unless } from "../kit.ts";
import { type LogGroupProps, RETENTION_DAYS } from "./props.ts";
import { logsClient } from "./client.ts";
import { logsArn } from "./arn.ts";

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
  deletionProtectionEnabled: "managed",
  bearerTokenAuthenticationEnabled: ignored("off by default, nothing here writes with bearer tokens"),
  retentionPolicyName: ignored("the days count, not the name of a policy that set them"),
} satisfies Coverage<LogGroup>;

const ABSENT = ["ResourceNotFound"] as const;

/** Groups by name, one listing for all that lie in one folder: a prefix is the only way to ask for a group. */
async function find(ctx: AwsContext, names: readonly string[]): Promise<ReadonlyMap<string, LogGroup>> {
  const logs = await ctx.clients.of(logsClient);
  const wanted = new Set(names);
  const prefix = names.length === 1 ? (names[0] ?? "") : `${folderOf(names[0] ?? "")}/`;
  const found = new Map<string, LogGroup>();
  await pages(
    (nextToken?: string) => logs.describeLogGroups({ logGroupNamePrefix: prefix, ...(nextToken ? { nextToken } : {}) }),
    (page) => {
      for (const one of page.logGroups ?? [])
        if (one.logGroupName !== undefined && wanted.has(one.logGroupName)) found.set(one.logGroupName, one);
      return found.size === wanted.size ? undefined : page.nextToken;
    },
  );
  return found;
}

const folderOf = (name: string): string => name.slice(0, name.lastIndexOf("/"));

async function read(
  ctx: AwsContext,
  wanted: readonly Wanted<LogGroupProps>[],
): Promise<ReadonlyMap<string, Live<LogGroupProps>>> {
  // The function's group has no sisters of ours in its folder, which is everybody's.
  const folders = new Map<string, Wanted<LogGroupProps>[]>();
  for (const address of wanted) {
    const { name } = address;
    const folder = name.startsWith("/aws/lambda/") ? name : folderOf(name);
    folders.set(folder, [...(folders.get(folder) ?? []), address]);
  }
  const groups = await Promise.all(
    [...folders.values()].map((addresses) => {
      const found = find(
        ctx,
        addresses.map(({ name }) => name),
      );
      return readEach<LogGroupProps>(addresses, (one) =>
        tagged(
          ctx,
          one,
          found.then((all) => all.get(one.name)),
          tagsOf(ctx, one.name),
          propsOf,
        ),
      );
    }),
  );
  return new Map(groups.flatMap((all) => [...all]));
}

const tagsOf = (ctx: AwsContext, name: string): TagPlace => ({
  arn: logsArn.group(ctx, name),
  own: async () => {
    const logs = await ctx.clients.of(logsClient);
    const answer = await unless(ABSENT, logs.listTagsForResource({ resourceArn: logsArn.group(ctx, name) }));
    return answer && (answer.tags ?? {});
  },
});

const propsOf = (one: LogGroup): LogGroupProps => ({
  retentionDays: one.retentionInDays ?? null,
  kmsKey: one.kmsKeyId ?? null,
  logClass: one.logGroupClass ?? "STANDARD",
  ...given("deletionProtection", one.deletionProtectionEnabled),
});

/** Of a group whose config names none. */
const DEFAULT_DAYS = 30;

const retention = (ctx: AwsContext, logGroupName: string, days: number): Call =>
  call("logs:PutRetentionPolicy", async () =>
    (await ctx.clients.of(logsClient)).putRetentionPolicy({ logGroupName, retentionInDays: days }),
  );

const protection = (ctx: AwsContext, logGroupIdentifier: string, on: boolean): Call =>
  call("logs:PutLogGroupDeletionProtection", async () =>
    (await ctx.clients.of(logsClient)).putLogGroupDeletionProtection({
      logGroupIdentifier,
      deletionProtectionEnabled: on,
    }),
  );

/** What the config does not name is the affair of whoever looks after the account's logs: it is never taken off. */
const keptUnlessNamed = (live: unknown, desired: unknown): boolean => desired === null || live === desired;

export const group: Kind<LogGroupProps, AwsContext> = {
  name: "logs.group",
  fields: {
    retentionDays: { equal: keptUnlessNamed },
    kmsKey: { equal: keptUnlessNamed },
    deletionProtection: { unset: false },
    logClass: {
      onChange: "refuse",
      reason: "the class of a log group cannot be changed, and a new group would lose its lines",
    },
  },
  handles: (ctx, { name }) => [logsArn.group(ctx, name)],
  needs: (_ctx, _address, { kmsKey }) => (kmsKey ? [kmsKey] : []),
  read,
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
        (await ctx.clients.of(logsClient)).createLogGroup({
          logGroupName: address.name,
          tags: { ...tags },
          ...(props.kmsKey ? { kmsKeyId: props.kmsKey } : {}),
          ...(props.logClass === "STANDARD" ? {} : { logGroupClass: props.logClass }),
          ...given("deletionProtectionEnabled", props.deletionProtection),
        }),
      { creates: true },
    );
    // The class DELIVERY keeps its lines for two days, whatever it is told.
    if (props.logClass !== "DELIVERY") yield retention(ctx, address.name, props.retentionDays ?? DEFAULT_DAYS);
  },
  *update(ctx, { address, props, changed }) {
    const { retentionDays, kmsKey, deletionProtection = false } = props;
    if (changed.has("retentionDays") && retentionDays !== null) yield retention(ctx, address.name, retentionDays);
    if (changed.has("deletionProtection")) yield protection(ctx, address.name, deletionProtection);
    if (changed.has("kmsKey") && kmsKey !== null) {
      yield call("logs:AssociateKmsKey", async () =>
        (await ctx.clients.of(logsClient)).associateKmsKey({ logGroupName: address.name, kmsKeyId: kmsKey }),
      );
    }
  },
  holdsData: (_ctx, _address, { props }) =>
    Promise.resolve(props.deletionProtection === true ? "it is protected from deletion" : undefined),
  *delete(ctx, { name }, { props }) {
    if (props.deletionProtection === true) yield protection(ctx, name, false);
    yield forget("logs:DeleteLogGroup", ABSENT, async () =>
      (await ctx.clients.of(logsClient)).deleteLogGroup({ logGroupName: name }),
    );
  },
  *retag(ctx, { name }, _live, set, remove) {
    const resourceArn = logsArn.group(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("logs:TagResource", async () =>
        (await ctx.clients.of(logsClient)).tagResource({ resourceArn, tags: { ...set } }),
      );
    }
    if (remove.length > 0) {
      yield call("logs:UntagResource", async () =>
        (await ctx.clients.of(logsClient)).untagResource({ resourceArn, tagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `logs ${name}`,
  inspect: (_ctx, address, { kmsKey }, live) =>
    kmsKey === null && typeof live?.props.kmsKey === "string"
      ? [
          {
            code: "log_key_kept",
            level: "note",
            at: addressText(address),
            text: `it is encrypted with ${live.props.kmsKey}, which the config does not name: the key stays`,
            fix: "Name it as logs.kmsKeyId to have new groups encrypted with it too.",
          },
        ]
      : [],
  lint: (address, { retentionDays, logClass }) =>
    logClass === "DELIVERY" && retentionDays !== null
      ? [
          {
            code: "log_retention",
            level: "error",
            at: addressText(address),
            text: `a log group of class DELIVERY keeps its lines for two days, not for ${retentionDays}`,
            fix: "Leave retentionDays out, or choose another class.",
          },
        ]
      : retentionDays === null || RETENTION_DAYS.some((days) => days === retentionDays)
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
      "logs:AssociateKmsKey",
      "logs:PutLogGroupDeletionProtection",
      "logs:TagResource",
      "logs:UntagResource",
    ],
    delete: ["logs:DeleteLogGroup", "logs:PutLogGroupDeletionProtection"],
  },
};
