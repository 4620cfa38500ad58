import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { IAM } from "@aws-sdk/client-iam";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { SQS } from "@aws-sdk/client-sqs";
import { STS } from "@aws-sdk/client-sts";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emulatorPython, startEmulator, type RunningEmulator } from "./emulator-harness.ts";

/** The emulator's IAM as the launcher mends it: what AWS refuses is refused, what AWS allows is allowed. */

const ACCOUNT = "123456789012";
const arn = (what: string): string => `arn:aws:iam::${ACCOUNT}:${what}`;
const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
const tableArn = (name: string): string => `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${name}`;
const BOUNDARY = arn("policy/edge");
const OTHER = arn("policy/wide");

interface Statement {
  Effect?: "Allow" | "Deny";
  Action: string | string[];
  Resource?: string | string[];
  Condition?: object;
}
const policy = (...statements: Statement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((one) => ({ Effect: "Allow", Resource: "*", ...one })),
  });
const trust = (service: string, Condition?: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", Condition }],
  });
const DENIED = { name: "AccessDenied" };

describe.skipIf(!emulatorPython)("the emulator's IAM", () => {
  let emulator: RunningEmulator;
  let root: IAM;
  let users = 0;
  const place = () => ({
    endpoint: "http://127.0.0.1",
    region: "us-east-1",
    maxAttempts: 1,
    requestHandler: { httpAgent: emulator.agent },
  });

  /** Clients of a new user with this policy, and this boundary if any. */
  const user = async (document: string, PermissionsBoundary?: string) => {
    const UserName = `user-${(users += 1)}`;
    await root.createUser({ UserName, PermissionsBoundary });
    await root.putUserPolicy({ UserName, PolicyName: "p", PolicyDocument: document });
    const { AccessKey } = await root.createAccessKey({ UserName });
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const o = { ...place(), credentials };
    return { iam: new IAM(o), lambda: new Lambda(o), events: new EventBridge(o), s3: new S3(o), credentials, UserName };
  };
  const role = async (RoleName: string, service: string, more: object = {}, condition?: object): Promise<string> => {
    await root.createRole({ RoleName, AssumeRolePolicyDocument: trust(service, condition), ...more });
    return arn(`role/${RoleName}`);
  };

  beforeAll(async () => {
    emulator = await startEmulator("http://127.0.0.1:9", { AUTH: "true" });
    root = new IAM({ ...place(), credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    for (const PolicyName of ["edge", "wide"])
      await root.createPolicy({ PolicyName, PolicyDocument: policy({ Action: "s3:*" }) });
  });
  afterAll(() => emulator?.close());

  it("knows the boundary that a request asks for, and the one that a role has", async () => {
    const withEdge = { StringEquals: { "iam:PermissionsBoundary": BOUNDARY } };
    const { iam } = await user(policy({ Action: "iam:*", Condition: withEdge }, { Action: "iam:GetPolicy" }));
    const AssumeRolePolicyDocument = trust("glue.amazonaws.com");
    await expect(iam.createRole({ RoleName: "a", AssumeRolePolicyDocument })).rejects.toMatchObject(DENIED);
    const made = { RoleName: "a", AssumeRolePolicyDocument };
    await expect(iam.createRole({ ...made, PermissionsBoundary: OTHER })).rejects.toMatchObject(DENIED);
    await iam.createRole({ ...made, PermissionsBoundary: BOUNDARY });
    await role("bare", "glue.amazonaws.com");
    const change = (RoleName: string): (() => Promise<unknown>)[] => [
      () => iam.putRolePolicy({ RoleName, PolicyName: "p", PolicyDocument: policy({ Action: "s3:*" }) }),
      () => iam.deleteRolePolicy({ RoleName, PolicyName: "p" }),
      () => iam.attachRolePolicy({ RoleName, PolicyArn: BOUNDARY }),
      () => iam.detachRolePolicy({ RoleName, PolicyArn: BOUNDARY }),
      () => iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: AssumeRolePolicyDocument }),
      () => iam.updateRole({ RoleName, Description: "d" }),
      () => iam.deleteRole({ RoleName }),
    ];
    for (const call of change("bare")) await expect(call()).rejects.toMatchObject(DENIED);
    // The one that is put counts, not the one that is there.
    const put = (RoleName: string, PermissionsBoundary: string) =>
      iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary });
    await expect(put("a", OTHER)).rejects.toMatchObject(DENIED);
    await put("bare", BOUNDARY);
    for (const call of change("bare")) await call();
    await iam.deleteRolePermissionsBoundary({ RoleName: "a" });
    await expect(iam.deleteRole({ RoleName: "a" })).rejects.toMatchObject(DENIED);
  });

  it("knows the policy that is attached", async () => {
    const { iam } = await user(
      policy({
        Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
        Condition: { ArnEquals: { "iam:PolicyARN": BOUNDARY } },
      }),
    );
    await role("attached", "glue.amazonaws.com");
    const to = { RoleName: "attached" };
    const admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    await expect(iam.attachRolePolicy({ ...to, PolicyArn: admin })).rejects.toMatchObject(DENIED);
    await iam.attachRolePolicy({ ...to, PolicyArn: BOUNDARY });
    await iam.detachRolePolicy({ ...to, PolicyArn: BOUNDARY });
  });

  it("a key that is absent satisfies no condition but the negated and the optional ones", async () => {
    const key = { "iam:PermissionsBoundary": BOUNDARY };
    const rows: [object, boolean][] = [
      [{ StringEquals: key }, false],
      [{ StringLike: { "iam:PermissionsBoundary": "*" } }, false],
      [{ ArnLike: { "iam:PermissionsBoundary": "*" } }, false],
      [{ "ForAnyValue:StringEquals": key }, false],
      [{ Null: { "iam:PermissionsBoundary": "false" } }, false],
      [{ StringNotEquals: key }, true],
      [{ ArnNotEquals: key }, true],
      [{ StringEqualsIfExists: key }, true],
      [{ "ForAllValues:StringEquals": key }, true],
      [{ Null: { "iam:PermissionsBoundary": "true" } }, true],
    ];
    await role("absent", "glue.amazonaws.com");
    for (const [Condition, allowed] of rows) {
      const { iam } = await user(policy({ Action: "iam:GetRole", Condition }));
      const got = await iam.getRole({ RoleName: "absent" }).then(
        () => true,
        () => false,
      );
      expect(got, JSON.stringify(Condition)).toBe(allowed);
    }
  });

  it("matches ARNs in conditions part by part, and fills in policy variables", async () => {
    const wide = await user(
      policy({ Action: "iam:AttachRolePolicy", Condition: { ArnLike: { "iam:PolicyARN": "arn:aws:*:policy/edge" } } }),
    );
    await role("parts", "glue.amazonaws.com");
    const edge = { RoleName: "parts", PolicyArn: BOUNDARY };
    await expect(wide.iam.attachRolePolicy(edge)).rejects.toMatchObject(DENIED);
    const { iam, UserName } = await user(
      policy({ Action: "iam:GetUser", Resource: "arn:aws:iam::*:user/${aws:username}" }),
    );
    await iam.getUser({ UserName });
    await expect(iam.getUser({ UserName: "user-1" })).rejects.toMatchObject(DENIED);
  });

  it("refuses a role to a service without iam:PassRole, in AWS's words", async () => {
    const forLambda = await role("for-lambda", "lambda.amazonaws.com");
    const forEvents = await role("for-events", "events.amazonaws.com");
    const to = (service: string): object => ({ StringEquals: { "iam:PassedToService": `${service}.amazonaws.com` } });
    const code = { ZipFile: zipSync({ "code.py": new TextEncoder().encode("def handler(e, c):\n    return 1\n") }) };
    const fn = { FunctionName: "f", Runtime: "python3.12" as const, Handler: "code.handler", Code: code };
    const rights = { Action: ["lambda:*", "events:*"] };
    const text = (on: string): string =>
      `is not authorized to perform: iam:PassRole on resource: ${on} because no identity-based policy allows the iam:PassRole action`;

    const none = await user(policy(rights));
    await expect(none.lambda.createFunction({ ...fn, Role: forLambda })).rejects.toThrow(text(forLambda));
    const wrong = await user(policy(rights, { Action: "iam:PassRole", Condition: to("glue") }));
    await expect(wrong.lambda.createFunction({ ...fn, Role: forLambda })).rejects.toThrow(text(forLambda));
    const right = await user(policy(rights, { Action: "iam:PassRole", Resource: forLambda, Condition: to("lambda") }));
    await right.lambda.createFunction({ ...fn, Role: forLambda });
    await none.lambda.updateFunctionConfiguration({ FunctionName: "f", Timeout: 7 });
    const change = { FunctionName: "f", Role: forLambda };
    await expect(none.lambda.updateFunctionConfiguration(change)).rejects.toThrow(text(forLambda));
    await right.lambda.updateFunctionConfiguration(change);

    await right.events.putRule({ Name: "r", ScheduleExpression: "rate(1 hour)" });
    const Targets = [{ Id: "t", Arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f` }];
    await right.events.putTargets({ Rule: "r", Targets });
    const passing = Targets.map((one) => ({ ...one, RoleArn: forEvents }));
    await expect(right.events.putTargets({ Rule: "r", Targets: passing })).rejects.toThrow(text(forEvents));
  });

  it("Lambda and Glue assume a role only where its trust policy lets them, conditions included", async () => {
    const ours = { StringEquals: { "aws:SourceAccount": ACCOUNT } };
    const fn = { Runtime: "python3.12" as const, Handler: "code.handler" };
    const Code = { ZipFile: zipSync({ "code.py": new TextEncoder().encode("def handler(e, c):\n    return 1\n") }) };
    const lambda = new Lambda({ ...place(), credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const make = (FunctionName: string, Role: string): Promise<unknown> =>
      lambda.createFunction({ ...fn, Code, FunctionName, Role });
    await make("own", await role("own", "lambda.amazonaws.com", {}, ours));
    const cannot = { message: "The role defined for the function cannot be assumed by Lambda." };
    const foreign = { StringEquals: { "aws:SourceAccount": "999999999999" } };
    const other = await role("foreign", "lambda.amazonaws.com", {}, foreign);
    await expect(make("foreign", other)).rejects.toMatchObject(cannot);
    await expect(make("foreign", await role("of-glue", "glue.amazonaws.com"))).rejects.toMatchObject(cannot);

    const job = `arn:aws:glue:us-east-1:${ACCOUNT}:job/j`;
    const of = async (RoleName: string, condition?: object): Promise<Record<string, unknown>> =>
      emulator.hook("role", {
        roleArn: await role(RoleName, "glue.amazonaws.com", {}, condition),
        seconds: 60,
        source: job,
      });
    expect(await of("glue-own", ours)).toHaveProperty("secretAccessKey");
    expect(await of("glue-arn", { ArnLike: { "aws:SourceArn": job.replace("job/j", "job/*") } })).toHaveProperty(
      "secretAccessKey",
    );
    expect(await of("glue-foreign", foreign)).toHaveProperty("refused");
    expect(await of("glue-other", { ArnLike: { "aws:SourceArn": `${job}-other` } })).toHaveProperty("refused");
  });

  it("the boundary of a user narrows what he may, in a simulation too", async () => {
    const { s3, UserName } = await user(policy({ Action: ["iam:*", "s3:*", "lambda:*"] }), BOUNDARY);
    await s3.listBuckets({});
    const simulated = await root.simulatePrincipalPolicy({
      PolicySourceArn: arn(`user/${UserName}`),
      ActionNames: ["s3:GetObject", "lambda:GetFunction"],
    });
    expect(simulated.EvaluationResults?.map((one) => one.EvalDecision)).toEqual(["allowed", "implicitDeny"]);
  });

  it("holds the actions of policies to the policies that they name", async () => {
    const { iam } = await user(policy({ Action: "iam:*", Resource: arn("policy/mine-*") }));
    const PolicyDocument = policy({ Action: "s3:*" });
    await iam.createPolicy({ PolicyName: "mine-1", PolicyDocument });
    await expect(iam.createPolicy({ PolicyName: "yours", PolicyDocument })).rejects.toMatchObject(DENIED);
    const mine = { PolicyArn: arn("policy/mine-1") };
    await iam.createPolicyVersion({ ...mine, PolicyDocument });
    await iam.setDefaultPolicyVersion({ ...mine, VersionId: "v2" });
    expect((await iam.getPolicy(mine)).Policy?.DefaultVersionId).toBe("v2");
    await iam.deletePolicyVersion({ ...mine, VersionId: "v1" });
    await iam.deletePolicy(mine);
    const edge = { PolicyArn: BOUNDARY };
    const refused = [
      () => iam.createPolicyVersion({ ...edge, PolicyDocument }),
      () => iam.setDefaultPolicyVersion({ ...edge, VersionId: "v1" }),
      () => iam.deletePolicyVersion({ ...edge, VersionId: "v1" }),
      () => iam.deletePolicy(edge),
    ];
    for (const call of refused) await expect(call()).rejects.toMatchObject(DENIED);
  });

  it("attaches no policy that AWS does not know", async () => {
    await role("unknown", "glue.amazonaws.com");
    const PolicyArn = "arn:aws:iam::aws:policy/AWSGlueServiceRole";
    await expect(root.attachRolePolicy({ RoleName: "unknown", PolicyArn })).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: `Policy ${PolicyArn} does not exist or is not attachable.`,
    });
    const AWS = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
    await root.attachRolePolicy({ RoleName: "unknown", PolicyArn: AWS });
  });

  it("a batch is the action of its parts, on the queue that its URL names", async () => {
    const queue = `arn:aws:sqs:us-east-1:${ACCOUNT}:mine`;
    const { credentials } = await user(
      policy(
        { Action: ["sqs:CreateQueue", "sqs:TagQueue"] },
        { Action: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource: queue },
      ),
    );
    const sqs = new SQS({ ...place(), credentials, useQueueUrlAsEndpoint: false });
    const QueueUrl = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/mine`;
    await sqs.createQueue({ QueueName: "mine", tags: { a: "b" } });
    await sqs.createQueue({ QueueName: "other" });
    const Entries = [{ Id: "1", MessageBody: "{}" }];
    expect((await sqs.sendMessageBatch({ QueueUrl, Entries })).Failed ?? []).toEqual([]);
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl });
    const gone = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    expect((await sqs.deleteMessageBatch({ QueueUrl, Entries: gone })).Successful).toHaveLength(1);
    const other = QueueUrl.replace("mine", "other");
    await expect(sqs.sendMessageBatch({ QueueUrl: other, Entries })).rejects.toThrow(
      /not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-east-1:123456789012:other/,
    );
    await expect(sqs.getQueueAttributes({ QueueUrl })).rejects.toThrow(/sqs:GetQueueAttributes/);
  });

  it("refuses a queue or a table that is named in two ways, of which it would check the one and use the other", async () => {
    const own = { Action: ["sqs:*", "dynamodb:*"], Resource: [queueArn("own"), tableArn("own")] };
    const { credentials } = await user(policy(own));
    const sqs = new SQS({ ...place(), credentials, useQueueUrlAsEndpoint: false });
    const keys = { accessKeyId: "test", secretAccessKey: "test" };
    const all = new SQS({ ...place(), credentials: keys, useQueueUrlAsEndpoint: false });
    for (const QueueName of ["own", "other"]) await all.createQueue({ QueueName });
    const url = (name: string): string => `http://127.0.0.1/${ACCOUNT}/${name}`;
    await all.sendMessage({ QueueUrl: url("other"), MessageBody: "theirs" });
    expect((await sqs.receiveMessage({ QueueUrl: url("own") })).Messages ?? []).toEqual([]);
    for (const more of ["other?x=/own", "other#/own", "other/own", "../other", "other"])
      await expect(sqs.receiveMessage({ QueueUrl: url(more) }), more).rejects.toMatchObject(DENIED);
    const tables = new DynamoDB({ ...place(), credentials });
    tables.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: Uint8Array | string; headers: Record<string, string> };
        request.body = Buffer.from(request.body).toString("utf8").replace("{", '{"TableName":"own",');
        request.headers["content-length"] = String(request.body.length);
        return next(args);
      },
      { step: "build", priority: "low", name: "named-twice" },
    );
    const RequestItems = { other: { Keys: [{ k: { S: "a" } }] } };
    await expect(tables.batchGetItem({ RequestItems })).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("refuses a request that says one thing in its address and another in its body", async () => {
    const { credentials, iam } = await user(policy({ Action: "iam:GetRole" }));
    await role("victim", "glue.amazonaws.com");
    const send = async (query: string, body: string, headers: Record<string, string>): Promise<number> => {
      iam.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as { query: object; body: string; headers: Record<string, string> };
          request.query = Object.fromEntries(new URLSearchParams(query));
          request.body = body;
          Object.assign(request.headers, headers, { "content-length": String(body.length) });
          return next(args);
        },
        { step: "build", name: "twist", override: true },
      );
      return iam.getRole({ RoleName: "victim" }).then(
        () => 200,
        (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode,
      );
    };
    expect(credentials.accessKeyId).toMatch(/^AKIA/);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const get = "Action=GetRole&Version=2010-05-08&RoleName=victim";
    const attach = `Action=AttachRolePolicy&Version=2010-05-08&RoleName=victim&PolicyArn=${encodeURIComponent(BOUNDARY)}`;
    expect(await send("", get, form)).toBe(200);
    expect(await send(get, attach, form)).toBe(403);
    expect(await send(get, attach, { "content-type": "text/plain" })).toBe(403);
    const json = JSON.stringify({ RoleName: "victim", PolicyArn: BOUNDARY });
    const target = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "IAMService.AttachRolePolicy" };
    expect(await send(get, json, target)).toBe(403);
    const attached = await root.listAttachedRolePolicies({ RoleName: "victim" });
    expect(attached.AttachedPolicies).toEqual([]);
  });

  it("asks for the action of a path that has a line's end in it too", async () => {
    const { lambda } = await user(policy({ Action: "lambda:Update*" }));
    await expect(lambda.putFunctionEventInvokeConfig({ FunctionName: "a\nb" })).rejects.toThrow(
      /not authorized to perform: lambda:PutFunctionEventInvokeConfig/,
    );
  });

  it("lets nobody assume a role that trusts a service alone, the account's root neither", async () => {
    const sts = new STS({ ...place(), credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const assume = (RoleArn: string): Promise<unknown> => sts.assumeRole({ RoleArn, RoleSessionName: "s" });
    const refused = assume(await role("glue-alone", "glue.amazonaws.com"));
    await expect(refused).rejects.toThrow(/is not authorized to perform: sts:AssumeRole on resource: .*glue-alone/);
    const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root`, Service: "glue.amazonaws.com" };
    const Statement = [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }];
    await root.createRole({ RoleName: "both", AssumeRolePolicyDocument: JSON.stringify({ Statement }) });
    await assume(arn("role/both"));
  });
});
