import type { PolicyStatement } from "../iam/props.ts";
import { fromBuckets, tlsOnly } from "../statements.ts";

/** The usual statements of an alert topic: these rules and buckets of this account may publish, and nobody without TLS. */
export function topicStatements(
  topicArn: string,
  account: string,
  ruleArns: readonly string[],
  bucketArns: readonly string[] = [],
): Readonly<Record<string, PolicyStatement>> {
  const publish: PolicyStatement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...ruleArns] }, StringEquals: { "aws:SourceAccount": account } },
  };
  return {
    TlsOnly: tlsOnly("sns:Publish", [topicArn]),
    ...(ruleArns.length > 0 ? { Rules: publish } : {}),
    ...(bucketArns.length > 0 ? { Buckets: fromBuckets("sns:Publish", topicArn, account, bucketArns) } : {}),
  };
}
