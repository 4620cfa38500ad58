import type { AwsContext } from "../aws/context.ts";

/** `metriccare <words> --env dev`: what to type next. */
export const command = (ctx: AwsContext, words: string): string => `metriccare ${words} --env ${ctx.env}`;
