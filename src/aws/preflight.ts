import type { Clients } from "./clients.ts";

/** Who we are: from the caller's own ARN, so that nobody has to know the partition. */
export interface Identity {
  readonly account: string;
  readonly partition: string;
  /** ARN of the user or the assumed role. */
  readonly arn: string;
}

/** Something answers, but not as AWS does. */
export class NotAws extends Error {
  readonly code = "endpoint_not_aws";
  readonly fix = "Check AWS_ENDPOINT_URL (and proxies in between).";
  constructor(endpoint: string | undefined) {
    super(`what answers at ${endpoint ?? "the endpoint"} does not speak AWS's protocol`);
    this.name = "NotAws";
  }
}

/** The credentials belong to another account, or the calls go to another region, than the config pins. */
export class WrongPlace extends Error {
  readonly code = "wrong_place";
  constructor(
    readonly key: "account" | "region",
    readonly pinned: string,
    readonly actual: string,
  ) {
    super(
      `the config pins ${key} ${pinned}, but ${key === "account" ? "the credentials belong to" : "calls would go to"} ${actual}`,
    );
    this.name = "WrongPlace";
  }
}

/** The one call before all others: `sts:GetCallerIdentity`. Errors are the SDK's. */
export async function callerIdentity(clients: Clients): Promise<Identity> {
  const sts = await clients.sts();
  const { Account: account, Arn: arn } = await sts.getCallerIdentity({});
  // A web server's page parses as an empty answer.
  if (!account || !arn) throw new NotAws(clients.options.target.endpoint);
  return { account, arn, partition: arn.split(":")[1] ?? "aws" };
}

/** Throws `WrongPlace` when what the config pins is not where we are. The region costs no call, so it is checked first. */
export async function checkedIdentity(
  clients: Clients,
  pinned: { readonly account?: string; readonly region?: string },
): Promise<Identity> {
  const { region } = clients.options.target;
  if (pinned.region !== undefined && pinned.region !== region) throw new WrongPlace("region", pinned.region, region);
  const identity = await callerIdentity(clients);
  if (pinned.account !== undefined && pinned.account !== identity.account)
    throw new WrongPlace("account", pinned.account, identity.account);
  return identity;
}
