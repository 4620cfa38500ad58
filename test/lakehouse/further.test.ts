import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Glue } from "@aws-sdk/client-glue";
import { IAM } from "@aws-sdk/client-iam";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Called } from "../harness/in-process.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";
import { FURTHER, putFiles } from "./further-config.ts";

/** More of each kind beside the pipeline, and things that are not ours, as far as AWS. */
let moto: MotoProject;
let foreign: string;
const calls: Called[] = [];
beforeAll(async () => {
  moto = await motoProject();
  putFiles(moto.dir);
  moto.config(FURTHER);
  await hospital();
  foreign = await stateOfForeign();
}, 120_000);
afterAll(() => moto?.stop());

const iam = () => new IAM({});
const lambda = () => new Lambda({});
const sqs = () => new SQS({});
const s3 = () => new S3({ forcePathStyle: true });

async function run(...argv: string[]) {
  const ran = await moto.run(...argv, "--env", "dev");
  calls.push(...ran.calls);
  return ran;
}

/** What was there before: none of ours. */
async function hospital(): Promise<void> {
  const trust = { Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" };
  const { Role } = await iam().createRole({
    RoleName: "given",
    Path: "/hospital/",
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  await iam().createPolicy({ PolicyName: "hospital_boundary", PolicyDocument: JSON.stringify(document) });
  await s3().createBucket({ Bucket: "hospital-landing" });
  await new SNS({}).createTopic({ Name: "hospital-news" });
  await sqs().createQueue({ QueueName: "hospital-queue" });
  await new DynamoDB({}).createTable({
    TableName: "hospital-register",
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  });
  await lambda().createFunction({
    FunctionName: "hospital-audit",
    Runtime: "python3.12",
    Handler: "x.y",
    Role: Role?.Arn,
    Code: { ZipFile: new Uint8Array(22) },
  });
}

/** All that we could have left on what is not ours. */
async function stateOfForeign(): Promise<string> {
  const TopicArn = "arn:aws:sns:us-east-1:123456789012:hospital-news";
  const url = await sqs().getQueueUrl({ QueueName: "hospital-queue" });
  const [role, policies, topic, queue, table, fn, bucket] = await Promise.all([
    iam().getRole({ RoleName: "given" }),
    iam().listRolePolicies({ RoleName: "given" }),
    new SNS({}).getTopicAttributes({ TopicArn }),
    sqs().getQueueAttributes({ QueueUrl: url.QueueUrl, AttributeNames: ["All"] }),
    new DynamoDB({}).describeTable({ TableName: "hospital-register" }),
    lambda().getFunction({ FunctionName: "hospital-audit" }),
    s3().getBucketNotificationConfiguration({ Bucket: "hospital-landing" }),
  ]);
  const permission = await lambda()
    .getPolicy({ FunctionName: "hospital-audit" })
    .then(
      ({ Policy }) => Policy,
      () => "none",
    );
  const { $metadata: _, ...events } = bucket;
  const tags = [role.Role?.Tags ?? [], fn.Tags ?? {}];
  const told = [role.Role?.RoleId, policies.PolicyNames, topic.Attributes, queue.Attributes, table.Table?.TableArn];
  return JSON.stringify([told, fn.Configuration?.RevisionId, permission, events, tags]);
}

describe("what stands beside the pipeline", () => {
  test("is good, and says what the owner of a bucket has to set there", async () => {
    const { code, out, err, calls: sent } = await run("validate");
    expect([code, sent]).toEqual([0, []]);
    const text = out + err;
    expect(text).toContain("new objects in hospital-landing call it only when that bucket says so");
    expect(text).toContain("s3:ObjectCreated:*, prefix in/");
    expect(text).not.toContain("no trigger");
  });

  test("is applied, and nothing is left to do", async () => {
    const applied = await run("apply", "--yes");
    expect(applied.code, applied.out + applied.err).toBe(0);
    const diff = await run("diff", "--exit-code");
    expect(diff.code, diff.out + diff.err).toBe(0);
  }, 120_000);

  test("is as the config says", async () => {
    const fn = await lambda().getFunction({ FunctionName: "metriccare_notify_dev" });
    expect(fn.Configuration?.Environment?.Variables).toMatchObject({
      ENV: "dev",
      TOPIC: "arn:aws:sns:us-east-1:123456789012:metriccare_side_dev",
      TABLE: "metriccare_visits_dev",
      STAGE: "${env}",
    });
    // S3 takes a notification only of a bucket that the function lets in: its owner need not ask us first.
    const { Policy = "" } = await lambda().getPolicy({ FunctionName: "metriccare_notify_dev" });
    expect(Policy).toContain("arn:aws:s3:::hospital-landing");
    expect(Policy).toContain("apigateway.amazonaws.com");
    const { Aliases = [] } = await lambda().listAliases({ FunctionName: "metriccare_notify_dev" });
    expect(Aliases.map(({ Name, FunctionVersion }) => `${Name} ${FunctionVersion}`)).toEqual([
      "live 1",
      "next $LATEST",
    ]);
    const { EventSourceMappings = [] } = await lambda().listEventSourceMappings({});
    expect(EventSourceMappings.map(({ EventSourceArn = "" }) => EventSourceArn.split(":").slice(5).join(":"))).toEqual([
      expect.stringMatching(/^(metriccare_work_dev|table\/metriccare_visits_dev\/stream\/.+)$/),
      expect.stringMatching(/^(metriccare_work_dev|table\/metriccare_visits_dev\/stream\/.+)$/),
    ]);
    const { Role } = await iam().getRole({ RoleName: "metriccare_idle_dev" });
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(
      "arn:aws:iam::123456789012:policy/hospital_boundary",
    );
    const { PolicyNames } = await iam().listRolePolicies({ RoleName: "metriccare_idle_dev" });
    expect(PolicyNames?.toSorted()).toEqual(["one", "two"]);
    const { AttachedPolicies } = await iam().listAttachedRolePolicies({ RoleName: "metriccare_idle_dev" });
    expect(AttachedPolicies?.map(({ PolicyArn }) => PolicyArn).toSorted()).toEqual([
      "arn:aws:iam::123456789012:policy/hospital/metriccare_read_landing_dev",
      "arn:aws:iam::123456789012:policy/metriccare_listing_dev",
    ]);
    const start = await iam().getRolePolicy({ RoleName: "metriccare_start_dev", PolicyName: "lakehouse" });
    expect(JSON.parse(decodeURIComponent(start.PolicyDocument ?? ""))).toMatchObject({
      Statement: [
        {
          Action: ["glue:notifyEvent"],
          Resource: ["arn:aws:glue:us-east-1:123456789012:workflow/metriccare_heard_dev"],
        },
      ],
    });
    const { Table } = await new DynamoDB({}).describeTable({ TableName: "metriccare_visits_dev" });
    expect(Table?.KeySchema).toEqual([
      { AttributeName: "patient", KeyType: "HASH" },
      { AttributeName: "at", KeyType: "RANGE" },
    ]);
    const { Job } = await new Glue({}).getJob({ JobName: "metriccare_tidy_dev" });
    expect(Job).toMatchObject({ Role: "arn:aws:iam::123456789012:role/hospital/given", MaxCapacity: 0.0625 });
    expect(Job?.Command?.Name).toBe("pythonshell");
    const { Targets } = await new EventBridge({}).listTargetsByRule({ Rule: "metriccare_further_dev" });
    expect(Targets?.map(({ Arn }) => Arn?.split(":").slice(5).join(":")).toSorted()).toEqual([
      "function:metriccare_notify_dev",
      "metriccare_inbox_dev",
      "metriccare_side_dev",
      "workflow/metriccare_heard_dev",
    ]);
  });

  test("is shown by outputs, graph and doctor", async () => {
    const outputs: unknown = JSON.parse((await run("outputs", "--json")).out);
    expect(outputs).toMatchObject({
      buckets: { landing: { name: "hospital-landing" } },
      functions: { notify: { name: "metriccare_notify_dev" }, theirs: { name: "hospital-audit" } },
      tables: { visits: { name: "metriccare_visits_dev" }, register: { name: "hospital-register" } },
      topics: { side: { name: "metriccare_side_dev" }, news: { name: "hospital-news" } },
      queues: { inbox: { name: "metriccare_inbox_dev" }, hospital: { name: "hospital-queue" } },
      roles: { given: { arn: "arn:aws:iam::123456789012:role/hospital/given" } },
      workflows: { side: { triggers: { begin: { name: "metriccare_side_begin_dev" } } } },
      policies: { read_landing: { arn: "arn:aws:iam::123456789012:policy/hospital/metriccare_read_landing_dev" } },
      crawlers: { gold_files: { name: "metriccare_gold_files_dev" } },
    });
    // moto does not simulate, and says so as a fault that passes.
    moto.use({
      name: "may not simulate",
      before: ({ operation }) =>
        operation === "SimulatePrincipalPolicy"
          ? { kind: "refuse", with: { status: 403, code: "AccessDenied", message: "not yours" } }
          : undefined,
    });
    const doctor = await run("doctor");
    expect(doctor.code, doctor.out + doctor.err).toBe(0);
    expect(doctor.out).toMatch(/function metriccare_notify_dev\b.*active/);
    expect(doctor.out).toMatch(/workflow metriccare_side_dev\b.*2 jobs follow from its start/);
    expect(doctor.out).toMatch(/hospital-landing may call function metriccare_notify_dev\b.*allowed/);
  }, 60_000);

  test("is drift when somebody changes it, and repaired by apply", async () => {
    await lambda().updateFunctionConfiguration({ FunctionName: "metriccare_notify_dev", Timeout: 99 });
    await iam().deleteRolePolicy({ RoleName: "metriccare_idle_dev", PolicyName: "two" });
    const { EventSourceMappings: [first] = [] } = await lambda().listEventSourceMappings({
      EventSourceArn: "arn:aws:sqs:us-east-1:123456789012:metriccare_work_dev",
    });
    await lambda().updateEventSourceMapping({ UUID: first?.UUID, BatchSize: 9 });
    await lambda().deleteAlias({ FunctionName: "metriccare_notify_dev", Name: "live" });
    await iam().createPolicyVersion({
      PolicyArn: "arn:aws:iam::123456789012:policy/metriccare_listing_dev",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
      }),
      SetAsDefault: true,
    });
    await new Glue({}).updateCrawler({ Name: "metriccare_gold_files_dev", Description: "other" });
    await new Glue({}).deleteTrigger({ Name: "metriccare_side_then_dev" });
    const QueueUrl = (await sqs().getQueueUrl({ QueueName: "metriccare_inbox_dev" })).QueueUrl;
    await sqs().setQueueAttributes({ QueueUrl, Attributes: { DelaySeconds: "7" } });
    await new SNS({}).setTopicAttributes({
      TopicArn: "arn:aws:sns:us-east-1:123456789012:metriccare_side_dev",
      AttributeName: "DisplayName",
      AttributeValue: "x",
    });
    const Rule = "metriccare_further_dev";
    const { Targets = [] } = await new EventBridge({}).listTargetsByRule({ Rule });
    const Ids = Targets.filter(({ Arn }) => Arn?.endsWith(":metriccare_inbox_dev")).flatMap(({ Id }) => Id ?? []);
    await new EventBridge({}).removeTargets({ Rule, Ids });
    await lambda().removePermission({ FunctionName: "metriccare_notify_dev", StatementId: "metriccare-rule_further" });
    const doctor = await run("doctor");
    expect(doctor.code).toBe(1);
    for (const said of [
      /rule\/metriccare_further_dev may call function metriccare_notify_dev/,
      /trigger metriccare_side_then_dev\b.*does not exist/,
      /workflow metriccare_side_dev\b.*does not lead to: load/,
      /rule metriccare_further_dev\b.*does not tell .*metriccare_inbox_dev/,
    ])
      expect(doctor.out).toMatch(said);
    const drift = await run("diff", "--drift", "--exit-code", "--json");
    expect(drift.code).toBe(2);
    const { steps } = JSON.parse(drift.out) as { steps: { address: { kind: string; id: string } }[] };
    expect(steps.map(({ address: { kind, id } }) => `${kind}/${id}`).toSorted()).toEqual([
      "events.rule/further",
      "glue.crawler/gold_files",
      "glue.trigger/side_then",
      "iam.policy/listing",
      "iam.role/idle",
      "lambda.eventSource/work",
      "lambda.function/notify",
      "sns.topic/side",
      "sqs.queue/inbox",
    ]);
    const repaired = await run("apply", "--yes");
    expect(repaired.code, repaired.out + repaired.err).toBe(0);
    expect((await run("diff", "--exit-code")).code).toBe(0);
  }, 120_000);

  test("a managed policy that leaves the config is taken off its role, then deleted; a new path makes another", async () => {
    const without = FURTHER.replace("[read_landing, listing]", "[read_landing]")
      .replace(/ {2}listing:\n.*\n/, "")
      .replace("path: /hospital/", "path: /clinic/");
    moto.config(without);
    const applied = await run("apply", "--yes");
    expect(applied.code, applied.out + applied.err).toBe(0);
    const { Policies = [] } = await iam().listPolicies({ Scope: "Local", OnlyAttached: true });
    expect(Policies.map(({ Arn }) => Arn).toSorted()).toEqual([
      "arn:aws:iam::123456789012:policy/clinic/metriccare_read_landing_dev",
    ]);
    const { Policies: all = [] } = await iam().listPolicies({ Scope: "Local" });
    expect(all.map(({ PolicyName }) => PolicyName).toSorted()).toEqual([
      "hospital_boundary",
      "metriccare_read_landing_dev",
    ]);
    expect((await run("diff", "--exit-code")).code).toBe(0);
  }, 120_000);

  test("goes, and what is not ours was never touched", async () => {
    const destroyed = await run("destroy", "--yes", "--include-data");
    expect(destroyed.code, destroyed.out + destroyed.err).toBe(0);
    expect(await stateOfForeign()).toBe(foreign);
    const changes = calls.filter(({ operation }) => !/^(Get|List|Describe|Head|BatchGet|Simulate)/.test(operation));
    expect(changes.length).toBeGreaterThan(100);
    // A rule of ours may name them: nothing else that changes anything does.
    const touching = changes.filter(
      ({ operation, input }) =>
        !/^(PutTargets|CreateJob|UpdateJob)$/.test(operation) &&
        /"(FunctionName|RoleName|TopicArn|QueueUrl|TableName|Bucket|ResourceArn)":"[^"]*(hospital|given)/.test(
          JSON.stringify(input),
        ),
    );
    expect(touching).toEqual([]);
  }, 120_000);
});
