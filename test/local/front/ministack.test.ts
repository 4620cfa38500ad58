import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import {
  CreateJobCommand,
  GetJobRunCommand,
  GlueClient,
  StartJobRunCommand,
  UpdateJobCommand,
} from "@aws-sdk/client-glue";
import {
  CreateRoleCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateLogGroupCommand, CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetResourcesCommand,
  GetTagKeysCommand,
  GetTagValuesCommand,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from "@aws-sdk/client-resource-groups-tagging-api";
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Upload } from "@aws-sdk/lib-storage";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listeningPorts } from "../../harness/listening.ts";
import { lives, until } from "../../harness/lives.ts";
import { freePort } from "../../harness/port.ts";
import { emulatorPython, startEmulator, type RunningEmulator } from "./emulator-harness.ts";
import { frontHarness, glueModel, KEYS, settle, type FrontHarness } from "./harness.ts";
import { SECRET, secretsOf } from "./keys.ts";

const ACCOUNT = "123456789012";

describe.skipIf(!glueModel || !emulatorPython)("front before MiniStack (needs the runtime's Python)", () => {
  let emulator: RunningEmulator;
  let h: FrontHarness;
  let options: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  let s3: S3Client;
  let iam: IAMClient;
  let tagging: ResourceGroupsTaggingAPIClient;
  const trust = (service: string): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
    });

  beforeAll(async () => {
    const port = await freePort();
    emulator = await startEmulator(`http://127.0.0.1:${port}`, { AUTH: "true" });
    h = await frontHarness({
      port,
      emulatorUrl: emulator.url,
      secretOf: secretsOf(() => emulator),
      authorize: async (accessKeyId, action, resources, context = {}) => {
        const { denied } = await emulator.hook("denial", { accessKeyId, action, resources, context });
        return typeof denied === "string" ? denied : undefined;
      },
    });
    options = {
      endpoint: h.front.url,
      region: "us-east-1",
      credentials: KEYS,
      maxAttempts: 1,
    };
    s3 = new S3Client(options);
    iam = new IAMClient(options);
    tagging = new ResourceGroupsTaggingAPIClient(options);
  });
  afterAll(async () => {
    await h.close();
    await emulator.close();
  });

  it.skipIf(process.platform !== "linux")("has no port: it listens on a socket file that is its user's alone", () => {
    expect(listeningPorts(emulator.pid)).toEqual([]);
    expect(listeningPorts(process.pid)).toContain(h.front.port);
    const file = emulator.url.slice("unix:".length);
    expect(statSync(file).isSocket()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("passes S3 on: checksums, awkward keys, multipart", async () => {
    await s3.send(new CreateBucketCommand({ Bucket: "pass" }));
    const Body = randomBytes(300_000);
    await s3.send(new PutObjectCommand({ Bucket: "pass", Key: "a b/ü+&=?#.json", Body, Metadata: { x: "y" } }));
    const got = await s3.send(
      new GetObjectCommand({ Bucket: "pass", Key: "a b/ü+&=?#.json", ChecksumMode: "ENABLED" }),
    );
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true);
    const parts = randomBytes(11 * 1024 * 1024);
    await new Upload({
      client: s3,
      params: { Bucket: "pass", Key: "big", Body: parts },
      partSize: 5 * 1024 * 1024,
    }).done();
    expect((await s3.send(new HeadObjectCommand({ Bucket: "pass", Key: "big" }))).ContentLength).toBe(parts.length);
  });

  it("finds resources of all services by tag, and sees every change at once", async () => {
    const Tags = { "metriccare:owner": "metriccare/dev", Project: "metriccare" };
    const pairs = Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
    await s3.send(new CreateBucketCommand({ Bucket: "tagged" }));
    await s3.send(new CreateBucketCommand({ Bucket: "bare" }));
    await s3.send(
      new PutBucketTaggingCommand({
        Bucket: "tagged",
        Tagging: { TagSet: [...pairs, { Key: "odd", Value: `<&"'ü>` }] },
      }),
    );
    const dynamodb = new DynamoDBClient(options);
    const table = {
      TableName: "ledger",
      KeySchema: [{ AttributeName: "k", KeyType: "HASH" as const }],
      AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" as const }],
      BillingMode: "PAY_PER_REQUEST" as const,
    };
    await dynamodb.send(new CreateTableCommand({ ...table, Tags: pairs }));
    await new SNSClient(options).send(new CreateTopicCommand({ Name: "alerts", Tags: pairs }));
    await new EventBridgeClient(options).send(
      new PutRuleCommand({ Name: "rule", ScheduleExpression: "rate(1 hour)", Tags: pairs }),
    );
    await new CloudWatchLogsClient(options).send(new CreateLogGroupCommand({ logGroupName: "/own/group", tags: Tags }));
    await iam.send(
      new CreateRoleCommand({ RoleName: "glue", AssumeRolePolicyDocument: trust("glue.amazonaws.com"), Tags: pairs }),
    );
    await h.glue.send(
      new CreateJobCommand({
        Name: "job",
        Role: "glue",
        Command: { Name: "glueetl", ScriptLocation: "s3://s/j.py" },
        Tags,
      }),
    );
    const find = async (input: object = {}): Promise<string[]> => {
      const found: string[] = [];
      let PaginationToken: string | undefined;
      do {
        const page = await tagging.send(
          new GetResourcesCommand({
            TagFilters: [{ Key: "metriccare:owner", Values: ["metriccare/dev", "other"] }],
            ResourcesPerPage: 2,
            PaginationToken,
            ...input,
          }),
        );
        found.push(
          ...(page.ResourceTagMappingList ?? []).map((one) => one.ResourceARN?.replace(/^arn:aws:/, "") ?? ""),
        );
        PaginationToken = page.PaginationToken;
      } while (PaginationToken);
      return found;
    };
    const place = `us-east-1:${ACCOUNT}`;
    const all = [
      `dynamodb:${place}:table/ledger`,
      `events:${place}:rule/rule`,
      `glue:${place}:job/job`,
      `logs:${place}:log-group:/own/group`,
      "s3:::tagged",
      `sns:${place}:alerts`,
    ];
    expect(await find()).toEqual(all);
    expect(await find({ ResourceTypeFilters: ["s3", "glue:job", "lambda:function"] })).toEqual([
      `glue:${place}:job/job`,
      "s3:::tagged",
    ]);
    expect(await find({ TagFilters: [{ Key: "odd" }] })).toEqual(["s3:::tagged"]);
    expect(await find({ TagFilters: [{ Key: "odd" }, { Key: "Project", Values: ["nobody"] }] })).toEqual([]);
    const ResourceARNList = all.map((arn) => `arn:aws:${arn}`);
    expect(
      (
        await tagging.send(
          new TagResourcesCommand({
            ResourceARNList: [...ResourceARNList, `arn:aws:glue:${place}:job/nobody`],
            Tags: { fresh: "1" },
          }),
        )
      ).FailedResourcesMap,
    ).toMatchObject({ [`arn:aws:glue:${place}:job/nobody`]: { ErrorCode: "EntityNotFoundException" } });
    expect(await find({ TagFilters: [{ Key: "fresh", Values: ["1"] }, { Key: "Project" }] })).toEqual(all);
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket: "tagged" }))).TagSet).toContainEqual({
      Key: "odd",
      Value: `<&"'ü>`,
    });
    await tagging.send(new UntagResourcesCommand({ ResourceARNList, TagKeys: ["fresh"] }));
    expect(await find({ TagFilters: [{ Key: "fresh" }] })).toEqual([]);
    expect((await tagging.send(new GetTagKeysCommand({}))).TagKeys).toEqual(["Project", "metriccare:owner", "odd"]);
    expect((await tagging.send(new GetTagValuesCommand({ Key: "Project" }))).TagValues).toEqual(["metriccare"]);
    for (let i = 0; i < 5; i += 1) {
      await dynamodb.send(new DeleteTableCommand({ TableName: "ledger" }));
      expect(await find({ ResourceTypeFilters: ["dynamodb:table"] })).toEqual([]);
      await dynamodb.send(new CreateTableCommand({ ...table, Tags: pairs }));
      expect(await find({ ResourceTypeFilters: ["dynamodb:table"] })).toEqual([`dynamodb:${place}:table/ledger`]);
    }
  });

  it("lets in keys minted here, by answers that pass and by asking the emulator", async () => {
    await iam.send(
      new CreateRoleCommand({
        RoleName: "work",
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "sts:AssumeRole" },
          ],
        }),
      }),
    );
    const assume = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/work`, RoleSessionName: "s" });
    const behind = { endpoint: "http://127.0.0.1", requestHandler: { httpAgent: emulator.agent } };
    const use = async (from: object): Promise<string | undefined> => {
      const { Credentials: c } = await new STSClient({ ...options, ...from }).send(assume);
      const credentials = {
        accessKeyId: c?.AccessKeyId ?? "",
        secretAccessKey: c?.SecretAccessKey ?? "",
        sessionToken: c?.SessionToken ?? "",
      };
      expect(credentials.accessKeyId).toMatch(/^ASIA/);
      return (await new STSClient({ ...options, credentials }).send(new GetCallerIdentityCommand({}))).Arn;
    };
    expect(await use({})).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/work/s`);
    expect(await use(behind)).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/work/s`);
    await iam.send(new CreateUserCommand({ UserName: "u" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "u" }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    expect((await new STSClient({ ...options, credentials }).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      `arn:aws:iam::${ACCOUNT}:user/u`,
    );
    const stranger = new STSClient({
      ...options,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" },
    });
    await expect(stranger.send(new GetCallerIdentityCommand({}))).rejects.toThrow(
      "looks like one of a real AWS account",
    );
  });

  it("a handler with its role's own key reaches Glue", async () => {
    await iam.send(new CreateRoleCommand({ RoleName: "fn", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") }));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "glue:GetJob", Resource: "*" },
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: "fn", PolicyName: "p", PolicyDocument }));
    const code =
      "import boto3\ndef handler(event, context):\n    name = boto3.client('glue').get_job(JobName='job')['Job']['Name']\n    return name + boto3.client('sts').get_caller_identity()['Arn']\n";
    const lambda = new LambdaClient(options);
    const ZipFile = zipSync({ "code.py": new TextEncoder().encode(code) });
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "f",
        Runtime: "python3.12",
        Handler: "code.handler",
        Role: `arn:aws:iam::${ACCOUNT}:role/fn`,
        Timeout: 30,
        Code: { ZipFile },
      }),
    );
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "f" }));
    expect(Buffer.from(Payload ?? []).toString()).toMatch(/^"jobarn:aws:sts::123456789012:assumed-role\/fn\//);
  });

  it.skipIf(process.platform !== "linux")("what a function left behind ends with its process", async () => {
    const code = `import os, subprocess, sys, time
