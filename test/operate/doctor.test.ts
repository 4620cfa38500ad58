import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { classify } from "../../src/services/faults.ts";
import { systemClock } from "../../src/clock/index.ts";
import { apply, makePlan } from "../../src/engine/index.ts";
import { type AlertCover, type AlertsFinished, testAlerts } from "../../src/operate/doctor/alerts.ts";
import { type Check, doctor, type Wiring, wired } from "../../src/operate/doctor/index.ts";
import { compile, kinds } from "../../src/lakehouse/index.ts";
import { type Emulator, startMoto } from "../harness/moto.ts";
import { worldAt } from "../harness/world.ts";
import { marksOf } from "../kind-suite/drive.ts";
import { load, project } from "../services/compile/project.ts";
import { collect } from "./support.ts";
import { sqsClient } from "../../src/services/sqs/client.ts";
import { snsClient } from "../../src/services/sns/client.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { lambdaClient } from "../../src/services/lambda/client.ts";
import { glueClient } from "../../src/services/glue/client.ts";
import { eventsClient } from "../../src/services/events/client.ts";
import { queueUrl } from "../../src/services/sqs/arn.ts";

/** The shipped config, applied to moto; then one hop after the other is broken, found, and mended. */
let emulator: Emulator;
let folder: ReturnType<typeof project>;
let ctx: AwsContext;
let reader: AwsContext;
let wiring: Wiring;

beforeAll(async () => {
  emulator = await startMoto();
  folder = project();
  const place = { endpoint: emulator.endpoint, project: "metriccare", env: "dev" };
  ctx = worldAt(place);
  // Whatever is only looked at goes through clients that refuse to change anything.
  reader = worldAt({ ...place, readOnly: true });
  const config = load({ dir: folder.dir, env: "dev" });
  const compiled = await compile(config, ctx, folder.dir);
  wiring = wired(config, ctx);
  const plan = await makePlan({
    ctx,
    kinds,
    desired: compiled.desired,
    marks: marksOf(ctx),
    mode: "apply",
    classify,
    clock: systemClock,
  });
  for await (const event of apply({ ctx, kinds, plan, marks: marksOf(ctx), clock: systemClock, classify }))
    if (event.type === "step-failed") throw new Error(JSON.stringify(event));
}, 300_000);
afterAll(async () => {
  folder?.remove();
  await emulator?.stop();
});

const wrong = async (): Promise<Check[]> =>
  (await collect(doctor(reader, wiring))).filter((check) => !check.ok && check.level === "error");
const name = {
  get raw(): string {
    return wiring.outputs.buckets["raw"]?.name ?? "";
  },
  get fn(): string {
    return wiring.outputs.function.name;
  },
  rule: (id: string): string => wiring.outputs.rules[id]?.name ?? "",
};

