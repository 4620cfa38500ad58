import type { PolicyStatement } from "../iam/props.ts";
import { tlsOnly } from "../statements.ts";

/** The usual statements of a queue: nobody without TLS, and these rules of this account may leave there what they could not deliver. */
export function queueStatements(
  queueArn: string,
  account: string,
  ruleArns: readonly string[],
): Readonly<Record<string, PolicyStatement>> {
  const send: PolicyStatement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...ruleArns] }, StringEquals: { "aws:SourceAccount": account } },
  };
  return { TlsOnly: tlsOnly("sqs:*", [queueArn]), ...(ruleArns.length > 0 ? { Rules: send } : {}) };
}