def handler(event, context):
    if event.get("hang"):
        time.sleep(600)
    if event.get("env"):
        return list(os.environ.values())
    code = "import os, time\\nprint(os.getpid(), flush=True)\\nos.closerange(0, 256)\\ntime.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True, env={})
    return [os.getpid(), int(child.stdout.readline())]
`;
    const lambda = new LambdaClient(options);
    const ZipFile = zipSync({ "code.py": new TextEncoder().encode(code) });
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "leaves",
        Runtime: "python3.12",
        Handler: "code.handler",
        Role: `arn:aws:iam::${ACCOUNT}:role/fn`,
        Timeout: 1,
        Code: { ZipFile },
      }),
    );
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "leaves", Payload: "{}" }));
    const [worker = 0, child = 0] = JSON.parse(Buffer.from(Payload ?? []).toString()) as number[];
    expect([lives(worker), lives(child)]).toEqual([true, true]);
    // Its environment holds its own keys, not those of the root or of the front.
    const own = await lambda.send(
      new InvokeCommand({ FunctionName: "leaves", Payload: JSON.stringify({ env: true }) }),
    );
    const values = JSON.parse(Buffer.from(own.Payload ?? []).toString()) as string[];
    expect(values.some((value) => value.startsWith("ASIA"))).toBe(true);
    for (const secret of [SECRET, KEYS.secretAccessKey, KEYS.accessKeyId]) expect(values).not.toContain(secret);
    // The time-out ends the process.
    await lambda.send(new InvokeCommand({ FunctionName: "leaves", Payload: JSON.stringify({ hang: true }) }));
    await until(() => !lives(child) && !lives(worker));
    // Others live on.
    const again = await lambda.send(new InvokeCommand({ FunctionName: "f" }));
    expect(Buffer.from(again.Payload ?? []).toString()).toMatch(/^"job/);
  });

  it("Glue gets a role from a caller only with iam:PassRole for Glue", async () => {
    const UserName = "passer";
    await iam.send(new CreateUserCommand({ UserName }));
    const allow = (...Statement: object[]): Promise<unknown> =>
      iam.send(
        new PutUserPolicyCommand({
          UserName,
          PolicyName: "p",
          PolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: Statement.map((one) => ({ Effect: "Allow", Resource: "*", ...one })),
          }),
        }),
      );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const glue = new GlueClient({ ...options, credentials });
    const Command = { Name: "glueetl", ScriptLocation: "s3://s/j.py" };
    const make = (): Promise<unknown> => glue.send(new CreateJobCommand({ Name: "passed", Role: "glue", Command }));
    const change = (): Promise<unknown> =>
      glue.send(new UpdateJobCommand({ JobName: "passed", JobUpdate: { Role: "glue", Command } }));
    const pass = (service: string): object => ({
      Action: "iam:PassRole",
      Condition: { StringEquals: { "iam:PassedToService": `${service}.amazonaws.com` } },
    });
    const text = `not authorized to perform: iam:PassRole on resource: arn:aws:iam::${ACCOUNT}:role/glue`;
    await allow({ Action: "glue:*" });
    await expect(make()).rejects.toThrow(text);
    await allow({ Action: "glue:*" }, pass("lambda"));
    await expect(make()).rejects.toThrow(text);
    await allow({ Action: "glue:*" }, pass("glue"));
    await make();
    await change();
    await allow({ Action: "glue:*" });
    await expect(change()).rejects.toThrow(text);
    await glue.send(new StartJobRunCommand({ JobName: "passed" }));
  });

  it("a job whose role does not trust Glue fails when it runs, in AWS's words", async () => {
    h.runner.auto = () => "SUCCEEDED";
    const run = async (Name: string, Role: string): Promise<string> => {
      await h.glue.send(
        new CreateJobCommand({ Name, Role, Command: { Name: "glueetl", ScriptLocation: "s3://s/j.py" } }),
      );
      const { JobRunId } = await h.glue.send(new StartJobRunCommand({ JobName: Name }));
      for (;;) {
        await settle();
        const { JobRun } = await h.glue.send(new GetJobRunCommand({ JobName: Name, RunId: JobRunId }));
        if (JobRun?.CompletedOn)
          return `${JobRun.JobRunState} ${JobRun.ErrorMessage?.replace(JobRunId ?? "", "ID") ?? ""}`;
      }
    };
    const refused = (name: string, role: string): string =>
      `FAILED JobName:${name} and JobRunId:ID failed to execute with exception Role arn:aws:iam::${ACCOUNT}:role/${role} should be given assume role permissions for Glue Service.`;
    expect(await run("good", "glue")).toBe("SUCCEEDED ");
    expect(await run("wrong", `arn:aws:iam::${ACCOUNT}:role/fn`)).toBe(refused("wrong", "fn"));
    expect(await run("missing", "nobody")).toBe(refused("missing", "nobody"));
  });

  // Last: it ends the emulator.
  it.skipIf(process.platform !== "linux")("nothing of a function is left when the emulator ends", async () => {
    const { Payload } = await new LambdaClient(options).send(
      new InvokeCommand({ FunctionName: "leaves", Payload: "{}" }),
    );
    const left = JSON.parse(Buffer.from(Payload ?? []).toString()) as number[];
    expect(left.filter(lives)).toHaveLength(2);
    await emulator.stop();
    expect(left.filter(lives)).toEqual([]);
  });
});
