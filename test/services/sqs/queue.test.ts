import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { classify } from "../../../src/services/faults.ts";
import { compile } from "../../../src/lakehouse/compile.ts";
import { outputs } from "../../../src/lakehouse/index.ts";
import { queue } from "../../../src/services/sqs/queue.ts";
import type { QueueProps } from "../../../src/services/sqs/props.ts";
import { queueStatements } from "../../../src/services/sqs/policy.ts";
import { inProcess } from "../../harness/in-process.ts";
import { type Emulator, startMoto } from "../../harness/moto.ts";
import { worldAt } from "../../harness/world.ts";
import { send } from "../../kind-suite/drive.ts";
import { load, project, scopeOf } from "../compile/project.ts";
import { sqsClient } from "../../../src/services/sqs/client.ts";
import { queueUrl, sqsArn } from "../../../src/services/sqs/arn.ts";

let emulator: Emulator;
let ctx: AwsContext;
let folder: ReturnType<typeof project>;
beforeAll(async () => {
  emulator = await startMoto();
  ctx = worldAt({ endpoint: emulator.endpoint });
  folder = project();
});
afterAll(async () => {
  folder?.remove();
  await emulator?.stop();
});

const config = (text: string): void => writeFileSync(join(folder.dir, "config", "dev.yaml"), text);
const validate = (): ReturnType<typeof inProcess> => inProcess(folder.dir, ["validate", "--env", "dev", "--json"]);

async function compiled(text: string): Promise<{ id: string; name: string; props: QueueProps }[]> {
  config(text);
  const { desired } = await compile(load({ dir: folder.dir, env: "dev" }), scopeOf("dev"), folder.dir);
  return desired
    .filter(({ address }) => address.kind === "sqs.queue")
    .map(({ address, props }) => ({ id: address.id, name: address.name, props: props as QueueProps }));
}

describe("the config", () => {
  test("the function's queue is there unasked: encrypted, TLS only, fourteen days, open for the rules alone", async () => {
    const [one, ...more] = await compiled("");
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      id: "undelivered",
      name: "metriccare_undelivered_dev",
      props: { encryption: "sqs", retentionSeconds: 14 * 86_400, redrive: null },
    });
    expect(one?.props.visibilitySeconds).toBeGreaterThanOrEqual(6 * 300);
    expect(Object.keys(one?.props.statements ?? {})).toEqual(["TlsOnly", "Rules"]);
    expect(outputs(load({ dir: folder.dir, env: "dev" }), scopeOf("dev")).queues).toEqual({
      undelivered: {
        name: "metriccare_undelivered_dev",
        arn: "arn:aws:sqs:eu-central-1:111122223333:metriccare_undelivered_dev",
      },
    });
  });

  test("with a key, and others beside it", async () => {
    const all = await compiled(
      "queues: {undelivered: {kmsKeyId: alias/clinic, retentionDays: 7}, lab: {redrive: {queue: dead}}, dead: {name: gone}}\n",
    );
    expect(all.map(({ name, props }) => [name, props.encryption, props.retentionSeconds, props.redrive])).toEqual([
      ["metriccare_undelivered_dev", "alias/clinic", 604_800, null],
      [
        "metriccare_lab_dev",
        "sqs",
        1_209_600,
        { queueArn: "arn:aws:sqs:eu-central-1:111122223333:gone", maxReceives: 5 },
      ],
      ["gone", "sqs", 1_209_600, null],
    ]);
  });

  test.each([
    ["queues: {undelivered: {redrive: {queue: lab}}, lab: {}}\n", /would move files away/],
    ["queues: {lab: {redrive: {queue: lab}}}\n", /is the queue itself/],
    ["queues: {lab: {redrive: {queue: labb}}}\n", /there is no queue `labb`/],
    [`queues: {lab: {name: ${"x".repeat(81)}}}\n`, /AWS takes 80/],
    ["queues: {lab: {tags: {metriccare:owner: me}}}\n", /marks of ownership/],
    ["function: {timeout: 60, batchWindow: 50}\n", /is ended after 60 seconds/],
  ])("%s is refused with its place", async (text, message) => {
    config(text);
    const { code, out } = await validate();
    expect(code).toBe(64);
    expect(out).toMatch(message);
    expect(out).toMatch(/config\/dev\.yaml:1:\d+/);
  });

  test("the quiet period reaches the function", async () => {
    config("function: {timeout: 60, batchWindow: 40}\n");
    const { desired } = await compile(load({ dir: folder.dir, env: "dev" }), scopeOf("dev"), folder.dir);
    const fn = desired.find(({ address }) => address.kind === "lambda.function");
    expect(fn?.props).toMatchObject({
      environment: { BATCH_WINDOW: "40", UNDELIVERED_QUEUE: "metriccare_undelivered_dev" },
    });
  });
});

