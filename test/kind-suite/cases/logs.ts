import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import { group } from "../../../src/services/logs/group.ts";
import { type LogGroupProps, RETENTION_DAYS } from "../../../src/services/logs/props.ts";
import type { KindCase } from "../case.ts";
import { logsClient } from "../../../src/services/logs/client.ts";
import { logsArn } from "../../../src/services/logs/arn.ts";

const key = (id: string, region: string, account: string): string => `arn:aws:kms:${region}:${account}:key/${id}`;

export const groupCase: KindCase<LogGroupProps> = {
  kind: group,
  address: (ctx, unique) => ({ kind: "logs.group", id: unique, name: `/aws/lambda/${nameOf(ctx, unique)}` }),
  props: (ctx) =>
    fc.record({
      retentionDays: fc.option(fc.constantFrom(...RETENTION_DAYS)),
      kmsKey: fc.option(fc.constantFrom("1", "2").map((id) => key(id, ctx.region, ctx.account))),
      logClass: fc.constant("STANDARD" as const),
    }),
  // Null is a group's own affair: nothing to change, and nothing to see.
  base: (ctx) => ({ retentionDays: 30, kmsKey: key("1", ctx.region, ctx.account), logClass: "STANDARD" }),
  fixed: ["logClass"],
  vary: {
    retentionDays: (props) => ({ ...props, retentionDays: 60 }),
    kmsKey: (props, ctx) => ({ ...props, kmsKey: key("2", ctx.region, ctx.account) }),
  },
  calls: { retentionDays: ["logs:PutRetentionPolicy"], kmsKey: ["logs:AssociateKmsKey"] },
  outside: {
    retentionDays: async (ctx, { name }) =>
      (await ctx.clients.of(logsClient)).putRetentionPolicy({ logGroupName: name, retentionInDays: 7 }),
    kmsKey: async (ctx, { name }) =>
      (await ctx.clients.of(logsClient)).associateKmsKey({
        logGroupName: name,
        kmsKeyId: key("3", ctx.region, ctx.account),
      }),
  },
  foreignTag: async (ctx, { name }, tag, value) =>
    (await ctx.clients.of(logsClient)).tagResource({ resourceArn: logsArn.group(ctx, name), tags: { [tag]: value } }),
};
