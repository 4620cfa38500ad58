import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients } from "../../src/aws/clients.ts";
import { PartialFailure } from "../../src/aws/faults.ts";
import { classifier, classify, faults, isAbsent } from "../../src/services/faults.ts";
import { callerIdentity } from "../../src/aws/preflight.ts";
import { line } from "../../src/aws/wire-error.ts";
import { FIXTURES } from "./faults.fixtures.ts";
import { SEND, WireServer } from "./wire-server.ts";

const server = new WireServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

async function failure(call: string, clients = server.clients()): Promise<unknown> {
  try {
    await SEND[call]?.(clients);
  } catch (error) {
    return error;
  }
  throw new Error(`${call} did not fail`);
}

describe("the classifier of errors, on the wire of each service", () => {
  test.each(FIXTURES)("$call $status $code $message", async (fixture) => {
    server.fail(fixture);
    const error = await failure(fixture.call);
    const fault = classify(error, { name: fixture.call, touched: new Set(fixture.touched) });
    const { text, fix, ...exact } = fixture.expect;
    expect(fault).toMatchObject(exact);
    expect(fault.text.startsWith(`${fixture.call}: `)).toBe(true);
    if (text) expect(fault.text).toMatch(text);
    if (fix) expect(fault.fix).toMatch(fix);
    expect(isAbsent(error)).toBe(fixture.expect.class === "absent");
  });

  test("a principal that nobody touched is retried for a short time only: a run that was cut may have made it", async () => {
    server.fail({
      call: "lambda:CreateFunction",
      status: 400,
      code: "InvalidParameterValueException",
      message: "The role defined for the function cannot be assumed by Lambda.",
      expect: { class: "" },
    });
    const error = await failure("lambda:CreateFunction");
    expect(classify(error, { name: "lambda:CreateFunction", touched: new Set() }).budgetMs).toBe(20_000);
    expect(
      classify(error, { name: "lambda:CreateFunction", touched: new Set(["arn:aws:iam::1:role/x"]) }).budgetMs,
    ).toBeUndefined();
  });

  test("nobody answers: the endpoint is named", async () => {
    const target = {
      region: "us-east-1",
      endpoint: "http://127.0.0.1:9",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    };
    const error = await failure(
      "glue:GetJob",
      new Clients({ target, calls: new CallLog(), faults, readOnly: false, maxAttempts: 1 }),
    );
    const fault = classifier({ endpoint: target.endpoint })(error, { name: "glue:GetJob", touched: new Set() });
    expect(fault).toMatchObject({ class: "unreachable", code: "endpoint_unreachable" });
    expect(fault.text).toContain("http://127.0.0.1:9");
  });

  test("a broken connection may have been heard", async () => {
    server.reset();
    expect(classify(await failure("glue:CreateJob"), { name: "glue:CreateJob", touched: new Set() })).toMatchObject({
      class: "ambiguous",
      code: "connection_lost",
    });
  });

  test("a web server is not AWS, and its 404 is not an absence", async () => {
    server.say(404, "<html>not here</html>");
    for (const call of ["glue:GetJob", "sts:GetCallerIdentity", "iam:GetRole"]) {
      const error = await failure(call);
      expect(classify(error, { name: call, touched: new Set() })).toMatchObject({
        class: "unreachable",
        code: "endpoint_not_aws",
      });
      expect(isAbsent(error)).toBe(false);
    }
    server.say(200, "<html>welcome</html>");
    await expect(callerIdentity(server.clients())).rejects.toMatchObject({ code: "endpoint_not_aws" });
  });

  test("entries that fail inside a 200 are classified alike", () => {
    const touched = new Set<string>();
    expect(
      classify(new PartialFailure("ConcurrentModificationException", "busy"), { name: "events:PutTargets", touched }),
    ).toMatchObject({ class: "conflict" });
    expect(
      classify(new PartialFailure("AccessDenied", "Access Denied"), { name: "s3:DeleteObjects", touched }),
    ).toMatchObject({ class: "denied" });
  });

  test("what is no error of a call is a bug", () => {
    expect(classify(new TypeError("x is undefined"), { name: "glue:GetJob", touched: new Set() })).toMatchObject({
      class: "bug",
    });
    expect(isAbsent(new TypeError("x"))).toBe(false);
  });

  test("secrets never reach the text", () => {
    const text = line(
      "bad key AKIAIOSFODNN7EXAMPLE, X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLEtoken&Signature=0123456789abcdef0123456789abcdef, secret_access_key: wJalrXUtnFEMI/K7MDENG password=hunter22\n The Canonical String for this request should have been 'GET / all of it'",
    );
    for (const secret of [
      "IOSFODNN7EXAMPLE",
      "IQoJb3JpZ2luX2Vj",
      "0123456789abcdef",
      "wJalrXUtnFEMI",
      "hunter22",
      "all of it",
    ])
      expect(text).not.toContain(secret);
    expect(text).not.toContain("\n");
  });
});
