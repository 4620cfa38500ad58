import { type Place, regionalArn } from "../../aws/arn.ts";

/** ARNs of EventBridge. */
export const eventsArn = { rule: (s: Place, name: string): string => regionalArn("events", s, `rule/${name}`) };
