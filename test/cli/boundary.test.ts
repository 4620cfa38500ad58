import { IAM } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AttributeChange, Finding } from "../../src/engine/types.ts";
import type { Rule } from "../harness/faults/proxy.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** The boundary of the roles: ours to make where we may, the security team's where we may not. */

const PolicyArn = "arn:aws:iam::123456789012:policy/metriccare_boundary_dev";
const RoleName = "metriccare_glue_gold_dev";
const HINT = "metriccare iam-policy boundary --env dev";
let moto: MotoProject;
let iam: IAM;

const denied = (...operations: string[]): Rule => ({
  name: "denied",
  before: ({ service, operation }) =>
    service === "iam" && operations.includes(operation)
      ? {
          kind: "refuse",
          with: {
            status: 403,
            code: "AccessDenied",
            message: `User: arn:aws:iam::123456789012:user/u is not authorized to perform: iam:${operation} on resource: ${PolicyArn}`,
          },
        }
      : undefined,
});
/** moto puts a boundary on a role that is not there. */
const mustExist: Rule = {
  name: "moto: a boundary that is not there",
  before: ({ operation, body }) =>
    (operation === "CreateRole" || operation === "PutRolePermissionsBoundary") && body.includes("PermissionsBoundary")
      ? {
          kind: "refuse",
          with: {
            status: 404,
            code: "NoSuchEntity",
            message: `Scope ARN: ${PolicyArn} does not exist or is not attachable.`,
          },
        }
      : undefined,
};

interface Step {
  action: string;
  address: { kind: string; id: string };
  attributes?: AttributeChange[];
}
interface Event {
  type: string;
  action?: string;
  address?: { kind: string; id: string };
  kept?: string;
  error?: { code: string; text: string; fix?: string };
}
const at = ({ kind, id }: { kind: string; id: string } = { kind: "", id: "" }): string => `${kind}/${id}`;

async function diff(...more: string[]): Promise<{ code: number; steps: Step[]; findings: Finding[] }> {
  const { code, out } = await moto.run("diff", "--env", "dev", "--exit-code", "--json", "--only", "iam", ...more);
  return { code, ...(JSON.parse(out) as { steps: Step[]; findings: Finding[] }) };
}
async function changed(command: "apply" | "destroy", ...more: string[]) {
  const { code, out } = await moto.run(command, "--env", "dev", "--yes", "--json", ...more);
  const events = out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Event]));
  const ofBoundary = events.filter(({ address }) => at(address) === "iam.policy/boundary");
  return { code, events, ofBoundary, last: events.at(-1) };
}
const apply = (...more: string[]) => changed("apply", "--only", "iam", ...more);

beforeAll(async () => {
  moto = await motoProject();
  iam = new IAM({});
}, 60_000);
afterAll(() => moto?.stop());

