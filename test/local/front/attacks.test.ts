import { createHmac } from "node:crypto";
import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../harness/port.ts";
import { signed, type ToSign } from "../../harness/sign.ts";
import { Door, type Answer } from "./door-harness.ts";
import { emulatorPython, startEmulator, type RunningEmulator } from "./emulator-harness.ts";
import { glueModel, KEYS } from "./harness.ts";
import { secretsOf } from "./keys.ts";

/** Ways in that the door and the emulator behind it read differently: each has let in somebody once. */
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const create = (name: string): string => `Action=CreateUser&UserName=${name}&Version=2010-05-08`;

describe.skipIf(!glueModel || !emulatorPython)("what a signature is not for (needs the runtime's Python)", () => {
  let emulator: RunningEmulator;
  let door: Door;
  let root: IAM;
  let low: ToSign["keys"];

  beforeAll(async () => {
    const port = await freePort();
    emulator = await startEmulator(`http://127.0.0.1:${port}`, { AUTH: "true", GATEWAY_PORT: String(port) });
    door = await Door.make({ port, emulatorUrl: emulator.url, secretOf: secretsOf(() => emulator) });
    const options = { endpoint: door.url, region: "us-east-1", credentials: KEYS, maxAttempts: 1 };
    root = new IAM(options);
    const s3 = new S3(options);
    await s3.createBucket({ Bucket: "patients" });
    await s3.putObject({ Bucket: "patients", Key: "a", Body: "a" });
    const UserName = "low";
    await root.createUser({ UserName });
    const Statement = [
      { Effect: "Allow", Action: ["iam:GetRole", "s3:GetObject", "lambda:GetFunction"], Resource: "*" },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await root.putUserPolicy({ UserName, PolicyName: "p", PolicyDocument });
    const { AccessKey } = await root.createAccessKey({ UserName });
    low = { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  });
  afterAll(async () => {
    await door.close();
    await emulator.close();
  });

  const nobodyNew = async (): Promise<void> => {
    const { Users = [] } = await root.listUsers({});
    expect(Users.map((one) => one.UserName)).toEqual(["low"]);
  };

  it("a link of version 2 to one object is no key to IAM, to other subresources or to another bucket", async () => {
    const expires = String(Math.floor(Date.now() / 1000) + 60);
    const link = (resource: string): string => {
      const hash = createHmac("sha1", KEYS.secretAccessKey).update(`GET\n\n\n${expires}\n${resource}`).digest("base64");
      return `AWSAccessKeyId=${KEYS.accessKeyId}&Signature=${encodeURIComponent(hash)}&Expires=${expires}`;
    };
    const get = (more: string, headers: [string, string][] = []): Promise<Answer> =>
      door.send({ path: `/patients/a?${link("/patients/a")}${more}`, headers });
    expect(await get("")).toMatchObject({ status: 200, text: "a" });
    for (const more of [
      `&${create("v2")}`,
      "&attributes",
      "&X-Amz-Acl=public-read",
      "&Expires=9",
      "&x-amz-a=1&x-amz-a=2",
    ])
      expect((await get(more)).status, more).toBeGreaterThanOrEqual(400);
    const elsewhere: [string, string][] = [["host", `patients.more.localhost:${door.port}`]];
    const other = await door.send({ path: `/a?${link("/patients.more/a")}`, headers: elsewhere });
    expect(other.status).toBe(421);
    await nobodyNew();
  });

  it("a link of version 4 with a form for its body stays a request to S3", async () => {
    for (const [method, path] of [
      ["POST", "/patients/a?uploadId=x"],
      ["PUT", "/patients/form"],
    ] as const) {
      const done = await signed({ url: `${door.url}${path}`, method, keys: KEYS, expiresIn: 60 });
      const { pathname, search } = new URL(done.url);
      const headers = Object.entries({ ...done.headers, ...FORM });
      const answer = await door.send({ method, path: pathname + search, headers, body: create("v4") });
      expect(answer.text).not.toContain("CreateUser");
    }
    const metadata = await door.knock({ path: "/latest/meta-data/iam/security-credentials/x", expiresIn: 60 });
    expect(metadata.code).toBe("NoSuchBucket");
    await nobodyNew();
  });

  it("another `Credential=` beside the one that is verified is refused", async () => {
    const ask = { service: "iam", method: "POST", path: "/", keys: low, headers: FORM, body: create("x") };
    expect((await door.knock(ask)).code).toBe("AccessDenied");
    const done = await signed({ url: `${door.url}/`, ...ask });
    const forged = "AWS4-HMAC-SHA256 XCredential=test/20260101/us-east-1/iam/aws4_request, ";
    const authorization = (done.headers["authorization"] ?? "").replace("AWS4-HMAC-SHA256 ", forged);
    const headers = Object.entries({ ...done.headers, authorization });
    expect(await door.send({ method: "POST", path: "/", headers, body: create("x") })).toMatchObject({
      code: "IncompleteSignature",
    });
    await nobodyNew();
  });

  it("an action in the query names nothing that is not asked by action, and a form is one whatever it begins with", async () => {
    const as = (service: string, method: string, path: string, more: Partial<ToSign> = {}): Promise<Answer> =>
      door.knock({ service, method, path, keys: low, ...more });
    expect(await as("s3", "GET", "/patients/a?Action=PutObject")).toMatchObject({ status: 200 });
    for (const refused of [
      as("s3", "PUT", "/patients/b?Action=GetObject", { body: "b" }),
      as("s3", "PUT", "/patients/b", { body: "Action=GetObject", headers: FORM }),
      as("s3", "PUT", "/patients/a?acl&tagging", { body: "<x/>" }),
      as("lambda", "DELETE", "/2015-03-31/functions/f?Action=GetFunction"),
      as("lambda", "POST", "/2019-09-25/functions/f/event-invoke-config", { body: "{}" }),
      as("iam", "POST", "/?Action=GetRole&RoleName=x", { body: `{&${create("brace")}`, headers: FORM }),
      as("iam", "POST", "/", { body: "Action=GetRole&RoleName=x&UserName=low", headers: FORM }),
      as("sns", "POST", "/", { body: "Action=CreateTopic&Name=a&TopicArn=arn:aws:sns:::b", headers: FORM }),
      as("iam", "POST", "/?Action=GetRole&Action=CreateUser&UserName=twice", { headers: FORM }),
    ])
      expect(await refused).toMatchObject({ status: 403 });
    await nobodyNew();
  });

  it("an operation that the path names is that operation, and its body need not be JSON", async () => {
    const path = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
    const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
    const ask = { service: "monitoring", method: "POST", path, headers, body: Buffer.from([0xa0]) };
    expect((await door.knock({ ...ask, keys: low })).text).toContain("cloudwatch:PutMetricAlarm");
    const { status, text } = await door.knock(ask);
    expect(status, text).not.toBe(403);
    expect(status, text).not.toBe(500);
  });
});

describe.skipIf(!glueModel)("a header that would take away the framing of a body", () => {
  it("is refused: the body would be a second request that nobody has signed", async () => {
    const door = await Door.make();
    const inner = `DELETE /bucket HTTP/1.1\r\nHost: ${door.host}\r\nContent-Length: 0\r\n\r\n`;
    for (const connection of ["content-length", "keep-alive, Content-Length", "authorization", "host", "x-amz-date"]) {
      const answer = await door.knock({ body: inner }, { set: { connection } });
      expect(answer, connection).toMatchObject({ status: 400, code: "BadRequest" });
    }
    for (const connection of ["close", "keep-alive, TE", ""])
      expect(await door.knock({}, { set: { connection } })).toMatchObject({ status: 200 });
    expect(door.whole.map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
    await door.close();
  });
});