describe("doctor", () => {
  test("what was just applied is well; that nobody is subscribed is told; few calls, all of them reads", async () => {
    const before = reader.calls.total;
    const checks = await collect(doctor(reader, wiring));
    expect(checks.filter((check) => !check.ok && check.level === "error")).toEqual([]);
    // Most of them ask IAM, one for each statement of a role; four ask for the triggers.
    expect(reader.calls.total - before).toBeLessThanOrEqual(64);
    expect(checks.find((check) => check.check === "subscribers of the alerts")).toMatchObject({
      ok: false,
      level: "warning",
      text: "nobody is subscribed to the topic",
    });
    expect(checks.find((check) => check.check === "clock")).toMatchObject({ ok: true });
    for (const hop of [
      "credentials",
      "region",
      "s3 event",
      "bucket",
      "function",
      "ledger",
      "workflow",
      "trigger",
      "jobs",
      "rule",
    ])
      expect(checks.map((check) => check.check)).toContainEqual(expect.stringMatching(`^${hop}`));
  });

  test("what waits in the queue is told, and that a rule may no longer leave things there", async () => {
    const sqs = await ctx.clients.of(sqsClient);
    const QueueUrl = queueUrl(ctx, wiring.outputs.queues["undelivered"]?.name ?? "");
    const of = async (start: string): Promise<unknown> =>
      (await collect(doctor(reader, wiring))).find((check) => check.check.startsWith(start));
    expect(await of("queue ")).toMatchObject({ ok: true, text: "nothing waits" });
    await sqs.sendMessage({ QueueUrl, MessageBody: "{}" });
    expect(await of("queue ")).toMatchObject({
      ok: false,
      level: "warning",
      text: expect.stringMatching(/^1 message /),
    });
    await sqs.purgeQueue({ QueueUrl });
    const { Attributes: { Policy = "" } = {} } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ["Policy"] });
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: Policy.replaceAll("rule/", "rule/other") } });
    expect((await wrong()).map(({ check }) => check)).toEqual(
      ["schedule", "failure", "completion"].map((id) => `what rule ${name.rule(id)} cannot deliver`),
    );
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    expect(await wrong()).toEqual([]);
  });

  test("the bucket no longer tells the function", async () => {
    const s3 = await ctx.clients.of(s3Client);
    const { LambdaFunctionConfigurations } = await s3.getBucketNotificationConfiguration({ Bucket: name.raw });
    const put = (entries: typeof LambdaFunctionConfigurations): Promise<unknown> =>
      s3.putBucketNotificationConfiguration({
        Bucket: name.raw,
        NotificationConfiguration: { LambdaFunctionConfigurations: entries },
      });
    await put([]);
    expect(await wrong()).toMatchObject([
      { check: `s3 event of ${name.raw}`, text: expect.stringContaining("nothing") },
    ]);
    const [entry] = LambdaFunctionConfigurations ?? [];
    if (!entry) throw new Error("no entry was put");
    await put([{ ...entry, Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "other/" }] } } }]);
    expect(await wrong()).toMatchObject([{ text: expect.stringContaining("only objects under other/") }]);
    await put(LambdaFunctionConfigurations);
    expect(await wrong()).toEqual([]);
  });

  test("the bucket may no longer call the function", async () => {
    const lambda = await ctx.clients.of(lambdaClient);
    await lambda.removePermission({ FunctionName: name.fn, StatementId: "metriccare-s3_raw" });
    expect(await wrong()).toMatchObject([{ check: `bucket ${name.raw} may call the function`, ok: false }]);
    await lambda.addPermission({
      FunctionName: name.fn,
      StatementId: "metriccare-s3_raw",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: wiring.outputs.buckets["raw"]?.arn,
      SourceAccount: ctx.account,
    });
    expect(await wrong()).toEqual([]);
  });

  test("the function is told of another ledger, and is never run", async () => {
    const lambda = await ctx.clients.of(lambdaClient);
    const { Environment } = await lambda.getFunctionConfiguration({ FunctionName: name.fn });
    const set = (Variables: Record<string, string>): Promise<unknown> =>
      lambda.updateFunctionConfiguration({ FunctionName: name.fn, Environment: { Variables } });
    await set({ ...Environment?.Variables, LEDGER_TABLE: "other" });
    await lambda.putFunctionConcurrency({ FunctionName: name.fn, ReservedConcurrentExecutions: 0 });
    expect(await wrong()).toMatchObject([
      { check: "what the function is told", text: "LEDGER_TABLE is another one" },
      { check: "concurrency of the function" },
    ]);
    await set(Environment?.Variables ?? {});
    await lambda.deleteFunctionConcurrency({ FunctionName: name.fn });
    expect(await wrong()).toEqual([]);
  });

  test("a conditional trigger is off", async () => {
    const glue = await ctx.clients.of(glueClient);
    const trigger = wiring.outputs.workflow.triggers["silver"]?.name ?? "";
    await glue.stopTrigger({ Name: trigger });
    expect(await wrong()).toMatchObject([
      { check: `trigger ${trigger}`, text: expect.stringContaining("never fires") },
    ]);
    await glue.startTrigger({ Name: trigger });
    expect(await wrong()).toEqual([]);
  });

  test("a script is gone", async () => {
    const s3 = await ctx.clients.of(s3Client);
    const Bucket = wiring.outputs.buckets["scripts"]?.name ?? "";
    const Key = "glue-scripts/jobs/gold.py";
    const body = await (await s3.getObject({ Bucket, Key })).Body?.transformToString();
    await s3.deleteObject({ Bucket, Key });
    expect(await wrong()).toMatchObject([{ check: "scripts", text: expect.stringContaining("gold.py") }]);
    await s3.putObject({ Bucket, Key, Body: body ?? "" });
    expect(await wrong()).toEqual([]);
  });

  test("a rule is off, another has no target, and the topic lets nobody in", async () => {
    const events = await ctx.clients.of(eventsClient);
    const sns = await ctx.clients.of(snsClient);
    const TopicArn = wiring.outputs.topic.arn;
    const policy = (await sns.getTopicAttributes({ TopicArn })).Attributes?.["Policy"] ?? "";
    const { Targets } = await events.listTargetsByRule({ Rule: name.rule("completion") });
    await events.disableRule({ Name: name.rule("schedule") });
    await events.removeTargets({ Rule: name.rule("completion"), Ids: (Targets ?? []).map((one) => one.Id ?? "") });
    await sns.setTopicAttributes({
      TopicArn,
      AttributeName: "Policy",
      AttributeValue: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
    });
    expect((await wrong()).map((check) => check.check)).toEqual([
      `rule ${name.rule("schedule")}`,
      `rule ${name.rule("completion")}`,
      `rule ${name.rule("failure")} may publish`,
    ]);
    await events.enableRule({ Name: name.rule("schedule") });
    await events.putTargets({ Rule: name.rule("completion"), Targets });
    await sns.setTopicAttributes({ TopicArn, AttributeName: "Policy", AttributeValue: policy });
    expect(await wrong()).toEqual([]);
  });

  test("what does not exist is one line each, with the command that makes it", async () => {
    const elsewhere = worldAt({ endpoint: emulator.endpoint, project: "metriccare", env: "prod", readOnly: true });
    const config = load({ dir: folder.dir, env: "dev" });
    const checks = await collect(doctor(elsewhere, wired(config, elsewhere)));
    const failing = checks.filter((check) => !check.ok);
    expect(failing.length).toBeGreaterThan(8);
    for (const check of failing) expect(check.fix).toMatch(/^metriccare apply --env prod/);
  });
});

