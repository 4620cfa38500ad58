import { expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { RoleProps } from "../../../src/services/iam/props.ts";
import { role } from "../../../src/services/iam/role.ts";
import { useEmulator } from "../../harness/use.ts";
import { roleCase, trustOf } from "../../kind-suite/cases/iam.ts";
import { send } from "../../kind-suite/drive.ts";
import { iamClient } from "../../../src/services/iam/client.ts";

const used = useEmulator();
const address = { kind: "iam.role", id: "r", name: "p_r_dev" };

test("policies that mean the same are no difference", () => {
  const trust = trustOf("glue.amazonaws.com");
  const rewritten = {
    Statement: { Action: ["STS:AssumeRole"], Principal: { Service: ["glue.amazonaws.com"] }, Effect: "Allow" },
    Version: "2012-10-17",
  };
  expect(role.fields?.trust?.equal?.(rewritten, trust)).toBe(true);
  expect(role.fields?.trust?.equal?.(trustOf("lambda.amazonaws.com"), trust)).toBe(false);
  expect(role.fields?.policies?.equal?.({ a: rewritten }, { a: trust })).toBe(true);
  expect(role.fields?.policies?.equal?.({ a: rewritten }, { b: trust })).toBe(false);
});

test("a role goes with what somebody put on it by hand", async () => {
  const ctx = used.world();
  const at = { ...address, name: nameOf(ctx, "r") };
  await roleCase.prepare?.(ctx, at);
  const props = roleCase.base(ctx, at);
  await send(role.create(ctx, { address: at, props, tags: { "metriccare:owner": ctx.owner } }));
  const live = (await role.read(ctx, [at])).get(at.name);
  if (!live) throw new Error("no role");
  await roleCase.outside.managedPolicies?.(ctx, at);
  await roleCase.outside.policies?.(ctx, at);
  await send(role.delete(ctx, at, live));
  expect((await role.read(ctx, [at])).size).toBe(0);
});

test("roles of other environments and projects are no candidates", async () => {
  const ctx = used.world();
  const iam = await ctx.clients.of(iamClient);
  const AssumeRolePolicyDocument = JSON.stringify(trustOf("glue.amazonaws.com"));
  const names = [nameOf(ctx, "bronze"), `${ctx.project}_bronze_other`, `else_bronze_${ctx.env}`];
  for (const RoleName of names) await iam.createRole({ RoleName, AssumeRolePolicyDocument });
  expect(await role.owned(ctx)).toEqual([{ kind: "iam.role", id: "bronze", name: names[0] }]);
  for (const RoleName of names) await iam.deleteRole({ RoleName });
});

test("what IAM would refuse is found before it is sent", () => {
  const base = roleCase.base(used.world(), address);
  const codes = (change: Partial<RoleProps>): string[] =>
    (role.lint?.(address, { ...base, ...change }) ?? []).map(({ code }) => code);
  expect(codes({})).toEqual([]);
  expect(codes({ maxSessionSeconds: 60 })).toEqual(["session_duration"]);
  const long = { ...trustOf("x".repeat(11_000)) };
  expect(codes({ policies: { long } })).toEqual(["inline_policies_too_long"]);
});
