import { createServer, type Server } from "node:http";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../harness/port.ts";
import { emulatorPython, startEmulator, type RunningEmulator } from "./emulator-harness.ts";
import { frontHarness, glueModel, KEYS, type FrontHarness } from "./harness.ts";
import { secretsOf } from "./keys.ts";

describe.skipIf(!glueModel || !emulatorPython)("AWS's own unsigned links (needs the runtime's Python)", () => {
  let emulator: RunningEmulator;
  let h: FrontHarness;
  let subscriber: Server;
  const heard: Record<string, string>[] = [];
  const options = (): object => ({ endpoint: h.front.url, region: "us-east-1", credentials: KEYS, maxAttempts: 1 });

  beforeAll(async () => {
    const port = await freePort();
    emulator = await startEmulator(`http://127.0.0.1:${port}`, { AUTH: "true", GATEWAY_PORT: String(port) });
    h = await frontHarness({ port, emulatorUrl: emulator.url, secretOf: secretsOf(() => emulator) });
    subscriber = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => (text += part));
      request.on("end", () => {
        heard.push(JSON.parse(text) as Record<string, string>);
        response.end();
      });
    });
    await new Promise<void>((done) => subscriber.listen(0, "127.0.0.1", done));
  });
  afterAll(async () => {
    subscriber.close();
    await h.close();
    await emulator.close();
  });

  /** Waits for a message of a kind. */
  const message = async (type: string): Promise<Record<string, string>> => {
    await expect.poll(() => heard.some((one) => one["Type"] === type), { timeout: 10_000 }).toBe(true);
    return heard.find((one) => one["Type"] === type) ?? {};
  };

  it("confirm and end a subscription by the links that its messages carry, which lead to the front", async () => {
    const sns = new SNSClient(options());
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "alerts" }));
    const address = subscriber.address();
    const Endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint }));
    const { SubscribeURL = "" } = await message("SubscriptionConfirmation");
    expect(SubscribeURL).toContain(`${h.front.url}/?Action=ConfirmSubscription`);
    expect(
      (await fetch(SubscribeURL.replace(/Token=(.)/, (_, first) => (first === "0" ? "Token=1" : "Token=0")))).status,
    ).toBe(400);
    expect((await fetch(SubscribeURL)).status).toBe(200);
    await sns.send(new PublishCommand({ TopicArn, Message: "hello" }));
    const { UnsubscribeURL = "" } = await message("Notification");
    expect((await fetch(UnsubscribeURL)).status).toBe(200);
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions ?? []).toEqual([]);
  });

  it("download a function's code by its own link, and by no link that one could guess", async () => {
    const Statement = [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }];
    const trust = JSON.stringify({ Version: "2012-10-17", Statement });
    await new IAMClient(options()).send(new CreateRoleCommand({ RoleName: "fn", AssumeRolePolicyDocument: trust }));
    const lambda = new LambdaClient(options());
    const ZipFile = zipSync({ "code.py": new TextEncoder().encode("def handler(event, context):\n    return 1\n") });
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "f",
        Runtime: "python3.12",
        Handler: "code.handler",
        Role: "arn:aws:iam::123456789012:role/fn",
        Code: { ZipFile },
      }),
    );
    const Location = (await lambda.send(new GetFunctionCommand({ FunctionName: "f" }))).Code?.Location ?? "";
    expect(Location).toContain(`${h.front.url}/_ministack/lambda-code/`);
    const got = await fetch(Location);
    expect(Buffer.from(await got.arrayBuffer()).equals(Buffer.from(ZipFile))).toBe(true);
    for (const guessed of [Location.split("?")[0] ?? "", Location.replace(/token=./, "token=g")])
      expect((await fetch(guessed)).status).toBe(403);
  });
});
