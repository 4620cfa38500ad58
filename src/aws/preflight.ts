import type { ErrorCode } from "../codes/index.ts";
import type { Clients } from "./clients.ts";
import { stsClient } from "./clients.ts";

/** Who we are: from the caller's own ARN, so that nobody has to know the partition. */
export interface Identity {
  readonly account: string;
  readonly partition: string;
  /** ARN of the user or the assumed role. */
  readonly arn: string;
}

/** Something answers, but not as AWS does. */
export class NotAws extends Error {
  readonly code = "endpoint_not_aws" satisfies ErrorCode;
  readonly fix = "Check AWS_ENDPOINT_URL (and proxies in between).";
  constructor(endpoint: string | undefined) {
    super(`what answers at ${endpoint ?? "the endpoint"} does not speak AWS's protocol`);
    this.name = "NotAws";
  }
}

/** The one call before all others: `sts:GetCallerIdentity`. Errors are the SDK's. */
export async function callerIdentity(clients: Clients): Promise<Identity> {
  const sts = await clients.of(stsClient);
  const { Account: account, Arn: arn } = await sts.getCallerIdentity({});
  // A web server's page parses as an empty answer.
  if (!account || !arn) throw new NotAws(clients.options.target.endpoint);
  return { account, arn, partition: arn.split(":")[1] ?? "aws" };
}
