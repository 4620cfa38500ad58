import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Glue } from "@aws-sdk/client-glue";
import { Lambda } from "@aws-sdk/client-lambda";
import { SNS } from "@aws-sdk/client-sns";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { giveRoles, rolesAsTheyAre } from "../harness/given-roles.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";
import { repository } from "../harness/project.ts";

/** `examples/original` on moto: the original Terraform project's infrastructure as a config. */
let moto: MotoProject;
const run = async (code: number, ...argv: string[]) => {
  const ran = await moto.run(...argv, "--env", "dev");
  expect(ran.code, ran.out + ran.err).toBe(code);
  return ran;
};

beforeAll(async () => {
  moto = await motoProject();
  rmSync(join(moto.dir, "config"), { recursive: true });
  cpSync(join(repository, "examples/original"), moto.dir, { recursive: true });
  await giveRoles({});
}, 60_000);
afterAll(() => moto?.stop());

/** As Terraform made them: no mark of ours, its own tags, its own ids of statements and targets. */
async function builtByTerraform(): Promise<void> {
  const Bucket = "dev-mcde4-sp-123456789012";
  const s3 = new S3({ forcePathStyle: true });
  await s3.createBucket({ Bucket });
  const tags = { name: "mcde4-sp-dev", Project: "MC-DE-4", createdby: "terraform" };
  await s3.putBucketTagging({
    Bucket,
    Tagging: { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
  });
  await s3.putObject({ Bucket, Key: "fhir_data/json/patients/old.json", Body: "{}" });
  const TableName = "dev_mc_de_4_workflow_metadata";
  await new DynamoDB({}).createTable({
    TableName,
    KeySchema: [
      { AttributeName: "dataset", KeyType: "HASH" },
      { AttributeName: "filename", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "dataset", AttributeType: "S" },
      { AttributeName: "filename", AttributeType: "S" },
    ],
    BillingMode: "PAY_PER_REQUEST",
    Tags: [{ Key: "Project", Value: "mc_de_4" }],
  });
  await new DynamoDB({}).putItem({
    TableName,
    Item: { dataset: { S: "bronze_patients" }, filename: { S: "old.json" } },
  });
  const Description = "dev_mc_de_4_workflow project workflow Bronze -> silver -> Gold";
  await new Glue({}).createWorkflow({ Name: "dev_mc_de_4_workflow", Description });
  await new Glue({}).createJob({
    Name: "dev-job_silver_patient",
    Role: "arn:aws:iam::123456789012:role/service-role/AWSGlueServiceRole-metriccare",
    Command: { Name: "glueetl", PythonVersion: "3", ScriptLocation: `s3://${Bucket}/glue_job/silver.py` },
    DefaultArguments: { "--Tempdir": `s3://${Bucket}/glue_assiets/temp_glue_job` },
    GlueVersion: "5.0",
    WorkerType: "G.1X",
    NumberOfWorkers: 10,
  });
  const { TopicArn } = await new SNS({}).createTopic({ Name: "dev-alert-topic" });
  const Rule = "dev-glue-failure-rule";
  await new EventBridge({}).putRule({ Name: Rule, EventPattern: '{"source": ["aws.glue"]}' });
  await new EventBridge({}).putTargets({ Rule, Targets: [{ Id: "terraform-20250901", Arn: TopicArn }] });
  const { FunctionArn } = await new Lambda({}).createFunction({
    FunctionName: "dev_lambda_mcde4_sp",
    Role: "arn:aws:iam::123456789012:role/service-role/metriccare-trigger",
    Runtime: "python3.9",
    Handler: "lambda_function.lambda_handler",
    Code: { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") },
  });
  await new Lambda({}).addPermission({
    FunctionName: "dev_lambda_mcde4_sp",
    StatementId: "AllowExecutionFromS3",
    Action: "lambda:InvokeFunction",
    Principal: "s3.amazonaws.com",
    SourceArn: `arn:aws:s3:::${Bucket}`,
  });
  await s3.putBucketNotificationConfiguration({
    Bucket,
    NotificationConfiguration: {
      LambdaFunctionConfigurations: [
        {
          Id: "tf-s3-lambda-20250901",
          LambdaFunctionArn: FunctionArn,
          Events: ["s3:ObjectCreated:*"],
          Filter: {
            Key: {
              FilterRules: [
                { Name: "prefix", Value: "fhir_data/json/patient" },
                { Name: "suffix", Value: ".json" },
              ],
            },
          },
        },
      ],
    },
  });
}

describe("one story", { shuffle: false }, () => {
  test("each of its environments is valid, and gives no advice", async () => {
    const { out, err } = await moto.run("validate", "--all", "--json");
    expect(out + err).not.toMatch(/"level":"(error|warning)"/);
  });

  test("applies with an empty diff afterwards", async () => {
    await run(0, "apply", "--yes");
    const diff = await run(0, "diff", "--exit-code", "--json");
    expect(JSON.parse(diff.out)).toMatchObject({ steps: [], findings: [] });
  });

  test("the names are the original's, with the environment in them", async () => {
    const { JobNames = [] } = await new Glue({}).listJobs({});
    expect(JobNames.toSorted()).toEqual([
      "dev-job_bronze_condition_hudi",
      "dev-job_bronze_encounter_hudi",
      "dev-job_bronze_patient_hudi",
      "dev-job_gold_infection_rate",
      "dev-job_gold_mortality_rate",
      "dev-job_gold_readmission_rate",
      "dev-job_silver_condition",
      "dev-job_silver_encounter",
      "dev-job_silver_patient",
    ]);
  });

  test("destroy takes all of ours, and leaves the roles that were given as they were", async () => {
    const roles = await rolesAsTheyAre({});
    await run(0, "destroy", "--include-data", "--yes");
    expect(await rolesAsTheyAre({})).toEqual(roles);
    expect((await new S3({ forcePathStyle: true }).listBuckets({})).Buckets ?? []).toEqual([]);
    expect((await new Glue({}).listJobs({})).JobNames).toEqual([]);
  });

  test("what Terraform has built is taken over whole: nothing is replaced, no data moves", async () => {
    await builtByTerraform();
    const plan = await run(0, "diff", "--adopt", "all", "--json");
    const { summary } = JSON.parse(plan.out) as { summary: Record<string, number> };
    expect(summary).toMatchObject({ replace: 0, delete: 0 });
    await run(0, "apply", "--adopt", "all", "--yes");
    await run(0, "diff", "--exit-code");
    const s3 = new S3({ forcePathStyle: true });
    const live = await s3.getBucketNotificationConfiguration({ Bucket: "dev-mcde4-sp-123456789012" });
    // One entry calls the function, not two: S3 refuses a pair that says the same, so ours has taken the place of theirs.
    expect(live.LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual(["metriccare-mcde4-dev-start_workflow"]);
    const { TagSet = [] } = await s3.getBucketTagging({ Bucket: "dev-mcde4-sp-123456789012" });
    expect(TagSet).toEqual(expect.arrayContaining([{ Key: "createdby", Value: "terraform" }]));
    expect(await new DynamoDB({}).scan({ TableName: "dev_mc_de_4_workflow_metadata" })).toMatchObject({ Count: 1 });
  });

  test("our ledger stands beside its table", async () => {
    expect((await run(0, "ledger", "list", "--json")).out).toBe("");
    const { TableNames = [] } = await new DynamoDB({}).listTables({});
    expect(TableNames).toEqual(["dev_mc_de_4_workflow_metadata", "mcde4_processed_files_dev"]);
  });
});
