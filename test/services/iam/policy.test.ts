import { expect, test } from "vitest";
import { policy } from "../../../src/services/iam/policy.ts";
import { useEmulator } from "../../harness/use.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { ownPolicyCase, policyCase } from "../../kind-suite/cases/policy.ts";
import { send } from "../../kind-suite/drive.ts";
import { kindSuite } from "../../kind-suite/suite.ts";
import { iamClient } from "../../../src/services/iam/client.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";

kindSuite(anyCase(policyCase), anyCase(ownPolicyCase));

const used = useEmulator();

test("a policy that has all the versions it can have takes another, and the oldest goes", async () => {
  const ctx = used.world();
  const address = policyCase.address(ctx, "");
  const PolicyArn = iamArn.policy(ctx, address.name);
  const base = policyCase.base(ctx, address);
  const tags = { "metriccare:owner": ctx.owner };
  await send(policy.create(ctx, { address, props: base, tags }));
  const iam = await ctx.clients.of(iamClient);
  for (let n = 0; n < 4; n += 1) await policyCase.outside.document?.(ctx, address);
  const live = (await policy.read(ctx, [address])).get(address.name);
  if (!live) throw new Error("no policy");
  const sent = await send(policy.update(ctx, { address, props: base, tags, live, changed: new Set(["document"]) }));
  expect(sent).toEqual(["iam:DeletePolicyVersion", "iam:CreatePolicyVersion"]);
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
  expect(Versions.map(({ VersionId }) => VersionId).toSorted()).toEqual(["v2", "v3", "v4", "v5", "v6"]);
  expect((await policy.read(ctx, [address])).get(address.name)?.props).toEqual(base);
  await send(policy.delete(ctx, address, live));
});

test("a boundary that IAM would refuse for its length is found before it is sent", () => {
  const ctx = used.world();
  const address = policyCase.address(ctx, "");
  const long = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow" as const, Action: "s3:GetObject", Resource: ["x".repeat(6200)] }],
  };
  expect(policy.lint?.(address, { document: long }).map(({ code }) => code)).toEqual(["policy_too_long"]);
  expect(policy.lint?.(address, policyCase.base(ctx, address))).toEqual([]);
});
