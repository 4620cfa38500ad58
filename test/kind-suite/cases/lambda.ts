import type { UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import { lambdaFunction } from "../../../src/services/lambda/function.ts";
import { sha256Base64 } from "../../../src/services/s3/content.ts";
import { zipFiles } from "../../../src/services/s3/zip.ts";
import type { KindCase } from "../case.ts";
import { remember } from "../content.ts";
import { trustOf } from "./iam.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { lambdaClient } from "../../../src/services/lambda/client.ts";
import { iamClient } from "../../../src/services/iam/client.ts";
import { snsArn } from "../../../src/services/sns/arn.ts";
import { lambdaArn } from "../../../src/services/lambda/arn.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";

const zips = ["return 1", "return 2", "return event"].map((body) =>
  zipFiles({ "handler.py": new TextEncoder().encode(`def main(event, context):\n    ${body}\n`) }),
);

/** The code's hash, its bytes made known. */
function code(index: number): string {
  const zip = zips[index] ?? new Uint8Array();
  remember(zip);
  return sha256Base64(zip);
}

const roleOf = (name: string): string => `${name}_role`;
const other = (name: string): string => `${name}_other`;
const permission = (ctx: AwsContext, bucket: string): FunctionProps["permissions"][string] => ({
  principal: "s3.amazonaws.com",
  sourceArn: `arn:aws:s3:::${bucket}`,
  sourceAccount: ctx.account,
});

function base(ctx: AwsContext, name: string): FunctionProps {
  return {
    runtime: "python3.12",
    handler: "handler.main",
    roleArn: iamArn.role(ctx, roleOf(name)),
    description: "Starts the workflow",
    timeoutSeconds: 60,
    memoryMb: 256,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    environment: { GLUE_WORKFLOW_NAME: "etl" },
    kmsKey: null,
    codeSha256: code(0),
    codeS3: null,
    logGroup: `/aws/lambda/${name}`,
    logFormat: "Text",
    tracing: "PassThrough",
    reservedConcurrency: null,
    onFailureArn: null,
    retryAttempts: 2,
    maxEventAgeSeconds: 21_600,
    permissions: { raw: permission(ctx, "raw") },
  };
}

type Config = Omit<UpdateFunctionConfigurationRequest, "FunctionName">;

export const configure =
  (config: Config) =>
  async (ctx: AwsContext, { name }: { name: string }): Promise<unknown> =>
    (await ctx.clients.of(lambdaClient)).updateFunctionConfiguration({ FunctionName: name, ...config });

const invoke =
  (config: object) =>
  async (ctx: AwsContext, { name }: { name: string }): Promise<unknown> =>
    (await ctx.clients.of(lambdaClient)).putFunctionEventInvokeConfig({ FunctionName: name, ...config });

const CONFIGURATION = ["lambda:UpdateFunctionConfiguration"] as const;
const INVOKE = ["lambda:PutFunctionEventInvokeConfig"] as const;

export const functionCase: KindCase<FunctionProps> = {
  kind: lambdaFunction,
  address: (ctx, unique) => ({ kind: "lambda.function", id: `f${unique}`, name: nameOf(ctx, `f${unique}`) }),
  prepare: async (ctx, { name }) => {
    const iam = await ctx.clients.of(iamClient);
    const AssumeRolePolicyDocument = JSON.stringify(trustOf("lambda.amazonaws.com"));
    for (const RoleName of [roleOf(name), other(name)]) await iam.createRole({ RoleName, AssumeRolePolicyDocument });
    const s3 = await ctx.clients.of(s3Client);
    await s3.createBucket({ Bucket: codeBucket(name) });
    await s3.putObject({ Bucket: codeBucket(name), Key: "code/f.zip", Body: zips[2] });
  },
  tidy: async (ctx, { name }) => {
    const iam = await ctx.clients.of(iamClient);
    for (const RoleName of [roleOf(name), other(name)]) await iam.deleteRole({ RoleName });
    const s3 = await ctx.clients.of(s3Client);
    await s3.deleteObject({ Bucket: codeBucket(name), Key: "code/f.zip" });
    await s3.deleteBucket({ Bucket: codeBucket(name) });
  },
  props: (ctx, { name }) =>
    fc.record({
      runtime: fc.constantFrom("python3.11", "python3.12"),
      handler: fc.constantFrom("handler.main", "myglueworkflow.lambda_handler"),
      roleArn: fc.constant(iamArn.role(ctx, roleOf(name))),
      description: fc.constantFrom("", "Starts the workflow"),
      timeoutSeconds: fc.integer({ min: 1, max: 900 }),
      memoryMb: fc.integer({ min: 128, max: 10_240 }),
      ephemeralStorageMb: fc.constantFrom(512, 1024),
      architecture: fc.constant("x86_64" as const),
      environment: fc.dictionary(
        fc.constantFrom("AB", "LEDGER_TABLE"),
        fc.string({ maxLength: 20, unit: "grapheme-ascii" }),
      ),
      kmsKey: fc.constant(null),
      codeSha256: fc.nat({ max: 2 }).map((index) => code(index)),
      codeS3: fc.constant(null),
      logGroup: fc.constant(`/aws/lambda/${name}`),
      logFormat: fc.constantFrom("Text", "JSON"),
      tracing: fc.constantFrom("PassThrough", "Active"),
      reservedConcurrency: fc.option(fc.integer({ min: 1, max: 10 })),
      onFailureArn: fc.option(fc.constant(snsArn.topic(ctx, "alerts"))),
      retryAttempts: fc.integer({ min: 0, max: 2 }),
      maxEventAgeSeconds: fc.integer({ min: 60, max: 21_600 }),
      permissions: fc.dictionary(
        fc.constantFrom("raw", "schedule"),
        fc.constantFrom("a", "b").map((one) => permission(ctx, one)),
      ),
    }),
  base: (ctx, { name }) => base(ctx, name),
  fixed: [],
  vary: {
    runtime: (props) => ({ ...props, runtime: "python3.11" }),
    handler: (props) => ({ ...props, handler: "handler.other" }),
    roleArn: (props, ctx, { name }) => ({ ...props, roleArn: iamArn.role(ctx, other(name)) }),
    description: (props) => ({ ...props, description: "" }),
    timeoutSeconds: (props) => ({ ...props, timeoutSeconds: 61 }),
    memoryMb: (props) => ({ ...props, memoryMb: 512 }),
    ephemeralStorageMb: (props) => ({ ...props, ephemeralStorageMb: 1024 }),
    architecture: (props) => ({ ...props, architecture: "arm64" }),
    environment: (props) => ({ ...props, environment: { OTHER: "1" } }),
    kmsKey: (props, ctx) => ({ ...props, kmsKey: `arn:aws:kms:${ctx.region}:${ctx.account}:key/1` }),
    codeSha256: (props) => ({ ...props, codeSha256: code(1) }),
    codeS3: (props, _ctx, { name }) => ({ ...props, codeSha256: null, codeS3: `s3://${codeBucket(name)}/code/f.zip` }),
    logGroup: (props) => ({ ...props, logGroup: "/metriccare/other" }),
    logFormat: (props) => ({ ...props, logFormat: "JSON" }),
    tracing: (props) => ({ ...props, tracing: "Active" }),
    reservedConcurrency: (props) => ({ ...props, reservedConcurrency: 5 }),
    onFailureArn: (props, ctx) => ({ ...props, onFailureArn: snsArn.topic(ctx, "alerts") }),
    retryAttempts: (props) => ({ ...props, retryAttempts: 0 }),
    maxEventAgeSeconds: (props) => ({ ...props, maxEventAgeSeconds: 600 }),
    permissions: (props, ctx) => ({
      ...props,
      permissions: { raw: permission(ctx, "other"), more: permission(ctx, "more") },
    }),
  },
  calls: {
    runtime: CONFIGURATION,
    handler: CONFIGURATION,
    roleArn: CONFIGURATION,
    description: CONFIGURATION,
    timeoutSeconds: CONFIGURATION,
    memoryMb: CONFIGURATION,
    ephemeralStorageMb: CONFIGURATION,
    architecture: ["lambda:UpdateFunctionCode"],
    environment: CONFIGURATION,
    kmsKey: CONFIGURATION,
    codeSha256: ["lambda:UpdateFunctionCode"],
    codeS3: ["lambda:UpdateFunctionCode"],
    logGroup: CONFIGURATION,
    logFormat: CONFIGURATION,
    tracing: CONFIGURATION,
    reservedConcurrency: ["lambda:PutFunctionConcurrency"],
    onFailureArn: INVOKE,
    retryAttempts: INVOKE,
    maxEventAgeSeconds: INVOKE,
    permissions: ["lambda:RemovePermission", "lambda:AddPermission"],
  },
  outside: {
    runtime: configure({ Runtime: "python3.13" }),
    handler: configure({ Handler: "by.hand" }),
    roleArn: (ctx, address) => configure({ Role: iamArn.role(ctx, other(address.name)) })(ctx, address),
    description: configure({ Description: "by hand" }),
    timeoutSeconds: configure({ Timeout: 5 }),
    memoryMb: configure({ MemorySize: 1024 }),
    ephemeralStorageMb: configure({ EphemeralStorage: { Size: 2048 } }),
    architecture: async (ctx, { name }) =>
      (await ctx.clients.of(lambdaClient)).updateFunctionCode({
        FunctionName: name,
        ZipFile: zips[0],
        Architectures: ["arm64"],
      }),
    environment: configure({ Environment: { Variables: { BY: "hand" } } }),
    kmsKey: (ctx, address) => configure({ KMSKeyArn: `arn:aws:kms:${ctx.region}:${ctx.account}:key/2` })(ctx, address),
    codeSha256: async (ctx, { name }) =>
      (await ctx.clients.of(lambdaClient)).updateFunctionCode({ FunctionName: name, ZipFile: zips[1] }),
    codeS3: async (ctx, { name }) =>
      (await ctx.clients.of(lambdaClient)).tagResource({
        Resource: lambdaArn.function(ctx, name),
        Tags: { "metriccare:code": `s3://${codeBucket(name)}/code/f.zip@0@0` },
      }),
    logGroup: configure({ LoggingConfig: { LogGroup: "/by/hand" } }),
    logFormat: configure({ LoggingConfig: { LogFormat: "JSON" } }),
    tracing: configure({ TracingConfig: { Mode: "Active" } }),
    reservedConcurrency: async (ctx, { name }) =>
      (await ctx.clients.of(lambdaClient)).putFunctionConcurrency({
        FunctionName: name,
        ReservedConcurrentExecutions: 3,
      }),
    onFailureArn: (ctx, address) =>
      invoke({ DestinationConfig: { OnFailure: { Destination: snsArn.topic(ctx, "x") } } })(ctx, address),
    retryAttempts: invoke({ MaximumRetryAttempts: 1 }),
    maxEventAgeSeconds: invoke({ MaximumEventAgeInSeconds: 120 }),
    permissions: async (ctx, { name }) =>
      (await ctx.clients.of(lambdaClient)).removePermission({ FunctionName: name, StatementId: "metriccare-raw" }),
  },
  foreignTag: async (ctx, { name }, key, value) =>
    (await ctx.clients.of(lambdaClient)).tagResource({
      Resource: lambdaArn.function(ctx, name),
      Tags: { [key]: value },
    }),
};

const codeBucket = (name: string): string => `${name.replaceAll("_", "-")}-code`;
