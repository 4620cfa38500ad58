import { type Place, regionalArn } from "../../aws/arn.ts";

/** ARNs of CloudWatch Logs. */
export const logsArn = { group: (s: Place, name: string): string => regionalArn("logs", s, `log-group:${name}`) };
