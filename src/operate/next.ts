import type { AwsContext } from "../aws/context.ts";
import { OperateProblem } from "./problem.ts";

/** `metriccare <words> --env dev`: what to type next. */
export const command = (ctx: AwsContext, words: string): string => `metriccare ${words} --env ${ctx.env}`;

/** A bucket that the config names and AWS has not. */
export const noBucket = (ctx: AwsContext, bucket: string): OperateProblem =>
  new OperateProblem(
    "no_bucket",
    `The bucket ${bucket} does not exist in ${ctx.account}, ${ctx.region}`,
    command(ctx, "apply"),
    "user",
    bucket,
  );
