import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { PolicyDocument, RoleProps } from "../../../src/services/iam/props.ts";
import { role } from "../../../src/services/iam/role.ts";
import type { KindCase } from "../case.ts";
import { iamClient } from "../../../src/services/iam/client.ts";

const VERSION = "2012-10-17";
export const trustOf = (Service: string): PolicyDocument => ({
  Version: VERSION,
  Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }],
});
const reading = (bucket: string): PolicyDocument => ({
  Version: VERSION,
  Statement: [{ Sid: "Read", Effect: "Allow", Action: ["s3:GetObject"], Resource: [`arn:aws:s3:::${bucket}/ä *`] }],
});
const policyName = (name: string, which: string): string => `${name}_${which}`;
const policyArn = (ctx: AwsContext, name: string, which: string): string =>
  `arn:aws:iam::${ctx.account}:policy/${policyName(name, which)}`;

export const roleCase: KindCase<RoleProps> = {
  kind: role,
  address: (ctx, unique) => ({ kind: "iam.role", id: `r${unique}`, name: nameOf(ctx, `r${unique}`) }),
  prepare: async (ctx, { name }) => {
    const iam = await ctx.clients.of(iamClient);
    for (const which of ["one", "two"]) {
      await iam.createPolicy({ PolicyName: policyName(name, which), PolicyDocument: JSON.stringify(reading(which)) });
    }
  },
  tidy: async (ctx, { name }) => {
    const iam = await ctx.clients.of(iamClient);
    for (const which of ["one", "two"]) await iam.deletePolicy({ PolicyArn: policyArn(ctx, name, which) });
  },
  props: (ctx, { name }) =>
    fc.record({
      path: fc.constantFrom("/", "/metriccare/"),
      description: fc.constantFrom("", "Runs the Bronze jobs"),
      trust: fc.constantFrom("glue.amazonaws.com", "lambda.amazonaws.com").map(trustOf),
      policies: fc.dictionary(fc.constantFrom("data", "logs"), fc.constantFrom("one", "two").map(reading)),
      managedPolicies: fc.subarray(["one", "two"]).map((all) => all.map((which) => policyArn(ctx, name, which))),
      maxSessionSeconds: fc.integer({ min: 3600, max: 43_200 }),
      permissionsBoundary: fc.constantFrom(null, policyArn(ctx, name, "one")),
    }),
  base: (ctx, { name }) => ({
    path: "/",
    description: "Runs the Bronze jobs",
    trust: trustOf("glue.amazonaws.com"),
    policies: { data: reading("one") },
    managedPolicies: [policyArn(ctx, name, "one")],
    maxSessionSeconds: 3600,
    permissionsBoundary: null,
  }),
  fixed: ["path"],
  vary: {
    description: (props) => ({ ...props, description: "Other" }),
    trust: (props) => ({ ...props, trust: trustOf("lambda.amazonaws.com") }),
    policies: (props) => ({ ...props, policies: { data: reading("two"), logs: reading("three") } }),
    managedPolicies: (props, ctx, { name }) => ({ ...props, managedPolicies: [policyArn(ctx, name, "two")] }),
    maxSessionSeconds: (props) => ({ ...props, maxSessionSeconds: 7200 }),
    permissionsBoundary: (props, ctx, { name }) => ({ ...props, permissionsBoundary: policyArn(ctx, name, "two") }),
  },
  calls: {
    description: ["iam:UpdateRole"],
    trust: ["iam:UpdateAssumeRolePolicy"],
    policies: ["iam:PutRolePolicy"],
    managedPolicies: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
    maxSessionSeconds: ["iam:UpdateRole"],
    permissionsBoundary: ["iam:PutRolePermissionsBoundary"],
  },
  outside: {
    description: async (ctx, { name }) =>
      (await ctx.clients.of(iamClient)).updateRole({ RoleName: name, Description: "by hand" }),
    trust: async (ctx, { name }) =>
      (await ctx.clients.of(iamClient)).updateAssumeRolePolicy({
        RoleName: name,
        PolicyDocument: JSON.stringify(trustOf("ec2.amazonaws.com")),
      }),
    policies: async (ctx, { name }) =>
      (await ctx.clients.of(iamClient)).putRolePolicy({
        RoleName: name,
        PolicyName: "extra",
        PolicyDocument: JSON.stringify(reading("everything")),
      }),
    managedPolicies: async (ctx, { name }) =>
      (await ctx.clients.of(iamClient)).attachRolePolicy({ RoleName: name, PolicyArn: policyArn(ctx, name, "two") }),
    maxSessionSeconds: async (ctx, { name }) =>
      (await ctx.clients.of(iamClient)).updateRole({ RoleName: name, MaxSessionDuration: 10_800 }),
    permissionsBoundary: async (ctx, { name }) =>
      (await ctx.clients.of(iamClient)).putRolePermissionsBoundary({
        RoleName: name,
        PermissionsBoundary: policyArn(ctx, name, "two"),
      }),
  },
  foreignTag: async (ctx, { name }, Key, Value) =>
    (await ctx.clients.of(iamClient)).tagRole({ RoleName: name, Tags: [{ Key, Value }] }),
};
