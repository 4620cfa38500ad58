import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address } from "../../../src/engine/types.ts";
import { policy } from "../../../src/services/iam/policy.ts";
import type { PolicyDocument, PolicyProps } from "../../../src/services/iam/props.ts";
import type { KindCase } from "../case.ts";
import { iamClient } from "../../../src/services/iam/client.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";

const reading = (...buckets: readonly string[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: buckets.map((one) => `arn:aws:s3:::${one}/*`) }],
});

/** One that the config declares, under a path. */
export const ownPolicyCase: KindCase<PolicyProps> = {
  kind: policy,
  address: (ctx, unique) => ({ kind: "iam.policy", id: unique, name: `hospital/${nameOf(ctx, unique)}` }),
  props: () =>
    fc.record({
      document: fc.subarray(["a", "b", "c"], { minLength: 1 }).map((all) => reading(...all)),
      description: fc.constantFrom("Reads", "Reads what lands"),
    }),
  base: () => ({ document: reading("a"), description: "Reads" }),
  fixed: ["description"],
  vary: { document: (props) => ({ ...props, document: reading("b") }) },
  calls: { document: ["iam:CreatePolicyVersion"] },
  outside: { document: (ctx, address) => everything(ctx, address) },
  foreignTag: (ctx, address, Key, Value) => tagged(ctx, address, Key, Value),
};

/** There is one boundary an environment: its name is not free. */
export const policyCase: KindCase<PolicyProps> = {
  kind: policy,
  address: (ctx) => ({ kind: "iam.policy", id: "boundary", name: nameOf(ctx, "boundary") }),
  props: () => fc.record({ document: fc.subarray(["a", "b", "c"], { minLength: 1 }).map((all) => reading(...all)) }),
  base: () => ({ document: reading("a") }),
  fixed: [],
  vary: { document: () => ({ document: reading("b") }) },
  calls: { document: ["iam:CreatePolicyVersion"] },
  outside: {
    document: (ctx, address) => everything(ctx, address),
  },
  foreignTag: (ctx, address, Key, Value) => tagged(ctx, address, Key, Value),
};

const everything = async (ctx: AwsContext, { name }: Address) =>
  (await ctx.clients.of(iamClient)).createPolicyVersion({
    PolicyArn: iamArn.policy(ctx, name),
    PolicyDocument: JSON.stringify(reading("everything")),
    SetAsDefault: true,
  });

const tagged = async (ctx: AwsContext, { name }: Address, Key: string, Value: string) =>
  (await ctx.clients.of(iamClient)).tagPolicy({ PolicyArn: iamArn.policy(ctx, name), Tags: [{ Key, Value }] });
