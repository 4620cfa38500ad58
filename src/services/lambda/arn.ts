import { type Place, regionalArn } from "../../aws/arn.ts";

/** ARNs of Lambda. */
export const lambdaArn = {
  function: (s: Place, name: string): string => regionalArn("lambda", s, `function:${name}`),
  eventSource: (s: Place, uuid: string): string => regionalArn("lambda", s, `event-source-mapping:${uuid}`),
};