describe("the boundary", () => {
  test("that may not be made is a note, and apply fails where a role needs it", async () => {
    moto.use(denied("CreatePolicy"), mustExist);
    const { code, ofBoundary, last } = await apply();
    expect(code).toBe(1);
    expect(ofBoundary.at(-1)).toMatchObject({ type: "step-done", action: "create" });
    expect(ofBoundary.at(-1)?.kept).toContain(HINT);
    expect(last?.error).toMatchObject({ code: "boundary_missing" });
    expect(last?.error?.fix).toContain(HINT);
  });

  test("that may not be read is a note, and roles are made on it when it is there", async () => {
    moto.use(denied("GetPolicy", "CreatePolicy"));
    const found = await diff();
    expect(found.findings).toMatchObject([{ code: "boundary_read", level: "note", at: "iam.policy/boundary" }]);
    expect(found.findings[0]?.fix).toContain(HINT);
    expect(found.steps.map(({ address }) => address.kind)).toEqual(Array(4).fill("iam.role"));
    expect((await apply()).code).toBe(0);
    expect((await iam.getRole({ RoleName })).Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(PolicyArn);
    moto.use();
  });

  test("of the security team bears no mark and stays as it is, and a difference is told", async () => {
    const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] };
    await iam.createPolicy({ PolicyName: "metriccare_boundary_dev", PolicyDocument: JSON.stringify(document) });
    const found = await diff();
    expect(found).toMatchObject({ code: 0, steps: [], findings: [{ code: "boundary_differs", level: "note" }] });
    const { out } = await moto.run("iam-policy", "boundary", "--env", "dev", "--json");
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument: out, SetAsDefault: true });
    expect(await diff()).toMatchObject({ code: 0, steps: [], findings: [] });
    const adopted = await apply("--adopt", "iam.policy/boundary");
    expect(adopted.code).toBe(0);
    const { Policy } = await iam.getPolicy({ PolicyArn });
    expect(Policy?.Tags).toContainEqual({ Key: "metriccare:owner", Value: "metriccare/dev" });
  });

  test("is put back on a role, before anything else of it changes", async () => {
    await iam.deleteRolePermissionsBoundary({ RoleName });
    await iam.putRolePolicy({
      RoleName,
      PolicyName: "extra",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
      }),
    });
    const found = await diff("--drift");
    expect(found.steps).toMatchObject([{ address: { id: "glue_gold" } }]);
    expect(found.steps[0]?.attributes?.map(({ path }) => path)).toContain("permissionsBoundary");
    const { calls } = await moto.run("apply", "--env", "dev", "--yes", "--json", "--only", "iam");
    const sent = calls.map(({ operation }) => operation).filter((one) => /^(Put|Delete)Role/.test(one));
    expect(sent).toEqual(["PutRolePermissionsBoundary", "DeleteRolePolicy"]);
  });

  test("that may not be changed is a note, and the rest goes on", async () => {
    const wider =
      "function: {timeout: 60}\nroles: {glue_gold: {description: new, policies: {more: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::reference/*'}]}}}}\n";
    moto.config(wider);
    moto.use(denied("ListPolicyVersions", "CreatePolicyVersion"));
    const found = await diff();
    expect(found.steps.map(({ address }) => at(address))).toContain("iam.policy/boundary");
    const { code, ofBoundary, last } = await apply();
    expect(code, JSON.stringify(last)).toBe(0);
    expect(ofBoundary.at(-1)?.kept).toContain(HINT);
    expect((await iam.getRole({ RoleName })).Role?.Description).toBe("new");
    moto.use();
    expect((await apply()).code).toBe(0);
    expect(await diff()).toMatchObject({ code: 0, steps: [] });
  });

  test("is made by nobody who wants none, and let go of last", async () => {
    moto.config("permissionsBoundary: none\n");
    const found = await diff();
    const steps = found.steps.map(({ action, address }) => `${action} ${at(address)}`);
    expect(steps).toContain("delete iam.policy/boundary");
    moto.use(denied("ListPolicyVersions", "DeletePolicy"));
    const { code, ofBoundary } = await apply();
    expect(code).toBe(0);
    expect(ofBoundary.at(-1)?.kept).toContain(HINT);
    expect((await iam.getRole({ RoleName })).Role?.PermissionsBoundary).toBeUndefined();
    moto.use();
    const { code: again, events } = await apply();
    expect(again).toBe(0);
    expect(events.filter(({ type }) => type === "step-done").map(({ address }) => at(address))).toEqual([
      "iam.policy/boundary",
    ]);
    expect(await diff()).toMatchObject({ code: 0, steps: [] });
  });

  test("goes last in destroy", async () => {
    moto.config("function: {timeout: 60}\n");
    expect((await changed("apply")).code).toBe(0);
    const { code, events } = await changed("destroy");
    expect(code).toBe(0);
    const gone = events.filter(
      ({ type, kept, action }) => type === "step-done" && kept === undefined && action === "delete",
    );
    expect(gone.length).toBeGreaterThan(20);
    expect(at(gone.at(-1)?.address)).toBe("iam.policy/boundary");
    await expect(iam.getPolicy({ PolicyArn })).rejects.toMatchObject({ name: "NoSuchEntityException" });
  }, 120_000);

  test("costs diff two calls", async () => {
    await apply();
    const { calls } = await moto.run("diff", "--env", "dev", "--json", "--only", "iam");
    expect(
      calls.map(({ operation }) => operation).filter((one) => one.includes("Policy") && !one.includes("Role")),
    ).toEqual(["GetPolicy", "GetPolicyVersion"]);
  });
});

