import * as fc from "fast-check";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address } from "../../../src/engine/types.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";
import { iamClient } from "../../../src/services/iam/client.ts";
import { lambdaArn } from "../../../src/services/lambda/arn.ts";
import { lambdaClient } from "../../../src/services/lambda/client.ts";
import { eventSource, eventSourceName } from "../../../src/services/lambda/event-source/kind.ts";
import type { EventSourceProps } from "../../../src/services/lambda/event-source/props.ts";
import { zipFiles } from "../../../src/services/s3/zip.ts";
import { sqsArn, queueUrl } from "../../../src/services/sqs/arn.ts";
import { sqsClient } from "../../../src/services/sqs/client.ts";
import type { KindCase } from "../case.ts";
import { trustOf } from "./iam.ts";

const UPDATE = ["lambda:UpdateEventSourceMapping"];
const functionOf = ({ name }: Address): string => name.split("/")[0] ?? "";
const queueOf = (address: Address): string => `${functionOf(address)}_in`;
const lostOf = (ctx: AwsContext, address: Address): string => sqsArn.queue(ctx, `${functionOf(address)}_lost`);
const pattern = (kind: string): string => JSON.stringify({ body: { kind: [kind] } });

async function uuidOf(ctx: AwsContext, address: Address): Promise<string> {
  const lambda = await ctx.clients.of(lambdaClient);
  const EventSourceArn = sqsArn.queue(ctx, queueOf(address));
  const { EventSourceMappings: all = [] } = await lambda.listEventSourceMappings({ EventSourceArn });
  return all[0]?.UUID ?? "";
}

const update = (input: object) => async (ctx: AwsContext, address: Address) =>
  (await ctx.clients.of(lambdaClient)).updateEventSourceMapping({ UUID: await uuidOf(ctx, address), ...input });

