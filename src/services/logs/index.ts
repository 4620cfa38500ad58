import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { logsClient } from "./client.ts";
import { findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { declareLogGroups } from "./declare.ts";
import { group, coverage as groupFields } from "./group.ts";
import { logGroupSection } from "./section.ts";
import { logsTerraform } from "./terraform.ts";
import { logsArn } from "./arn.ts";

/** Amazon CloudWatch Logs. */
export const logs = service({
  name: "logs",
  client: logsClient,
  coverage: {
    fields: { LogGroup: groupFields },
    terraform: logsTerraform,
  },
  faults,
  said: { operations: "PutLogEvents" },
  codes: { findings },
  kinds: [anyKind(group)],
  sections: {
    logGroups: {
      kind: "logs.group",
      one: "log group",
      about: "Further log groups.",
      schema: logGroupSection,
      named: {
        limit: { max: 512, form: /^[.\-_/#A-Za-z0-9]+$/, words: "letters, digits and _-/.#" },
        arn: logsArn.group,
        inPolicies: { always: true },
      },
    },
  },
  where: [
    [/^logs:GetLogEvents$/, "jobLogs"],
    [/^logs:/, "logGroups"],
  ],
  everywhere: { "logs:DescribeLogGroups": "a list of log groups is of the account and region" },
  reach: {
    "logs.group": (scope: Scope, name: string) => [logsArn.group(scope, name), `${logsArn.group(scope, name)}:*`],
  },
  keys: { "logs.group": { prop: "kmsKey", arnAlone: true } },
  declare: declareLogGroups,
});