describe("rights that the config gives beyond it", () => {
  test("are told: what climbs has no effect", async () => {
    moto.config(
      "roles: {glue_gold: {policies: {up: {Version: '2012-10-17', Statement: [{Sid: Up, Effect: Allow, Action: ['iam:PassRole'], Resource: '*'}, {Effect: Allow, Action: 's3:GetObject', Resource: '*'}, {Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::x/*'}, {Effect: Allow, Action: 'ec2:DescribeSubnets', Resource: '*'}]}}}}\n",
    );
    const { findings } = await diff();
    const texts = findings
      .filter(({ code }) => code === "outside_boundary")
      .map(({ at: where, text }) => `${where}: ${text}`);
    expect(texts).toHaveLength(3);
    expect(texts[0]).toMatch(/^iam.role\/glue_gold: .*\(Up\).*iam:PassRole leads to more rights/);
    const { out } = await moto.run("iam-policy", "boundary", "--env", "dev", "--json");
    expect(out).toContain("ec2:DescribeSubnets");
    expect(out).not.toMatch(/PassRole|s3:\*|arn:aws:s3:::x|CreateNetworkInterface/);
  });
});

test.each([
  "arn:*",
  "arn:aws:*",
  "arn:aws:s3:*:*:*",
  "arn:aws:s3:::?*",
  "arn:*:s3:::*",
  "arn:aws:s?:::x/*",
  "arn:aws:sns:us-east-1:123456789012:*",
])("%s is everything, however it is written", async (wide) => {
  const own = `{Effect: Allow, Action: ['s3:GetObject', 'sns:Publish'], Resource: ['arn:aws:s3:::named/*', '${wide}']}`;
  moto.config(`roles: {glue_gold: {policies: {up: {Version: '2012-10-17', Statement: [${own}]}}}}\n`);
  const { out } = await moto.run("iam-policy", "boundary", "--env", "dev", "--json");
  expect(out).toContain("glue:GetTable");
  expect(out).not.toContain("named");
});

test("a job with a connection gets into its network", async () => {
  moto.config("jobs: {gold_hai: {connections: [warehouse]}}\n");
  const { out } = await moto.run("iam-policy", "boundary", "--env", "dev", "--json");
  expect(out).toContain("ec2:CreateNetworkInterface");
  expect(out).toContain("connection/warehouse");
});

describe("leftovers that the rights do not reach", () => {
  test("are told with the statement to add, and hold nothing up", async () => {
    moto.config("function: {timeout: 60}\n");
    expect((await apply()).code).toBe(0);
    const AssumeRolePolicyDocument = "{}";
    await iam.createRole({ RoleName: "metriccare_glue_old_dev", AssumeRolePolicyDocument });
    moto.use({
      name: "denied",
      before: ({ operation, body }) =>
        operation === "GetRole" && body.includes("glue_old")
          ? {
              kind: "refuse",
              with: { status: 403, code: "AccessDenied", message: "User: x is not authorized to perform: iam:GetRole" },
            }
          : undefined,
    });
    const found = await diff();
    expect(found).toMatchObject({
      code: 0,
      steps: [],
      findings: [{ code: "leftover_out_of_reach", level: "warning" }],
    });
    expect(found.findings[0]?.text).toContain("metriccare_glue_old_dev");
    const statement = /\{.*\}/.exec(found.findings[0]?.fix ?? "")?.[0] ?? "{}";
    expect(JSON.parse(statement)).toMatchObject({
      Effect: "Allow",
      Action: expect.arrayContaining(["iam:GetRole", "iam:DeleteRole"]) as unknown,
      Resource: ["arn:aws:iam::123456789012:role/metriccare_glue_old_dev"],
    });
  });

  test("buckets among them, by every command that plans", async () => {
    moto.use();
    moto.config("function: {timeout: 60}\nbuckets: {old: {}}\n");
    expect((await moto.run("apply", "--env", "dev", "--yes", "--json", "--only", "s3")).code).toBe(0);
    moto.config("function: {timeout: 60}\n");
    moto.use({
      name: "denied",
      before: ({ path, operation }) =>
        path.includes("metriccare-old-dev")
          ? {
              kind: "refuse",
              with: {
                status: 403,
                code: "AccessDenied",
                message: `User: x is not authorized to perform: s3:${operation}`,
              },
            }
          : undefined,
    });
    const { code, out } = await moto.run("diff", "--env", "dev", "--json", "--only", "s3");
    expect(code, out).toBe(0);
    const { findings } = JSON.parse(out) as { findings: Finding[] };
    const told = findings.filter(({ code: one }) => one === "leftover_out_of_reach");
    expect(told.map(({ at: where }) => where).toSorted()).toEqual(["s3.bucket/old", "s3.notification/old"]);
    expect(told[0]?.fix).toContain("arn:aws:s3:::metriccare-old-dev-123456789012-us-east-1");
    const gone = await changed("destroy", "--only", "s3");
    expect(gone.code).toBe(0);
  }, 60_000);
});