/** A queue that calls a function. */
export const eventSourceCase: KindCase<EventSourceProps> = {
  kind: eventSource,
  address: (ctx, unique) => {
    const fn = nameOf(ctx, `f${unique}`);
    return { kind: "lambda.eventSource", id: unique, name: eventSourceName(fn, `sqs:${fn}_in`) };
  },
  prepare: async (ctx, address) => {
    const name = functionOf(address);
    const iam = await ctx.clients.of(iamClient);
    await iam.createRole({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trustOf("lambda.amazonaws.com")) });
    const sqs = await ctx.clients.of(sqsClient);
    await sqs.createQueue({ QueueName: queueOf(address) });
    await (
      await ctx.clients.of(lambdaClient)
    ).createFunction({
      FunctionName: name,
      Role: iamArn.role(ctx, name),
      Runtime: "python3.12",
      Handler: "x.y",
      Code: { ZipFile: zipFiles({ "x.py": new TextEncoder().encode("def y(e, c):\n    return 1\n") }) },
    });
  },
  tidy: async (ctx, address) => {
    const name = functionOf(address);
    await (await ctx.clients.of(lambdaClient)).deleteFunction({ FunctionName: name });
    await (await ctx.clients.of(iamClient)).deleteRole({ RoleName: name });
    await (await ctx.clients.of(sqsClient)).deleteQueue({ QueueUrl: queueUrl(ctx, queueOf(address)) });
  },
  props: (ctx, address) =>
    fc.record(
      {
        sourceArn: fc.constant(sqsArn.queue(ctx, queueOf(address))),
        brokers: fc.constant([]),
        function: fc.constant(functionOf(address)),
        enabled: fc.boolean(),
        batchSize: fc.integer({ min: 1, max: 10 }),
        batchWindowSeconds: fc.integer({ min: 0, max: 300 }),
        reportFailures: fc.constant(true),
        filters: fc.constantFrom([pattern("a")], [pattern("a"), pattern("b")]),
        maxConcurrency: fc.integer({ min: 2, max: 1000 }),
      },
      { requiredKeys: ["sourceArn", "brokers", "function", "enabled"] },
    ),
  base: (ctx, address) => ({
    sourceArn: sqsArn.queue(ctx, queueOf(address)),
    brokers: [],
    function: functionOf(address),
    enabled: true,
    batchSize: 5,
    batchWindowSeconds: 10,
    reportFailures: true,
    filters: [pattern("a")],
    maxConcurrency: 7,
    maxRetryAttempts: 3,
    maxRecordAgeSeconds: 600,
    bisectOnError: true,
    parallelization: 2,
    tumblingWindowSeconds: 30,
    onFailureArn: lostOf(ctx, address),
    kmsKeyArn: `arn:aws:kms:${ctx.region}:${ctx.account}:key/1`,
    metrics: ["EventCount"],
    pollers: { min: 2, max: 4, group: null },
  }),
  fixed: ["sourceArn", "brokers", "function"],
  optional: [
    "batchWindowSeconds",
    "reportFailures",
    "filters",
    "maxConcurrency",
    "maxRetryAttempts",
    "maxRecordAgeSeconds",
    "bisectOnError",
    "parallelization",
    "tumblingWindowSeconds",
    "onFailureArn",
    "kmsKeyArn",
    "metrics",
    "pollers",
  ],
  vary: {
    enabled: (props) => ({ ...props, enabled: false }),
    batchSize: (props) => ({ ...props, batchSize: 6 }),
    batchWindowSeconds: (props) => ({ ...props, batchWindowSeconds: 11 }),
    reportFailures: (props) => ({ ...props, reportFailures: false }),
    filters: (props) => ({ ...props, filters: [pattern("c")] }),
    maxConcurrency: (props) => ({ ...props, maxConcurrency: 8 }),
    maxRetryAttempts: (props) => ({ ...props, maxRetryAttempts: 4 }),
    maxRecordAgeSeconds: (props) => ({ ...props, maxRecordAgeSeconds: -1 }),
    bisectOnError: (props) => ({ ...props, bisectOnError: false }),
    parallelization: (props) => ({ ...props, parallelization: 3 }),
    tumblingWindowSeconds: (props) => ({ ...props, tumblingWindowSeconds: 0 }),
    onFailureArn: (props, ctx) => ({ ...props, onFailureArn: sqsArn.queue(ctx, "elsewhere") }),
    kmsKeyArn: (props, ctx) => ({ ...props, kmsKeyArn: `arn:aws:kms:${ctx.region}:${ctx.account}:key/2` }),
    metrics: (props) => ({ ...props, metrics: ["EventCount", "ErrorCount"] }),
    pollers: (props) => ({ ...props, pollers: { min: 3, max: 4, group: null } }),
  },
  calls: Object.fromEntries(
    [
      "enabled",
      "batchSize",
      "batchWindowSeconds",
      "reportFailures",
      "filters",
      "maxConcurrency",
      "maxRetryAttempts",
      "maxRecordAgeSeconds",
      "bisectOnError",
      "parallelization",
      "tumblingWindowSeconds",
      "onFailureArn",
      "kmsKeyArn",
      "metrics",
      "pollers",
    ].map((key) => [key, UPDATE]),
  ),
  outside: {
    enabled: update({ Enabled: false }),
    batchSize: update({ BatchSize: 9 }),
    batchWindowSeconds: update({ MaximumBatchingWindowInSeconds: 1 }),
    reportFailures: update({ FunctionResponseTypes: [] }),
    filters: update({ FilterCriteria: { Filters: [{ Pattern: pattern("hand") }] } }),
    maxConcurrency: update({ ScalingConfig: { MaximumConcurrency: 9 } }),
    maxRetryAttempts: update({ MaximumRetryAttempts: 9 }),
    maxRecordAgeSeconds: update({ MaximumRecordAgeInSeconds: 60 }),
    bisectOnError: update({ BisectBatchOnFunctionError: false }),
    parallelization: update({ ParallelizationFactor: 9 }),
    tumblingWindowSeconds: update({ TumblingWindowInSeconds: 9 }),
    onFailureArn: update({
      DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:111122223333:hand" } },
    }),
    kmsKeyArn: update({ KMSKeyArn: "arn:aws:kms:us-east-1:111122223333:key/hand" }),
    metrics: update({ MetricsConfig: { Metrics: ["ErrorCount"] } }),
    pollers: update({ ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 } }),
  },
  foreignTag: async (ctx, address, key, value) =>
    (await ctx.clients.of(lambdaClient)).tagResource({
      Resource: lambdaArn.eventSource(ctx, await uuidOf(ctx, address)),
      Tags: { [key]: value },
    }),
};
