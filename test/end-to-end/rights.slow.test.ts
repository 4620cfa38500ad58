import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Caller, Enforced, iamArn, keysOf, sdkOf, startedAws, type Where } from "../harness/enforced.ts";
import { type Ran, repository, TestProject } from "../harness/project.ts";
import { LONGEST } from "../harness/sample.ts";
import { ACCOUNT } from "../harness/world.ts";
import { besidePipeline } from "./beside.ts";

/** The printed policies under an AWS that enforces IAM: users who hold them and nothing else. */
let project: TestProject;
let where: Where;
let clinic: Enforced;

beforeAll(async () => {
  project = await TestProject.make();
  // All of Gold has one role; this one reads the value set too.
  project.keepGold("gold_length_of_stay");
  project.write("config/clinic.yaml", "workflow: {description: rights}\n");
  where = await startedAws(project);
  clinic = new Enforced(project, where, "clinic");
});
afterAll(() => project?.remove());

/** The SDK as that caller. */
const sdk = (who: Caller) => sdkOf(where, keysOf(who));
const as = (who: Caller, ...args: string[]): Promise<Ran> => clinic.as(who, ...args);

const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
const trusting = (Principal: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] });
const bucket = (id: string, project = "metriccare"): string => `${project}-${id}-clinic-${ACCOUNT}-${where.region}`;
const NEIGHBOUR = (): string => bucket("raw", "metriccare-two");
const BOUNDARY = iamArn("policy/metriccare_boundary_clinic");
const RoleName = "metriccare_glue_gold_clinic";
const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";

/** Ways up that are none: each is refused to everybody. */
function climbs(who: Caller): Record<string, () => Promise<unknown>> {
  const { s3, iam: of, glue, lambda } = sdk(who);
  const AssumeRolePolicyDocument = trusting({ Service: "lambda.amazonaws.com" });
  const code = { Handler: "x.y", Runtime: "python3.12", Code: { ZipFile: new Uint8Array(22) } } as const;
  return {
    "a role without boundary": () => of.createRole({ RoleName: "metriccare_x_clinic", AssumeRolePolicyDocument }),
    "a role of ours without boundary": () => of.createRole({ RoleName, AssumeRolePolicyDocument }),
    AdministratorAccess: () => of.attachRolePolicy({ RoleName, PolicyArn }),
    "the boundary off": () => of.deleteRolePermissionsBoundary({ RoleName }),
    "another boundary": () => of.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: PolicyArn }),
    "a wider boundary": () =>
      of.createPolicyVersion({ PolicyArn: BOUNDARY, PolicyDocument: EVERYTHING, SetAsDefault: true }),
    "no boundary": () => of.deletePolicy({ PolicyArn: BOUNDARY }),
    "an admin's trust": () =>
      of.updateAssumeRolePolicy({ RoleName: "admin", PolicyDocument: AssumeRolePolicyDocument }),
    "a key": () => of.createAccessKey({ UserName: "nobody" }),
    "a function with an admin's role": () =>
      lambda.createFunction({
        ...code,
        FunctionName: "metriccare_trigger_glue_workflow_clinic",
        Role: iamArn("role/admin"),
      }),
    "a function with a job's role": () =>
      lambda.updateFunctionConfiguration({
        FunctionName: "metriccare_trigger_glue_workflow_clinic",
        Role: iamArn(`role/${RoleName}`),
      }),
    "a job with an admin's role": () =>
      glue.createJob({
        Name: "metriccare_x_clinic",
        Role: iamArn("role/admin"),
        Command: { Name: "glueetl", ScriptLocation: "s3://x/y" },
      }),
    "a neighbour's data": () => s3.getObject({ Bucket: NEIGHBOUR(), Key: "fhir/secret" }),
    "a neighbour's policy": () => s3.putBucketPolicy({ Bucket: NEIGHBOUR(), Policy: EVERYTHING }),
  };
}

async function expectRefused(attempts: Record<string, () => Promise<unknown>>): Promise<void> {
  const went: string[] = [];
  for (const [what, attempt] of Object.entries(attempts)) {
    const error: unknown = await attempt().then(
      () => undefined,
      (refused: unknown) => refused,
    );
    if (!(error instanceof Error) || !/AccessDenied|UnauthorizedOperation/.test(error.name))
      went.push(`${what}: ${String(error)}`);
  }
  expect(went).toEqual([]);
}

const summary = (ran: Ran): unknown => (JSON.parse(ran.out) as { summary: unknown }).summary;
interface Event {
  type: string;
  address?: { kind: string };
  kept?: string;
  error?: { code: string; text: string; fix?: string };
}

