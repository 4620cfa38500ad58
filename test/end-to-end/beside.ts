import { beforeAll, expect, it } from "vitest";
import { type Caller, Enforced, sdkOf, type Where } from "../harness/enforced.ts";
import { TestProject } from "../harness/project.ts";
import { ACCOUNT } from "../harness/world.ts";
import { putFiles } from "../lakehouse/further-config.ts";
import { BESIDE, BESIDE_FILES, CSV, WARDS } from "./beside-config.ts";

type Sdk = ReturnType<typeof sdkOf>;
interface Finished {
  readonly verdict: string;
  readonly jobs: readonly { readonly key: string; readonly state: string }[];
}
interface Step {
  readonly address: { readonly kind: string; readonly id: string };
}

const LANDING = "hospital-landing";

/** What the hospital has had for years: none of ours. */
async function hospital({ s3, iam }: Sdk): Promise<void> {
  await s3.createBucket({ Bucket: LANDING });
  const trust = { Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" };
  await iam.createRole({
    RoleName: "given",
    Path: "/hospital/",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  const may = { Effect: "Allow", Action: ["s3:GetObject", "s3:ListBucket", "s3:DeleteObject"], Resource: "*" };
  await iam.putRolePolicy({
    RoleName: "given",
    PolicyName: "tidy",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [may] }),
  });
}

async function files({ s3 }: Sdk): Promise<void> {
  for (const [Key, Body] of Object.entries({ ...CSV, "old/2019.csv": "gone" }))
    await s3.putObject({ Bucket: LANDING, Key, Body });
}

/** Everything that can be read of it, to be compared later. */
async function asItIs({ s3, iam }: Sdk): Promise<unknown> {
  const { Role } = await iam.getRole({ RoleName: "given" });
  const { PolicyDocument } = await iam.getRolePolicy({ RoleName: "given", PolicyName: "tidy" });
  const { $metadata: _, ...events } = await s3.getBucketNotificationConfiguration({ Bucket: LANDING });
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: LANDING });
  const policy = await s3.getBucketPolicy({ Bucket: LANDING }).catch(({ name }: Error) => name);
  const tags = await s3.getBucketTagging({ Bucket: LANDING }).catch(({ name }: Error) => name);
  const keys = Contents.map(({ Key }) => Key);
  return { role: { ...Role, RoleLastUsed: undefined }, PolicyDocument, events, keys, policy, tags };
}

/** Names in AWS that end in the environment's: what is left of it. */
async function leftOf(env: string, { s3, iam, glue, lambda, dynamodb }: Sdk): Promise<string[]> {
  const names = [
    (await s3.listBuckets({})).Buckets?.map(({ Name }) => Name),
    (await iam.listRoles({})).Roles?.map(({ RoleName }) => RoleName),
    (await lambda.listFunctions({})).Functions?.map(({ FunctionName }) => FunctionName),
    (await glue.listJobs({})).JobNames,
    (await glue.listTriggers({})).TriggerNames,
    (await glue.listWorkflows({})).Workflows,
    (await glue.listCrawlers({})).CrawlerNames,
    (await glue.getDatabases({})).DatabaseList?.map(({ Name }) => Name),
    (await dynamodb.listTables({})).TableNames,
  ];
  return names
    .flatMap((some) => some ?? [])
    .filter((name): name is string => !!name && name.split(/[_-]/).includes(env));
}

/** One environment with the second workflow in it, and those who may something there: a deployer and an operator. */
interface Stage {
  readonly aws: Sdk;
  readonly deployer: Caller;
  readonly operator: Caller;
  readonly bucket: string;
  as(who: Caller, code: number, ...args: string[]): ReturnType<Enforced["as"]>;
}

async function staged(at: { project: TestProject; where: Where; name: string; env: string }): Promise<Stage> {
  const { project, where, name, env } = at;
  putFiles(project.dir, BESIDE_FILES);
  const enforced = new Enforced(project, where, env);
  const aws = sdkOf(where);
  const PolicyDocument = JSON.stringify(await enforced.printed("boundary"));
  await aws.iam.createPolicy({ PolicyName: `${name}_boundary_${env}`, PolicyDocument });
  const as: Stage["as"] = async (who, code, ...args) => {
    const ran = await enforced.as(who, ...args);
    expect(ran.code, `${args.join(" ")}: ${ran.out}${ran.err}`).toBe(code);
    return ran;
  };
  const deployer = await enforced.holder("deployer", `deployer-${env}`);
  const operator = await enforced.holder("operator", `operator-${env}`);
  return { aws, deployer, operator, bucket: `${name}-lake-${env}-${ACCOUNT}-${where.region}`, as };
}

