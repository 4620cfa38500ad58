import type { PolicyStatement } from "../iam/props.ts";
import { lettingIn, tlsOnly } from "../statements.ts";

type Senders = Parameters<typeof lettingIn>[3];

/** The usual statements of a topic: these of this account may publish, and nobody without TLS. */
export const topicStatements = (
  topicArn: string,
  account: string,
  senders: Senders,
): Readonly<Record<string, PolicyStatement>> => ({
  TlsOnly: tlsOnly("sns:Publish", [topicArn]),
  ...lettingIn("sns:Publish", topicArn, account, senders),
});
