import type { DestinationConfig } from "@aws-sdk/client-lambda";
import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, forget, given } from "../kit.ts";
import { lambdaClient } from "./client.ts";
import { isDefault } from "./configuration.ts";
import type { FunctionProps } from "./props.ts";

const ABSENT = ["ResourceNotFound"] as const;

/** Instances that it may have at a time, at least and at most. */
export const concurrency = (ctx: AwsContext, FunctionName: string, reserved: number | null): Call =>
  reserved === null
    ? call("lambda:DeleteFunctionConcurrency", async () =>
        (await ctx.clients.of(lambdaClient)).deleteFunctionConcurrency({ FunctionName }),
      )
    : call("lambda:PutFunctionConcurrency", async () =>
        (await ctx.clients.of(lambdaClient)).putFunctionConcurrency({
          FunctionName,
          ReservedConcurrentExecutions: reserved,
        }),
      );

/** What becomes of asynchronous events. */
export const invokeConfig = (ctx: AwsContext, FunctionName: string, props: FunctionProps): Call =>
  isDefault(props)
    ? forget("lambda:DeleteFunctionEventInvokeConfig", ABSENT, async () =>
        (await ctx.clients.of(lambdaClient)).deleteFunctionEventInvokeConfig({ FunctionName }),
      )
    : call("lambda:PutFunctionEventInvokeConfig", async () =>
        (await ctx.clients.of(lambdaClient)).putFunctionEventInvokeConfig({
          FunctionName,
          MaximumRetryAttempts: props.retryAttempts,
          MaximumEventAgeInSeconds: props.maxEventAgeSeconds,
          ...given("DestinationConfig", destinations(props)),
        }),
      );

function destinations({ onFailureArn, onSuccessArn }: FunctionProps): DestinationConfig | undefined {
  if (onFailureArn === null && onSuccessArn === undefined) return undefined;
  return {
    ...(onFailureArn === null ? {} : { OnFailure: { Destination: onFailureArn } }),
    ...(onSuccessArn === undefined ? {} : { OnSuccess: { Destination: onSuccessArn } }),
  };
}
