import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { grantsOf } from "../../src/cli/commands/iam-policy.ts";
import { policyOf } from "../../src/lakehouse/access/policy.ts";
import { outsideBoundary } from "../../src/lakehouse/boundary.ts";
import { expanded } from "../../src/lakehouse/expand.ts";
import { boundaryDocument } from "../../src/lakehouse/index.ts";
import { compile } from "../../src/lakehouse/compile.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

const CONFIG = `
project: metriccare
pipeline: none
buckets: {lake: {}}
policies:
  look:
    path: /clinic/
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "\${buckets.lake.arn}/in/*"}]}
  rule: {document: {Version: "2012-10-17", Statement: [{Sid: All, Effect: Allow, Action: "s3:*", Resource: "*"}]}}
  theirs: {existing: arn:aws:iam::111122223333:policy/hospital/given}
roles:
  reader: {services: [glue.amazonaws.com], managedPolicies: [look, rule, theirs, "arn:aws:iam::aws:policy/ReadOnlyAccess"]}
`;

function made(text: string) {
  const folder = project();
  remove = folder.remove;
  writeFileSync(join(folder.dir, "config/lakehouse.yaml"), text);
  writeFileSync(join(folder.dir, "config/dev.yaml"), "");
  return { dir: folder.dir, config: load({ dir: folder.dir, env: "dev" }) };
}
const ARN = "arn:aws:iam::111122223333:policy";
const LOOK = `${ARN}/clinic/metriccare_look_dev`;

test("what a managed policy of ours allows is inside of the boundary, as far as it names something", () => {
  const { config } = made(CONFIG);
  const text = JSON.stringify(boundaryDocument(config, scopeOf("dev")));
  expect(text).toContain('/in/*"');
  expect(text).not.toContain("s3:*");
  expect(outsideBoundary(config).map(({ level, text: said }) => `${level} ${said}`)).toEqual([
    expect.stringMatching(/^warning policy `rule` \(All\) has no effect/),
    expect.stringMatching(/^note of theirs, arn:aws:iam::aws:policy\/ReadOnlyAccess only/),
  ]);
});

test("who deploys makes, changes and attaches these policies and no other; without any, not one right more", () => {
  const { config } = made(CONFIG);
  const { Statement } = policyOf(config, scopeOf("dev"), grantsOf("deployer"), "deployer");
  const on = (action: string, effect: string) =>
    Statement.filter(({ Action = [], Effect }) => Effect === effect && [Action].flat().includes(action)).map(
      ({ Resource, Condition }) => ({ resources: [Resource ?? []].flat(), condition: JSON.stringify(Condition) }),
    );
  for (const action of ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:TagPolicy"])
    expect(on(action, "Allow").flatMap(({ resources }) => resources)).toEqual([LOOK, `${ARN}/metriccare_rule_dev`]);
  expect(on("iam:CreatePolicyVersion", "Deny")[0]?.resources).toEqual([`${ARN}/metriccare_boundary_dev`]);
  const [attach] = on("iam:AttachRolePolicy", "Allow");
  expect(attach?.condition).toContain(LOOK);
  expect(attach?.condition).toContain(`${ARN}/hospital/given`);
  const bare = JSON.stringify(
    policyOf({ ...config, policies: {} }, scopeOf("dev"), grantsOf("deployer"), "deployer").Statement.filter(
      ({ Effect }) => Effect === "Allow",
    ),
  );
  expect(bare).not.toMatch(/CreatePolicy|ListPolicies|TagPolicy/);
  const reader = JSON.stringify(policyOf(config, scopeOf("dev"), grantsOf("reader"), "reader"));
  expect(reader).toContain(LOOK);
  expect(reader).not.toMatch(/CreatePolicy|AttachRolePolicy/);
});

test("the plain config keeps them, and makes the same", async () => {
  const { dir, config } = made(CONFIG);
  const first = await compile(config, scopeOf("dev"), dir);
  writeFileSync(join(dir, "config/lakehouse.yaml"), JSON.stringify(expanded(config, scopeOf("dev"))));
  const second = await compile(load({ dir, env: "dev" }), scopeOf("dev"), dir);
  const shown = (all: typeof first) =>
    Object.fromEntries(
      all.desired.filter(({ address }) => address.kind.startsWith("iam.")).map((one) => [one.address.id, one.props]),
    );
  expect(shown(second)).toEqual(shown(first));
  expect(Object.keys(shown(first)).toSorted()).toEqual(["boundary", "look", "reader", "rule"]);
});
