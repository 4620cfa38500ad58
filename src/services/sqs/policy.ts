import type { PolicyStatement } from "../iam/props.ts";
import { lettingIn, tlsOnly } from "../statements.ts";

type Senders = Parameters<typeof lettingIn>[3];

/** The usual statements of a queue: nobody without TLS, and these of this account may leave something there. */
export const queueStatements = (
  queueArn: string,
  account: string,
  senders: Senders,
): Readonly<Record<string, PolicyStatement>> => ({
  TlsOnly: tlsOnly("sqs:*", [queueArn]),
  ...lettingIn("sqs:SendMessage", queueArn, account, senders),
});
