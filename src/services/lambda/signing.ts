import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, unless } from "../kit.ts";
import { lambdaClient } from "./client.ts";

/** The configuration that says who may sign its code. None answers with an empty text, an image with a refusal. */
export async function codeSigning(ctx: AwsContext, FunctionName: string): Promise<string | undefined> {
  const lambda = await ctx.clients.of(lambdaClient);
  const answer = await unless(["ResourceNotFound"], lambda.getFunctionCodeSigningConfig({ FunctionName }));
  return answer?.CodeSigningConfigArn || undefined;
}

/** Names another one, or none. */
export const signingCall = (ctx: AwsContext, FunctionName: string, CodeSigningConfigArn: string | undefined): Call =>
  CodeSigningConfigArn === undefined
    ? call("lambda:DeleteFunctionCodeSigningConfig", async () =>
        (await ctx.clients.of(lambdaClient)).deleteFunctionCodeSigningConfig({ FunctionName }),
      )
    : call("lambda:PutFunctionCodeSigningConfig", async () =>
        (await ctx.clients.of(lambdaClient)).putFunctionCodeSigningConfig({ FunctionName, CodeSigningConfigArn }),
      );
