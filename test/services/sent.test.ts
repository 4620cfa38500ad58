import { expect, test } from "vitest";
import { decide } from "../../src/engine/decide.ts";
import { anyKind } from "../../src/engine/types.ts";
import { table } from "../../src/services/dynamodb/table.ts";
import { codeInput, codeMark, codeObject, codeUrl, readCode } from "../../src/services/lambda/code.ts";
import { topic } from "../../src/services/sns/topic.ts";
import { functionCase } from "../kind-suite/cases/lambda.ts";
import { tableCase } from "../kind-suite/cases/dynamodb.ts";
import { marksOf, send } from "../kind-suite/drive.ts";
import { stubContext } from "../operate/support.ts";
import { lambdaFunction } from "../../src/services/lambda/function.ts";

/** What the config says and was never sent. */

test("the version of the function's code is sent, asked for and remembered", async () => {
  const heads: unknown[] = [];
  const ctx = stubContext({ s3: { headObject: (input) => (heads.push(input), { ETag: '"e1"' }) } });
  const codeS3 = codeUrl("elsewhere", "code/a@b.zip", "3sL4kqtJlcpXroDTDmJ");
  const { code, etag } = await codeInput(ctx, { codeSha256: null, codeS3 });
  expect(code).toEqual({
    S3Bucket: "elsewhere",
    S3Key: "code/a@b.zip",
    S3ObjectVersion: "3sL4kqtJlcpXroDTDmJ",
  });
  expect(heads).toEqual([{ Bucket: "elsewhere", Key: "code/a@b.zip", VersionId: "3sL4kqtJlcpXroDTDmJ" }]);
  // A tag's value takes letters, digits, blanks and _.:/=+-@ alone.
  const mark = codeMark(codeS3, etag, "c2hh");
  expect(mark).toMatch(/^[\w .:/=+@-]*$/);
  expect(await readCode(ctx, "c2hh", mark)).toEqual({ codeSha256: null, codeS3 });
  expect((await readCode(ctx, "other", mark)).codeS3).toBe(`${codeS3} (older content)`);
  // The object that may have to be uploaded first is named without its version.
  expect(codeObject(codeS3)).toBe("s3://elsewhere/code/a@b.zip");
  expect(await codeInput(ctx, { codeSha256: null, codeS3: "s3://elsewhere/code/a@b.zip" })).toMatchObject({
    code: { S3Bucket: "elsewhere", S3Key: "code/a@b.zip" },
  });
});

test("both calls that send code name its version", async () => {
  const sent: Record<string, unknown> = {};
  const ctx = stubContext({
    s3: { headObject: () => ({ ETag: '"e1"' }) },
    lambda: {
      createFunction: (input: { Code: unknown }) => ((sent["create"] = input.Code), { CodeSha256: "c2hh" }),
      updateFunctionCode: (input: object) => ((sent["update"] = input), { CodeSha256: "c2hh" }),
      tagResource: () => ({}),
      getFunctionConfiguration: () => ({ State: "Active", LastUpdateStatus: "Successful" }),
    },
  });
  const address = { kind: "lambda.function", id: "f", name: "f" };
  const base = functionCase.base(ctx, address);
  const props = { ...base, codeSha256: null, codeS3: codeUrl("b", "k.zip", "v1"), permissions: {} };
  await send(lambdaFunction.create(ctx, { address, props, tags: {} }), () => true);
  expect(sent["create"]).toEqual({ S3Bucket: "b", S3Key: "k.zip", S3ObjectVersion: "v1" });
  const next = { ...props, codeS3: codeUrl("b", "k.zip", "v2") };
  const live = { name: "f", tags: {}, props };
  await send(lambdaFunction.update(ctx, { address, props: next, tags: {}, live, changed: new Set(["codeS3"]) }));
  expect(sent["update"]).toMatchObject({ S3ObjectVersion: "v2" });
});

