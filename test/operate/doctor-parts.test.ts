import { describe, expect, test } from "vitest";
import { matches } from "../../src/operate/doctor/pattern.ts";
import { refusal, type ServiceCall } from "../../src/operate/doctor/policy.ts";

const event = {
  source: "aws.glue",
  resources: [],
  detail: { jobName: "bronze", state: "FAILED", n: 5, tags: ["a", "b"] },
};

describe("patterns", () => {
  test.each([
    [{ source: ["aws.glue"] }, true],
    [{ source: ["aws.s3"] }, false],
    [{ detail: { jobName: ["silver", "bronze"], state: ["FAILED"] } }, true],
    [{ detail: { jobName: ["bronze"], state: ["TIMEOUT"] } }, false],
    [{ detail: { jobName: [{ prefix: "bro" }] } }, true],
    [{ detail: { jobName: [{ suffix: "nze" }] } }, true],
    [{ detail: { jobName: [{ prefix: { "equals-ignore-case": "BRO" } }] } }, true],
    [{ detail: { jobName: [{ "equals-ignore-case": "BRONZE" }] } }, true],
    [{ detail: { jobName: [{ wildcard: "b*z*" }] } }, true],
    [{ detail: { jobName: [{ wildcard: "b*x" }] } }, false],
    [{ detail: { jobName: [{ "anything-but": "gold" }] } }, true],
    [{ detail: { jobName: [{ "anything-but": ["gold", "bronze"] }] } }, false],
    [{ detail: { jobName: [{ "anything-but": { prefix: "bro" } }] } }, false],
    [{ detail: { nothing: [{ exists: false }] } }, true],
    [{ detail: { jobName: [{ exists: false }] } }, false],
    [{ detail: { nothing: ["x"] } }, false],
    [{ detail: { n: [{ numeric: [">", 4, "<=", 5] }] } }, true],
    [{ detail: { n: [{ numeric: [">", 5] }] } }, false],
    [{ detail: { tags: ["b"] } }, true],
    [{ resources: ["x"] }, false],
    [{ detail: { $or: [{ jobName: ["gold"] }, { state: ["FAILED"] }] } }, true],
    [{ detail: { $or: [{ jobName: ["gold"] }, { state: ["STOPPED"] }] } }, false],
    [{ detail: { jobName: [{ "some-new-operator": "bronze" }] } }, false],
    [{}, true],
  ])("%j: %s", (pattern, taken) => {
    expect(matches(pattern, event)).toBe(taken);
  });
});

const TOPIC = "arn:aws:sns:us-east-1:123456789012:t";
const RULE = "arn:aws:events:us-east-1:123456789012:rule/r";
const call: ServiceCall = {
  service: "events.amazonaws.com",
  action: "sns:Publish",
  resource: TOPIC,
  context: { "aws:sourcearn": RULE, "aws:sourceaccount": "123456789012", "aws:securetransport": "true" },
};
const allow = (more: object): object => ({
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action: "sns:Publish",
  Resource: TOPIC,
  ...more,
});

describe("resource policies", () => {
  test.each([
    [[allow({})], undefined],
    [[allow({ Action: "SNS:*" })], undefined],
    [[allow({ Principal: "*" })], undefined],
    [[allow({ Principal: { Service: ["s3.amazonaws.com", "events.amazonaws.com"] } })], undefined],
    [[allow({ Principal: { AWS: "arn:aws:iam::123456789012:root" } })], /does not name/],
    [[allow({ Resource: "arn:aws:sns:us-east-1:123456789012:other" })], /does not name/],
    [[allow({ Condition: { ArnEquals: { "AWS:SourceArn": [RULE] } } })], undefined],
    [[allow({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:events:*:123456789012:rule/*" } } })], undefined],
    [[allow({ Condition: { ArnEquals: { "aws:SourceArn": `${RULE}2` } } })], /conditions that do not hold/],
    [[allow({ Condition: { StringEquals: { "aws:SourceAccount": "999999999999" } } })], /conditions/],
    [[allow({ Condition: { StringNotEquals: { "aws:SourceAccount": "999999999999" } } })], undefined],
    [[allow({ Condition: { StringEqualsIfExists: { "aws:Unheard": "x" } } })], undefined],
    [[allow({ Condition: { StringEquals: { "aws:Unheard": "x" } } })], /conditions/],
    [[allow({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })], /conditions/],
    [
      [
        allow({}),
        {
          Effect: "Deny",
          Principal: "*",
          Action: "*",
          Resource: "*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
      undefined,
    ],
    [[allow({}), { Sid: "No", Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }], /denies it \(No\)/],
    [[], /does not name/],
  ])("%j", (Statement, why) => {
    const found = refusal(JSON.stringify({ Version: "2012-10-17", Statement }), call);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(why);
  });
  test("no policy at all", () => {
    expect(refusal(undefined, call)).toMatch(/does not name/);
  });
});
