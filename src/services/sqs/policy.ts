import type { PolicyStatement } from "../iam/props.ts";
import { fromBuckets, tlsOnly } from "../statements.ts";

/** The usual statements of a queue: nobody without TLS, and these rules and buckets of this account may leave something there. */
export function queueStatements(
  queueArn: string,
  account: string,
  ruleArns: readonly string[],
  bucketArns: readonly string[] = [],
): Readonly<Record<string, PolicyStatement>> {
  const send: PolicyStatement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...ruleArns] }, StringEquals: { "aws:SourceAccount": account } },
  };
  return {
    TlsOnly: tlsOnly("sqs:*", [queueArn]),
    ...(ruleArns.length > 0 ? { Rules: send } : {}),
    ...(bucketArns.length > 0 ? { Buckets: fromBuckets("sqs:SendMessage", queueArn, account, bucketArns) } : {}),
  };
}
