import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients, stsClient, taggingClient } from "../../src/aws/clients.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";
import { eventsClient } from "../../src/services/events/client.ts";
import { glueClient } from "../../src/services/glue/client.ts";
import { iamClient } from "../../src/services/iam/client.ts";
import { lambdaClient } from "../../src/services/lambda/client.ts";
import { logsClient } from "../../src/services/logs/client.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { snsClient } from "../../src/services/sns/client.ts";
import type { Fixture, Protocol } from "./faults.fixtures.ts";
import { faults } from "../../src/services/faults.ts";

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  glue: "json",
  events: "json",
  logs: "json",
  dynamodb: "json",
  tagging: "rest-json",
  lambda: "rest-json",
  s3: "s3",
  iam: "query",
  sns: "query",
  sts: "query",
};

const xml = (text: string): string => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The bytes with which AWS says it: each protocol has its own place for the code. */
function wire(
  service: string,
  { status, code, message }: Pick<Fixture, "status" | "code" | "message">,
): { status: number; headers: Record<string, string>; body: string } {
  switch (PROTOCOLS[service]) {
    case "json":
      return {
        status,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify({ __type: code, message }),
      };
    case "rest-json":
      return {
        status,
        headers: { "content-type": "application/json", "x-amzn-errortype": code },
        body: JSON.stringify({ message }),
      };
    case "query":
      return {
        status,
        headers: { "content-type": "text/xml" },
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>${xml(code)}</Code><Message>${xml(message)}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      };
    default:
      return {
        status,
        headers: { "content-type": "application/xml" },
        body:
          code === ""
            ? ""
            : `<?xml version="1.0"?><Error><Code>${xml(code)}</Code><Message>${xml(message)}</Message></Error>`,
      };
  }
}

/** A fake AWS that answers every request with one error. */
export class WireServer {
  readonly #server: Server;
  #answer: { status: number; headers: Record<string, string>; body: string } | "reset" = "reset";
  constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        const answer = this.#answer;
        if (answer === "reset") request.socket.destroy();
        else {
          response.writeHead(answer.status, answer.headers);
          response.end(request.method === "HEAD" ? undefined : answer.body);
        }
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  fail(fixture: Fixture): void {
    this.#answer = wire(fixture.call.split(":")[0] ?? "", fixture);
  }

  reset(): void {
    this.#answer = "reset";
  }

  say(status: number, body: string, type = "text/html"): void {
    this.#answer = { status, headers: { "content-type": type }, body };
  }

  clients(): Clients {
    const target = {
      region: "us-east-1",
      endpoint: this.endpoint,
      credentials: { accessKeyId: "AKIATESTTESTTESTTEST", secretAccessKey: "secretsecretsecret" },
    };
    return new Clients({ target, calls: new CallLog(), faults, readOnly: false, maxAttempts: 1 });
  }
}

const bucket = { Bucket: "b" };
const ROLE = "arn:aws:iam::123456789012:role/r";
const RULE = "r";
const TOPIC = "arn:aws:sns:us-east-1:123456789012:t";
const STATEMENT = {
  FunctionName: "f",
  StatementId: "s",
  Action: "lambda:InvokeFunction",
  Principal: "s3.amazonaws.com",
};
const CREATE_TRIGGER = { Name: "t", Type: "ON_DEMAND" as const, Actions: [{ JobName: "j" }] };
const CREATE_TABLE = {
  TableName: "t",
  AttributeDefinitions: [{ AttributeName: "a", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "a", KeyType: "HASH" }],
  BillingMode: "PAY_PER_REQUEST",
} as const;

