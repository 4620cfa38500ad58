import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Glue } from "@aws-sdk/client-glue";
import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** `--adopt all` in an account where somebody has built half of the lakehouse by hand. */
let moto: MotoProject;

interface Shown {
  readonly steps: readonly { action: string; address: { kind: string; id: string }; adopted?: boolean }[];
  readonly findings: readonly { code: string; level: string; at: string }[];
}

const diff = async (code: number, ...more: string[]): Promise<Shown> => {
  const ran = await moto.run("diff", "--env", "dev", "--json", ...more);
  expect(ran.code, ran.err).toBe(code);
  return JSON.parse(ran.out) as Shown;
};
const adopted = ({ steps }: Shown): string[] =>
  steps.flatMap((step) => (step.adopted ? [`${step.address.kind}/${step.address.id}`] : [])).toSorted();
const writes = (calls: readonly { operation: string }[]): string[] =>
  calls.map(({ operation }) => operation).filter((one) => /^(Create|Put|Delete|Update|Tag|Set)/.test(one));

const BY_HAND = ["dynamodb.table/processed_files", "events.rule/failure", "glue.database/silver", "sns.topic/alerts"];

beforeAll(async () => {
  moto = await motoProject();
  moto.config("");
  await new SNS({}).createTopic({ Name: "metriccare_alerts_dev" });
  await new Glue({}).createDatabase({ DatabaseInput: { Name: "metriccare_silver_dev" } });
  await new EventBridge({}).putRule({ Name: "metriccare_failure_dev", EventPattern: '{"source": ["own"]}' });
  await new DynamoDB({}).createTable({
    TableName: "metriccare_processed_files_dev",
    KeySchema: [{ AttributeName: "file_id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "file_id", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  });
  await new SQS({}).createQueue({ QueueName: "metriccare_undelivered_dev", tags: { "metriccare:owner": "other/dev" } });
}, 60_000);
afterAll(() => moto?.stop());

test("a plan without it names them, and says how to take them all over", async () => {
  const shown = await diff(1);
  expect(
    shown.findings
      .filter(({ code }) => code === "not_ours")
      .map(({ at }) => at)
      .toSorted(),
  ).toEqual(BY_HAND);
  expect((await moto.run("diff", "--env", "dev")).out).toContain(
    "4 resources exist and do not carry our mark: `--adopt all` takes them over.",
  );
});

test("what carries another owner's mark is not taken, and nothing is sent", async () => {
  const shown = await diff(1, "--adopt", "all");
  expect(adopted(shown)).toEqual(BY_HAND);
  expect(shown.findings.filter(({ level }) => level === "error")).toMatchObject([
    { code: "owned_by_other", at: "sqs.queue/undelivered" },
  ]);
  const applied = await moto.run("apply", "--env", "dev", "--adopt", "all", "--yes");
  expect(applied.code).toBe(1);
  expect(writes(applied.calls)).toEqual([]);
});

test("asks first; a saved plan holds what it listed, and the apply takes over that and no more", async () => {
  moto.config("queues: {undelivered: {name: clinic_undelivered}}\n");
  expect((await moto.run("apply", "--env", "dev", "--adopt", "all")).code).toBe(64);
  const saved = await moto.run("diff", "--env", "dev", "--adopt", "all", "--out", "plan.json");
  expect(saved.code, saved.err).toBe(0);
  expect(saved.out).toContain("4 of them to take over");
  expect(JSON.parse(readFileSync(join(moto.dir, "plan.json"), "utf8")).adopt.toSorted()).toEqual(BY_HAND);
  // Came after the plan was made.
  await new Glue({}).createDatabase({ DatabaseInput: { Name: "metriccare_gold_dev" } });
  const applied = await moto.run("apply", "plan.json", "--yes");
  expect(applied.code).toBe(1);
  expect(applied.out + applied.err).toContain("metriccare_gold_dev exists and does not carry our mark");
  expect(adopted(await diff(0, "--adopt", "all"))).toEqual(["glue.database/gold"]);
  const rest = await moto.run("apply", "--env", "dev", "--adopt", "all", "--yes");
  expect(rest.code, rest.err + rest.out).toBe(0);
  expect((await diff(0, "--exit-code")).steps).toEqual([]);
}, 120_000);