describe("under enforced IAM", () => {
  let deployer: Caller;
  let operator: Caller;
  let reader: Caller;

  it("a user without rights may nothing, and is told which right is missing", async () => {
    const nobody = await clinic.user("nobody", []);
    const diff = await as(nobody, "diff");
    expect(diff.code).toBe(1);
    expect(diff.out).toMatch(/not authorized to perform: \w+:\w+/i);
  });

  it("a reader sees what apply would do, and changes nothing", async () => {
    reader = await clinic.holder("reader");
    const diff = await as(reader, "diff");
    expect(diff.code, diff.out + diff.err).toBe(0);
    const applied = await as(reader, "apply", "--yes");
    expect(applied.code).toBe(1);
    const last = applied.lines<Event>().at(-1);
    expect(last?.error?.code, applied.out).toBe("access_denied");
    expect(last?.error?.text).toMatch(/s3:CreateBucket/);
    expect(last?.error?.text).toMatch(/metriccare-scripts-clinic/);
    expect(summary(await as(reader, "diff"))).toEqual(summary(diff));
  });

  it("a deployer makes no boundary, and no role without one: he is told who prints it", async () => {
    deployer = await clinic.holder("deployer");
    const applied = await as(deployer, "apply", "--yes");
    expect(applied.code).toBe(1);
    const events = applied.lines<Event>();
    expect(events.find(({ type, address }) => type === "step-done" && address?.kind === "iam.policy")?.kept).toContain(
      "metriccare iam-policy boundary --env clinic",
    );
    expect(events.at(-1)?.error, applied.out).toMatchObject({ code: "boundary_missing" });
    expect(events.at(-1)?.error?.fix).toContain("metriccare iam-policy boundary --env clinic");
  });

  it("a deployer applies inside of the boundary that the security team made", async () => {
    const PolicyDocument = JSON.stringify(await clinic.printed("boundary"));
    await sdkOf(where).iam.createPolicy({ PolicyName: "metriccare_boundary_clinic", PolicyDocument });
    const applied = await as(deployer, "apply", "--yes");
    expect(applied.code, applied.out + applied.err).toBe(0);
    const diff = await as(deployer, "diff", "--exit-code");
    expect(diff.code, diff.out + diff.err).toBe(0);
    const { Role } = await sdkOf(where).iam.getRole({ RoleName });
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(BOUNDARY);
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toContain("aws:SourceAccount");
  });

  it("an operator ingests, runs the workflow and reads what came of it", async () => {
    operator = await clinic.holder("operator");
    const ingested = await as(operator, "ingest", "--wait", join(repository, "test", "fhir-sample"));
    expect(ingested.code, ingested.out + ingested.err).toBe(0);
    if (LONGEST.includes("operator")) {
      const ran = await as(operator, "run-workflow");
      expect(ran.code, ran.out + ran.err).toBe(0);
    }
    for (const command of [
      ["ledger", "list"],
      ["ledger", "stats"],
      ["ledger", "audit", "--repair"],
      ["runs", "list"],
      ["runs", "show"],
      ["runs", "logs"],
      ["measures"],
    ]) {
      const read = await as(operator, ...command);
      expect(read.code, `${command.join(" ")}: ${read.out}${read.err}`).toBe(0);
    }
    for (const command of [["ledger", "list"], ["measures"], ["runs", "logs"]]) {
      const refused = await as(reader, ...command);
      expect(refused.code, `${command.join(" ")}: ${refused.out}`).toBe(1);
      expect(refused.out).toMatch(/dynamodb:|s3:|glue:/);
    }
    const drift = await as(reader, "diff", "--exit-code");
    expect(drift.code, drift.out + drift.err).toBe(0);
  });

  it("single stays are a right of their own", async () => {
    const file = join(repository, "test", "fhir-sample", "Encounter.000.ndjson");
    const { id } = JSON.parse(readFileSync(file, "utf8").split("\n", 1)[0] ?? "{}") as { id: string };
    const refused = await as(operator, "measures", "--why", id);
    expect([refused.code, JSON.parse(refused.out)]).toMatchObject([1, { error: { code: "why_denied" } }]);
    expect(refused.out + refused.err).not.toContain(id);
    const reviewer = await clinic.user("reviewer", await clinic.printed<object[]>("operator", "--why", "--split"));
    const told = await as(reviewer, "measures", "--why", id);
    expect(told.code, told.out + told.err).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({ encounter: id, fired: [{ rule: "E1" }], stale: false });
  });

  it("nobody climbs", async () => {
    const root = sdkOf(where);
    await root.s3.createBucket({ Bucket: NEIGHBOUR() });
    await root.s3.putObject({ Bucket: NEIGHBOUR(), Key: "fhir/secret", Body: Buffer.from("x") });
    const AssumeRolePolicyDocument = trusting({ Service: ["glue.amazonaws.com", "lambda.amazonaws.com"] });
    await sdkOf(where).iam.createRole({ RoleName: "admin", AssumeRolePolicyDocument });
    await sdkOf(where).iam.attachRolePolicy({ RoleName: "admin", PolicyArn });
    for (const who of [deployer, operator, reader]) await expectRefused(climbs(who));
    const { glue, lambda, s3 } = sdk(operator);
    await expectRefused({
      "own arguments": () =>
        glue.startJobRun({
          JobName: "metriccare_gold_length_of_stay_clinic",
          Arguments: { "--extra-py-files": `s3://${bucket("raw")}/fhir/x.zip` },
        }),
      "own code": () => s3.putObject({ Bucket: bucket("scripts"), Key: "glue-scripts/jobs/gold.py", Body: "" }),
      "own function": () =>
        lambda.updateFunctionCode({
          FunctionName: "metriccare_trigger_glue_workflow_clinic",
          ZipFile: new Uint8Array(22),
        }),
    });
    const of = sdk(reader);
    const TableName = "metriccare_processed_files_clinic";
    await expectRefused({
      patients: () => of.s3.getObject({ Bucket: bucket("raw"), Key: "fhir/Patient.000.ndjson" }),
      "names of files": () => of.s3.listObjectsV2({ Bucket: bucket("raw") }),
      "scratch space": () => of.s3.getObject({ Bucket: bucket("scripts"), Key: "tmp/glue_silver/x" }),
      "the ledger": () => of.dynamodb.scan({ TableName }),
    });
  });

  it("a role that was given every right still reaches nothing beyond the boundary", async () => {
    const { iam: of } = sdk(deployer);
    await of.putRolePolicy({ RoleName, PolicyName: "all", PolicyDocument: EVERYTHING });
    await of.updateAssumeRolePolicy({
      RoleName,
      PolicyDocument: trusting({ AWS: [iamArn("user/deployer"), iamArn("root")] }),
    });
    // On AWS the trust policy alone lets him in; the emulator wants a right of the caller's own too, so root goes.
    const session = await sdkOf(where).sts.assumeRole({ RoleArn: iamArn(`role/${RoleName}`), RoleSessionName: "up" });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = session.Credentials ?? {};
    const up = sdkOf(where, { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
    await expectRefused({
      "a neighbour's data": () => up.s3.getObject({ Bucket: NEIGHBOUR(), Key: "fhir/secret" }),
      "a key": () => up.iam.createAccessKey({ UserName: "nobody" }),
      "an admin's trust": () =>
        up.iam.updateAssumeRolePolicy({ RoleName: "admin", PolicyDocument: trusting({ AWS: "*" }) }),
      "other roles": () => up.sts.assumeRole({ RoleArn: iamArn("role/admin"), RoleSessionName: "up" }),
      "own code": () => up.s3.putObject({ Bucket: bucket("scripts"), Key: "glue-scripts/jobs/gold.py", Body: "" }),
    });
    const diff = await as(reader, "diff", "--drift");
    const { steps } = JSON.parse(diff.out) as { steps: { attributes: { path: string; cause: string }[] }[] };
    expect(steps.flatMap(({ attributes }) => attributes.map(({ path, cause }) => `${path} ${cause}`))).toEqual([
      "policies outside",
      "trust outside",
    ]);
    const back = await as(deployer, "apply", "--yes");
    expect(back.code, back.out + back.err).toBe(0);
  });

  it("a deployer changes, and takes everything away again but the boundary", async () => {
    project.write("config/clinic.yaml", "workflow: {description: rights}\nfunction: {timeout: 77}\n");
    expect((await as(reader, "apply", "--yes")).code).toBe(1);
    const given = await clinic.user("given", await clinic.printed<object[]>("deployer", "--no-iam", "--split"));
    const changed = await as(given, "apply", "--yes");
    expect(changed.code, changed.out + changed.err).toBe(0);
    await expectRefused({ "a role": () => sdk(given).iam.deleteRole({ RoleName }), ...climbs(given) });
    const gone = await as(deployer, "destroy", "--yes", "--include-data");
    expect(gone.code, gone.out + gone.err).toBe(0);
    const left = await as(deployer, "destroy", "--yes", "--include-data");
    expect(left.lines().at(-1)).toMatchObject({ type: "finished", done: 0, failed: 0 });
    expect((await sdkOf(where).iam.getPolicy({ PolicyArn: BOUNDARY })).Policy?.AttachmentCount).toBe(0);
  });
});

// Here, because its embedded AWS is up.
describe("what stands beside the pipeline, under enforced IAM", () => besidePipeline(() => ({ project, where })));
