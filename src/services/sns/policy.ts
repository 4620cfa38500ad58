import type { PolicyStatement } from "../iam/props.ts";
import { tlsOnly } from "../statements.ts";

/** The usual statements of an alert topic: these rules of this account may publish, and nobody without TLS. */
export function topicStatements(
  topicArn: string,
  account: string,
  ruleArns: readonly string[],
): Readonly<Record<string, PolicyStatement>> {
  const publish: PolicyStatement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...ruleArns] }, StringEquals: { "aws:SourceAccount": account } },
  };
  return { TlsOnly: tlsOnly("sns:Publish", [topicArn]), ...(ruleArns.length > 0 ? { Rules: publish } : {}) };
}