/** The operator runs it; what it leaves in the lake is what the files say. */
async function runs({ as, operator, aws, bucket }: Stage): Promise<void> {
  const ran = await as(operator, 0, "run-workflow", "--workflow", "side");
  const last = ran.lines<Finished>().at(-1);
  expect(last?.verdict).toBe("succeeded");
  expect(last?.jobs.map(({ key, state }) => `${key} ${state}`)).toEqual(["extract SUCCEEDED", "load SUCCEEDED"]);
  const { Contents = [] } = await aws.s3.listObjectsV2({ Bucket: bucket, Prefix: "wards/part-" });
  expect(Contents).toHaveLength(1);
  const { Body } = await aws.s3.getObject({ Bucket: bucket, Key: Contents[0]?.Key ?? "" });
  const text = (await Body?.transformToString()) ?? "";
  expect(
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(WARDS);
}

/** A job that no trigger starts, started by hand. */
async function tidies({ aws: { glue, s3 } }: Stage, JobName: string): Promise<void> {
  const { JobRunId: RunId = "" } = await glue.startJobRun({ JobName });
  const state = async () => (await glue.getJobRun({ JobName, RunId })).JobRun?.JobRunState;
  await expect.poll(state, { timeout: 60_000, interval: 200 }).not.toMatch(/ING$/);
  expect(await state()).toBe("SUCCEEDED");
  expect((await s3.listObjectsV2({ Bucket: LANDING, Prefix: "old/" })).KeyCount).toBe(0);
}

/** Somebody changes one of each by hand. */
async function drift({ glue, iam, lambda }: Sdk): Promise<void> {
  const name = (id: string): string => `metriccare_${id}_side`;
  const { Job } = await glue.getJob({ JobName: name("tidy") });
  const { Name: _, CreatedOn: _made, LastModifiedOn: _on, AllocatedCapacity: _old, ...JobUpdate } = Job ?? {};
  await glue.updateJob({ JobName: name("tidy"), JobUpdate: { ...JobUpdate, MaxRetries: 3 } });
  await glue.deleteTrigger({ Name: name("side_then") });
  await glue.updateCrawler({ Name: name("visits"), Description: "by hand" });
  await iam.deleteRolePolicy({ RoleName: name("side"), PolicyName: "read_landing" });
  await lambda.updateFunctionConfiguration({
    FunctionName: name("notify"),
    VpcConfig: { SubnetIds: ["subnet-00000000000000bad"], SecurityGroupIds: ["sg-0123456789abcdef0"] },
  });
}
const DRIFTED = [
  "glue.crawler/visits",
  "glue.job/tidy",
  "glue.trigger/side_then",
  "iam.role/side",
  "lambda.function/notify",
];

/** The story of a hospital that adds a workflow of its own; `at` tells where, once that is up. */
export function besidePipeline(at: () => { readonly project: TestProject; readonly where: Where }): void {
  let stage: Stage;
  let before: unknown;
  const plain = async (code: number): Promise<Step[]> => {
    const diff = await stage.as(stage.deployer, code, "diff", "--exit-code");
    return (JSON.parse(diff.out) as { steps: Step[] }).steps;
  };

  beforeAll(async () => {
    const { project, where } = at();
    project.write("config/side.yaml", BESIDE);
    await hospital(sdkOf(where));
    stage = await staged({ project, where, name: "metriccare", env: "side" });
    before = await asItIs(stage.aws);
  });

  it("is applied by a deployer, and the diff after it is empty", async () => {
    await stage.as(stage.deployer, 0, "apply", "--yes");
    expect(await plain(0)).toEqual([]);
  });

  it("its two scripts run one after the other when the operator says so", async () => {
    await files(stage.aws);
    await runs(stage);
  });

  it("its Python shell job runs alone, with the role that was given", () => tidies(stage, "metriccare_tidy_side"));

  it("its function is in the network that the config says, and answers", async () => {
    const FunctionName = "metriccare_notify_side";
    const { VpcConfig } = await stage.aws.lambda.getFunctionConfiguration({ FunctionName });
    expect(VpcConfig).toMatchObject({
      SubnetIds: ["subnet-0123456789abcdef0"],
      SecurityGroupIds: ["sg-0123456789abcdef0"],
    });
    const { Payload, FunctionError } = await stage.aws.lambda.invoke({ FunctionName });
    expect([FunctionError, JSON.parse(Payload?.transformToString() ?? "")]).toEqual([
      undefined,
      { env: "side", lake: stage.bucket },
    ]);
  });

  it("what somebody changes by hand is shown, and repaired", async () => {
    await drift(stage.aws);
    const steps = await plain(2);
    expect(steps.map(({ address: { kind, id } }) => `${kind}/${id}`).toSorted()).toEqual(DRIFTED);
    await stage.as(stage.deployer, 0, "apply", "--yes");
    expect(await plain(0)).toEqual([]);
    await runs(stage);
  });

  it("goes with its data, and what was there before is as it was", async () => {
    for (const Key of Object.keys(CSV)) await stage.aws.s3.deleteObject({ Bucket: LANDING, Key });
    await stage.as(stage.deployer, 0, "destroy", "--yes", "--include-data");
    expect(await leftOf("side", stage.aws)).toEqual([]);
    expect(await asItIs(stage.aws)).toEqual(before);
  });

  it("is all there is where the config wants no pipeline", async () => {
    const project = await TestProject.make();
    try {
      project.write("config/lakehouse.yaml", `project: hospital\npipeline: none\n${BESIDE}`);
      project.write("config/lone.yaml", "{}\n");
      await files(stage.aws);
      const lone = await staged({ project, where: at().where, name: "hospital", env: "lone" });
      const applied = await lone.as(lone.deployer, 0, "apply", "--yes");
      expect(applied.out).not.toMatch(/"kind":"(dynamodb|sns|sqs|events)\./);
      await lone.as(lone.deployer, 0, "diff", "--exit-code");
      await runs(lone);
      await tidies(lone, "hospital_tidy_lone");
      for (const Key of Object.keys(CSV)) await lone.aws.s3.deleteObject({ Bucket: LANDING, Key });
      await lone.as(lone.deployer, 0, "destroy", "--yes", "--include-data");
      expect(await leftOf("lone", lone.aws)).toEqual([]);
      expect(await asItIs(lone.aws)).toEqual(before);
    } finally {
      await project.remove();
    }
  });
}
