import type { Place } from "../../aws/arn.ts";

/** ARNs of IAM, which knows no region. */
export const iamArn = {
  role: (s: Place, name: string): string => `arn:${s.partition}:iam::${s.account}:role/${name}`,
  policy: (s: Place, name: string): string => `arn:${s.partition}:iam::${s.account}:policy/${name}`,
};