describe("a queue with messages", () => {
  const address = { kind: "sqs.queue", id: "undelivered", name: "kept" };
  test("is data", async () => {
    const sqs = await ctx.clients.of(sqsClient);
    await sqs.createQueue({ QueueName: address.name });
    const live = (await queue.read(ctx, [address])).get(address.name);
    if (!live) throw new Error("not there");
    expect(await queue.holdsData?.(ctx, address, live, new Set())).toBeUndefined();
    await sqs.sendMessage({ QueueUrl: queueUrl(ctx, address.name), MessageBody: "{}" });
    expect(await queue.holdsData?.(ctx, address, live, new Set())).toBe("holds 1 message");
    // One that is being worked on is no less data.
    await sqs.receiveMessage({ QueueUrl: queueUrl(ctx, address.name), VisibilityTimeout: 60 });
    expect(await queue.holdsData?.(ctx, address, live, new Set())).toBe("holds 1 message");
  });
});

describe("AWS's words", () => {
  const wire = (name: string, message: string): Error =>
    Object.assign(new Error(message), { name, $fault: "client", $metadata: { httpStatusCode: 400 } });
  test.each([
    [
      "QueueDeletedRecently",
      "You must wait 60 seconds after deleting a queue before you can create another",
      "conflict",
    ],
    ["AWS.SimpleQueueService.QueueDeletedRecently", "You must wait 60 seconds", "conflict"],
    ["QueueDoesNotExist", "The specified queue does not exist.", "absent"],
    ["AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist for this wsdl version.", "absent"],
    ["QueueNameExists", "A queue already exists with the same name and a different value", "exists"],
  ])("%s: %s", (name, message, wanted) => {
    const error = wire(name, message);
    const fault = classify(error, { name: "sqs:CreateQueue", touched: new Set() });
    expect(fault.class).toBe(wanted);
  });
});

test("other people's statements stay, and a queue's URL goes by its partition", async () => {
  const sqs = await ctx.clients.of(sqsClient);
  const name = "shared";
  const theirs = {
    Sid: "Theirs",
    Effect: "Allow",
    Principal: "*",
    Action: "sqs:SendMessage",
    Resource: sqsArn.queue(ctx, name),
  };
  await sqs.createQueue({
    QueueName: name,
    Attributes: { Policy: JSON.stringify({ Version: "2012-10-17", Statement: [theirs] }) },
  });
  const address = { kind: "sqs.queue", id: name, name };
  const live = (await queue.read(ctx, [address])).get(name);
  if (!live) throw new Error("not there");
  const props = { ...live.props, statements: queueStatements(sqsArn.queue(ctx, name), ctx.account, []) };
  await send(queue.update(ctx, { address, props, tags: {}, live, changed: new Set(["statements"]) }));
  const { Attributes = {} } = await sqs.getQueueAttributes({
    QueueUrl: queueUrl(ctx, name),
    AttributeNames: ["Policy"],
  });
  expect(Attributes.Policy).toContain("Theirs");
  expect(Attributes.Policy).toContain("MetriccareTlsOnly");
  expect(queueUrl({ partition: "aws-cn", region: "cn-north-1", account: "1" }, "q")).toBe(
    "https://sqs.cn-north-1.amazonaws.com.cn/1/q",
  );
});
