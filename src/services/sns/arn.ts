import { type Place, regionalArn } from "../../aws/arn.ts";

/** ARNs of SNS. */
export const snsArn = { topic: (s: Place, name: string): string => regionalArn("sns", s, name) };