test("a firehose subscription is sent with its role, and a new role replaces it", async () => {
  const sent: unknown[] = [];
  const arn = "arn:aws:sns:us-east-1:123456789012:t:1";
  const stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/alerts";
  let listed: object[] = [];
  const ctx = stubContext({
    sns: {
      createTopic: () => ({}),
      listSubscriptionsByTopic: () => ({ Subscriptions: listed }),
      subscribe: (input) => void sent.push(input),
      setSubscriptionAttributes: (input) => void sent.push(input),
      getTopicAttributes: () => ({ Attributes: {} }),
      listTagsForResource: () => ({ Tags: [{ Key: "metriccare:subscriptions", Value: mark }] }),
      getSubscriptionAttributes: () => ({ Attributes: { SubscriptionRoleArn: "arn:aws:iam::123456789012:role/a" } }),
    },
  });
  const { subscriptionsMark } = await import("../../src/services/sns/subscriptions.ts");
  const mark = subscriptionsMark([`firehose:${stream}`]);
  const address = { kind: "sns.topic", id: "alerts", name: "t" };
  const of = (role: string) => ({
    displayName: "",
    kmsKey: null,
    statements: {},
    subscriptions: {
      [`firehose:${stream}`]: {
        rawMessageDelivery: false,
        filterPolicy: null,
        roleArn: `arn:aws:iam::123456789012:role/${role}`,
      },
    },
  });
  await send(topic.create(ctx, { address, props: of("a"), tags: {} }));
  expect(sent).toMatchObject([{ Attributes: { SubscriptionRoleArn: "arn:aws:iam::123456789012:role/a" } }]);
  listed = [{ SubscriptionArn: arn, Protocol: "firehose", Endpoint: stream }];
  const live = (await topic.read(ctx, [address])).get("t");
  expect(live?.props).toEqual(of("a"));
  if (!live) return;
  await send(topic.update(ctx, { address, props: of("b"), tags: {}, live, changed: new Set(["subscriptions"]) }));
  expect(sent[1]).toEqual({
    SubscriptionArn: arn,
    AttributeName: "SubscriptionRoleArn",
    AttributeValue: "arn:aws:iam::123456789012:role/b",
  });
});

test.each([true, false])(
  "a table with a range key, or a key of another type, is not to be adopted (--adopt: %s)",
  async (adopt) => {
    let type = "S";
    let keys: object[] = [];
    const ctx = stubContext({
      dynamodb: {
        describeTable: () => ({
          Table: {
            TableStatus: "ACTIVE",
            KeySchema: [{ AttributeName: "file_id", KeyType: "HASH" }, ...keys],
            AttributeDefinitions: [{ AttributeName: "file_id", AttributeType: type }],
            ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
          },
        }),
        describeTimeToLive: () => ({}),
        describeContinuousBackups: () => ({}),
        listTagsOfResource: () => ({ Tags: [] }),
      },
    });
    const address = { kind: "dynamodb.table", id: "processed_files", name: "t" };
    const props = { ...tableCase.base(ctx, address), indexes: {} };
    const verdict = async () =>
      decide(
        anyKind(table),
        { address, props, tags: {} },
        (await table.read(ctx, [address])).get("t"),
        marksOf(ctx),
        adopt,
      );
    if (adopt) expect((await verdict()).step?.action).toBe("update");
    else expect((await verdict()).findings[0]).toMatchObject({ code: "not_ours" });

    keys = [{ AttributeName: "sort", KeyType: "RANGE" }];
    const refused = await verdict();
    expect(refused.step).toBeUndefined();
    expect(refused.findings).toMatchObject([
      { code: "not_adoptable", level: "error", at: "dynamodb.table/processed_files" },
    ]);
    expect(refused.findings[0]?.text).toContain('cannot be taken over: rangeKey is "sort", the config has none');
    expect(refused.findings[0]?.fix).toContain("Choose another `name`");

    keys = [];
    type = "N";
    expect((await verdict()).findings[0]?.text).toContain('hashKeyType is "N", the config has "S"');
  },
);
