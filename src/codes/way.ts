import { meanings } from "./meaning.ts";

/** The way to AWS: network, proxies, certificates, profiles and credentials. */
export const WAY = meanings({
  ca_bundle: {
    what: "The file of AWS_CA_BUNDLE cannot be used.",
    why: "It does not exist, cannot be read, or holds no certificates in PEM; or Java cannot be told of it.",
    todo: "Correct the path, or ask the network team for the file with all certificates.",
  },
  certificate_untrusted: {
    what: "The certificate that the endpoint or the proxy shows is signed by an authority that is not trusted here.",
    why: "A proxy or firewall of the network reads along.",
    todo: "Set AWS_CA_BUNDLE to a PEM file with the certificates of your organisation's authority.",
  },
  certificate_wrong: {
    what: "The certificate that the endpoint shows does not hold.",
    why: "It has expired, is for another host, or this machine's clock is wrong.",
    todo: "Check the clock, AWS_ENDPOINT_URL, and what stands between this machine and AWS.",
  },
  clock_wrong: {
    what: "AWS refuses requests that are signed with this machine's clock.",
    why: "It is off by more than five minutes.",
    todo: "Set the clock, then run the same command again.",
  },
  connection_lost: {
    what: "The connection to AWS broke off, and it is not known whether the call was carried out.",
    why: "The network, a proxy, or a timeout.",
    todo: "Run the same command again: it looks at what is there and goes on.",
  },
  credential_process: {
    what: "The `credential_process` of the profile gave no credentials.",
    why: "Its command failed, or printed something else than the JSON that AWS documents. It is not shown, as it may hold a password.",
    todo: "Run its command by hand to see what it says.",
  },
  credentials_expired: {
    what: "The credentials have expired.",
    why: "A session ended.",
    todo: "Renew it (`aws sso login`, or new keys), then run the same command again: it goes on where this one stopped.",
  },
  credentials_invalid: {
    what: "AWS does not know these credentials.",
    why: "A key is mistyped, deleted, or of another partition.",
    todo: "Check AWS_PROFILE, or the keys in the environment.",
  },
  credentials_missing: {
    what: "No AWS credentials were found.",
    why: "No profile, no keys and no role is set where the SDK looks.",
    todo: "Set AWS_PROFILE, run `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  },
  credentials_refused: {
    what: "AWS refused a request without a reason (400).",
    why: "Mostly expired credentials, or a bucket in another region: S3 says no more to a HEAD.",
    todo: "Renew the session; else check the region of the environment.",
  },
  endpoint_invalid: {
    what: "The endpoint cannot be made out.",
    why: "AWS_ENDPOINT_URL stands beside FIPS or dual-stack.",
    todo: "Unset one of the two.",
  },
  endpoint_not_aws: {
    what: "What answers at the endpoint does not speak AWS's protocol.",
    why: "AWS_ENDPOINT_URL names another server, or a proxy answers in its place.",
    todo: "Check AWS_ENDPOINT_URL and the proxies in between.",
  },
  endpoint_unreachable: {
    what: "Nobody answers at the endpoint.",
    why: "No network, an unknown host, or nothing listens there.",
    todo: "Check the network, the region, AWS_ENDPOINT_URL, and HTTPS_PROXY where a proxy leads out. `metriccare doctor` shows the way that calls take.",
  },
  login_expired: {
    what: "The sign-in of the profile has expired.",
    why: "`aws login` lasts for some hours.",
    todo: "Run `aws login --profile <profile>`, then the same command again.",
  },
  mfa_needed: {
    what: "The profile wants a code of an MFA device, and nobody is here to type it.",
    why: "There is no terminal.",
    todo: "Run it on a terminal, or hand over the credentials of a session.",
  },
  mfa_refused: {
    what: "AWS does not take the MFA code, or none was typed.",
    why: "Each code works once, and for half a minute.",
    todo: "Wait for the next one and run the same command again.",
  },
  profile_circle: {
    what: "Profiles take their credentials from each other in a circle.",
    why: "`source_profile` of one leads back to itself.",
    todo: "Let one of them name credentials.",
  },
  profile_incomplete: {
    what: "The profile lacks something, or has two things that exclude each other.",
    why: "Its section in the AWS config is not finished.",
    todo: "Add or take out what the message names.",
  },
  profile_unknown: {
    what: "There is no profile of that name.",
    why: "AWS_PROFILE is misspelt, or AWS_CONFIG_FILE names another file.",
    todo: "Take one of the profiles that the message lists.",
  },
  proxy_authentication: {
    what: "The proxy wants a user and a password, and does not take those it was given (407).",
    why: "HTTPS_PROXY lacks them, or they are wrong.",
    todo: "Put them into HTTPS_PROXY, special characters percent-encoded.",
  },
  proxy_invalid: {
    what: "HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy, or of a kind that is not supported.",
    why: "It is mistyped, or names a SOCKS proxy.",
    todo: "Write `http://host:port`, or unset it.",
  },
  proxy_refused: {
    what: "The proxy refuses to connect to AWS's host.",
    why: "Its rules do not allow that host.",
    todo: "Ask the network team to allow it, or list it in NO_PROXY when it can be reached directly.",
  },
  proxy_unreachable: {
    what: "Nobody answers at the proxy.",
    why: "It is down, mistyped, or not needed in this network.",
    todo: "Check HTTPS_PROXY and HTTP_PROXY, or unset them.",
  },
  region_missing: {
    what: "No AWS region is set.",
    why: "The SDK found none.",
    todo: "Set AWS_REGION, a region in the AWS profile, or `aws.region` in the environment's config.",
  },
  role_denied: {
    what: "The profile may not take on its role.",
    why: "`sts:AssumeRole` is not allowed, or the role's trust policy does not name who asks.",
    todo: "Allow it on both sides.",
  },
  sso_denied: {
    what: "SSO gives the profile no such role in that account.",
    why: "The permission set is not assigned, or the profile names the wrong one.",
    todo: "Ask for it, or mend `sso_role_name` and `sso_account_id`.",
  },
  sso_expired: {
    what: "The SSO session of the profile has expired, or there is none yet.",
    why: "`aws sso login` lasts for some hours.",
    todo: "Run the `aws sso login` that the message shows, then the same command again.",
  },
  web_identity: {
    what: "AWS does not take the web identity.",
    why: "Its token has expired, or is of another provider or audience than the role trusts.",
    todo: "Check the platform that writes the token, and the role's trust policy.",
  },
  web_identity_token: {
    what: "The file with the web identity's token cannot be read, or is empty.",
    why: "The platform that runs this (Kubernetes, a CI system) has not written it.",
    todo: "Check that it does, and where.",
  },
});