async function alerts(): Promise<{ rows: AlertCover[]; end: AlertsFinished }> {
  const events = await collect(testAlerts(reader, wiring));
  return {
    rows: events.filter((event) => event.type === "alert"),
    end: events.find((event) => event.type === "finished") as AlertsFinished,
  };
}

describe("alerts test", () => {
  const endpoint = "arn:aws:sqs:us-east-1:123456789012:alerts";
  let subscription: string;

  test("nobody is subscribed: each state of each job reaches nobody", async () => {
    const { rows, end } = await alerts();
    expect(rows).toHaveLength(30);
    expect(rows.every((row) => !row.ok && row.why === "nobody is subscribed to the topic")).toBe(true);
    expect(end).toMatchObject({ ok: false, missing: 30, fix: expect.stringContaining("alerts.subscriptions") });
  });

  test("a confirmed subscriber hears of everything", async () => {
    const sns = await ctx.clients.of(snsClient);
    const sqs = await sns.subscribe({ TopicArn: wiring.outputs.topic.arn, Protocol: "sqs", Endpoint: endpoint });
    subscription = sqs.SubscriptionArn ?? "";
    const { rows, end } = await alerts();
    expect(rows.every((row) => row.ok)).toBe(true);
    expect(rows[0]).toMatchObject({ rules: [name.rule("failure")], reaches: [`sqs:${endpoint}`], why: null });
    expect(end).toMatchObject({ ok: true, covered: 30, missing: 0, pending: [], sent: null });
  });

  test("a job that the live rule does not name", async () => {
    const events = await ctx.clients.of(eventsClient);
    const rule = await events.describeRule({ Name: name.rule("failure") });
    const pattern = JSON.parse(rule.EventPattern ?? "{}") as { detail: { jobName: string[]; state: string[] } };
    const put = (EventPattern: string): Promise<unknown> =>
      events.putRule({ Name: name.rule("failure"), EventPattern });
    pattern.detail.jobName = pattern.detail.jobName.filter((job) => !job.includes("gold_hai"));
    pattern.detail.state = ["FAILED", "TIMEOUT"];
    await put(JSON.stringify(pattern));
    const { rows, end } = await alerts();
    const missing = rows.filter((row) => !row.ok);
    expect(missing).toHaveLength(12);
    expect(missing.filter((row) => row.job === "gold_hai").map((row) => row.state)).toEqual([
      "FAILED",
      "TIMEOUT",
      "STOPPED",
    ]);
    expect(missing[0]?.why).toBe("no rule takes it to the topic");
    expect(end.fix).toMatch(/apply/);
    await put(rule.EventPattern ?? "");
    await events.disableRule({ Name: name.rule("failure") });
    expect((await alerts()).rows[0]?.why).toMatch(/is disabled/);
    await events.enableRule({ Name: name.rule("failure") });
    expect((await alerts()).end.ok).toBe(true);
  });

  test("a filter policy, and an encryption key that EventBridge may not use", async () => {
    const sns = await ctx.clients.of(snsClient);
    const TopicArn = wiring.outputs.topic.arn;
    const filter = (AttributeValue: string): Promise<unknown> =>
      sns.setSubscriptionAttributes({ SubscriptionArn: subscription, AttributeName: "FilterPolicy", AttributeValue });
    await filter('{"level":["high"]}');
    expect((await alerts()).rows[0]?.why).toMatch(/filter policy/);
    await filter("{}");
    const key = (AttributeValue: string): Promise<unknown> =>
      sns.setTopicAttributes({ TopicArn, AttributeName: "KmsMasterKeyId", AttributeValue });
    await key("alias/aws/sns");
    expect((await alerts()).rows[0]?.why).toMatch(/EventBridge may not use/);
    await key("");
    expect((await alerts()).end.ok).toBe(true);
  });

  test("--send", async () => {
    // The queue does not exist, and moto delivers at once.
    await (await ctx.clients.of(snsClient)).unsubscribe({ SubscriptionArn: subscription });
    const events = await collect(testAlerts(ctx, wiring, { send: true }));
    expect(events.at(-1)).toMatchObject({ type: "finished", ok: false, sent: expect.stringMatching(/./) });
  });
});