/** How each call of the fixtures is really made. */
export const SEND: Readonly<Record<string, (c: Clients) => Promise<unknown>>> = {
  "sts:GetCallerIdentity": async (c) => (await c.of(stsClient)).getCallerIdentity({}),
  "tagging:GetResources": async (c) => (await c.of(taggingClient)).getResources({}),
  "iam:GetRole": async (c) => (await c.of(iamClient)).getRole({ RoleName: "r" }),
  "iam:CreateRole": async (c) => (await c.of(iamClient)).createRole({ RoleName: "r", AssumeRolePolicyDocument: "{}" }),
  "iam:DeleteRole": async (c) => (await c.of(iamClient)).deleteRole({ RoleName: "r" }),
  "iam:PutRolePolicy": async (c) =>
    (await c.of(iamClient)).putRolePolicy({ RoleName: "r", PolicyName: "p", PolicyDocument: "{}" }),
  "iam:UpdateAssumeRolePolicy": async (c) =>
    (await c.of(iamClient)).updateAssumeRolePolicy({ RoleName: "r", PolicyDocument: "{}" }),
  "lambda:CreateFunction": async (c) =>
    (await c.of(lambdaClient)).createFunction({ FunctionName: "f", Role: ROLE, Code: { ZipFile: new Uint8Array(1) } }),
  "lambda:UpdateFunctionCode": async (c) =>
    (await c.of(lambdaClient)).updateFunctionCode({ FunctionName: "f", ZipFile: new Uint8Array(1) }),
  "lambda:UpdateFunctionConfiguration": async (c) =>
    (await c.of(lambdaClient)).updateFunctionConfiguration({ FunctionName: "f" }),
  "lambda:AddPermission": async (c) => (await c.of(lambdaClient)).addPermission(STATEMENT),
  "lambda:GetPolicy": async (c) => (await c.of(lambdaClient)).getPolicy({ FunctionName: "f" }),
  "glue:GetJob": async (c) => (await c.of(glueClient)).getJob({ JobName: "j" }),
  "glue:CreateJob": async (c) =>
    (await c.of(glueClient)).createJob({ Name: "j", Role: ROLE, Command: { Name: "glueetl" } }),
  "glue:CreateTrigger": async (c) => (await c.of(glueClient)).createTrigger(CREATE_TRIGGER),
  "glue:UpdateTrigger": async (c) => (await c.of(glueClient)).updateTrigger({ Name: "t", TriggerUpdate: {} }),
  "glue:DeleteTrigger": async (c) => (await c.of(glueClient)).deleteTrigger({ Name: "t" }),
  "glue:CreateCrawler": async (c) => (await c.of(glueClient)).createCrawler({ Name: "c", Role: "r", Targets: {} }),
  "glue:DeleteCrawler": async (c) => (await c.of(glueClient)).deleteCrawler({ Name: "c" }),
  "glue:StopTrigger": async (c) => (await c.of(glueClient)).stopTrigger({ Name: "t" }),
  "glue:StartWorkflowRun": async (c) => (await c.of(glueClient)).startWorkflowRun({ Name: "w" }),
  "dynamodb:CreateTable": async (c) =>
    (await c.of(dynamodbClient)).createTable({
      ...CREATE_TABLE,
      AttributeDefinitions: [...CREATE_TABLE.AttributeDefinitions],
      KeySchema: [...CREATE_TABLE.KeySchema],
    }),
  "dynamodb:UpdateTable": async (c) => (await c.of(dynamodbClient)).updateTable({ TableName: "t" }),
  "dynamodb:DescribeTable": async (c) => (await c.of(dynamodbClient)).describeTable({ TableName: "t" }),
  "dynamodb:UpdateTimeToLive": async (c) =>
    (await c.of(dynamodbClient)).updateTimeToLive({
      TableName: "t",
      TimeToLiveSpecification: { Enabled: true, AttributeName: "x" },
    }),
  "dynamodb:UpdateContinuousBackups": async (c) =>
    (await c.of(dynamodbClient)).updateContinuousBackups({
      TableName: "t",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  "s3:CreateBucket": async (c) => (await c.of(s3Client)).createBucket(bucket),
  "s3:DeleteBucket": async (c) => (await c.of(s3Client)).deleteBucket(bucket),
  "s3:HeadBucket": async (c) => (await c.of(s3Client)).headBucket(bucket),
  "s3:HeadObject": async (c) => (await c.of(s3Client)).headObject({ ...bucket, Key: "k" }),
  "s3:GetObject": async (c) => (await c.of(s3Client)).getObject({ ...bucket, Key: "k" }),
  "s3:PutObject": async (c) => (await c.of(s3Client)).putObject({ ...bucket, Key: "k", Body: "x", IfNoneMatch: "*" }),
  "s3:PutBucketPolicy": async (c) => (await c.of(s3Client)).putBucketPolicy({ ...bucket, Policy: "{}" }),
  "s3:GetBucketPolicy": async (c) => (await c.of(s3Client)).getBucketPolicy(bucket),
  "s3:GetBucketTagging": async (c) => (await c.of(s3Client)).getBucketTagging(bucket),
  "s3:GetBucketEncryption": async (c) => (await c.of(s3Client)).getBucketEncryption(bucket),
  "s3:GetBucketLifecycleConfiguration": async (c) => (await c.of(s3Client)).getBucketLifecycleConfiguration(bucket),
  "s3:GetPublicAccessBlock": async (c) => (await c.of(s3Client)).getPublicAccessBlock(bucket),
  "s3:GetBucketOwnershipControls": async (c) => (await c.of(s3Client)).getBucketOwnershipControls(bucket),
  "s3:PutBucketNotificationConfiguration": async (c) =>
    (await c.of(s3Client)).putBucketNotificationConfiguration({ ...bucket, NotificationConfiguration: {} }),
  "events:PutRule": async (c) => (await c.of(eventsClient)).putRule({ Name: RULE, ScheduleExpression: "rate(1 day)" }),
  "events:PutTargets": async (c) =>
    (await c.of(eventsClient)).putTargets({ Rule: RULE, Targets: [{ Id: "1", Arn: TOPIC }] }),
  "events:DeleteRule": async (c) => (await c.of(eventsClient)).deleteRule({ Name: RULE }),
  "events:ListTargetsByRule": async (c) => (await c.of(eventsClient)).listTargetsByRule({ Rule: RULE }),
  "sns:CreateTopic": async (c) => (await c.of(snsClient)).createTopic({ Name: "t" }),
  "sns:GetTopicAttributes": async (c) => (await c.of(snsClient)).getTopicAttributes({ TopicArn: TOPIC }),
  "sns:SetTopicAttributes": async (c) =>
    (await c.of(snsClient)).setTopicAttributes({ TopicArn: TOPIC, AttributeName: "Policy", AttributeValue: "{}" }),
  "sns:Unsubscribe": async (c) => (await c.of(snsClient)).unsubscribe({ SubscriptionArn: `${TOPIC}:1` }),
  "logs:CreateLogGroup": async (c) => (await c.of(logsClient)).createLogGroup({ logGroupName: "g" }),
  "logs:PutRetentionPolicy": async (c) =>
    (await c.of(logsClient)).putRetentionPolicy({ logGroupName: "g", retentionInDays: 1 }),
};
