import { AGAIN, budget, type FaultRow } from "./fault-row.ts";
import { UNTRUSTED } from "./wire-error.ts";

/** What keeps a call from AWS: nobody there, somebody else there, a line that broke, no place to go to. */
export const network: readonly FaultRow[] = [
  {
    code: UNTRUSTED,
    class: "unreachable",
    is: "certificate_untrusted",
    say: (wire, { endpoint }) =>
      `the certificate that ${endpoint ?? wire.address ?? "the endpoint"} shows is signed by an authority that is not trusted here (${wire.code})`,
    fix: (_, { caBundle }) =>
      caBundle
        ? `${caBundle} (AWS_CA_BUNDLE) lacks that authority: ask the network team for the file with all of its certificates.`
        : "Where a proxy or firewall reads along, set AWS_CA_BUNDLE to a PEM file with the certificates of your organisation's authority.",
    budget: budget(0),
  },
  {
    code: /^(CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/,
    class: "unreachable",
    is: "certificate_wrong",
    say: (wire, { endpoint }) =>
      `the certificate that ${endpoint ?? wire.address ?? "the endpoint"} shows does not hold (${wire.text || wire.code})`,
    fix: "Check this machine's clock, AWS_ENDPOINT_URL, and what stands between this machine and AWS.",
    budget: budget(0),
  },
  {
    code: /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_SSL|ERR_TLS|EPROTO|HPE_)/,
    class: "unreachable",
    is: "endpoint_unreachable",
    say: (wire, { endpoint }) => `nobody answers at ${endpoint ?? wire.address ?? "the endpoint"} (${wire.code})`,
    fix: (_, { endpoint, region }) =>
      endpoint
        ? `Check AWS_ENDPOINT_URL, or start what listens there.`
        : `Check the network${region ? ` and the region (${region})` : ""}, and HTTPS_PROXY where a proxy leads out of it.`,
  },
  {
    code: /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|TimeoutError|RequestTimeout\w*|AbortError|UND_ERR\w*|ERR_SOCKET\w*)$/,
    class: "ambiguous",
    is: "connection_lost",
    say: (wire, { endpoint }) =>
      `the connection${endpoint ? ` to ${endpoint}` : ""} broke off (${wire.text || wire.code})`,
    fix: AGAIN,
  },
  {
    text: /Region is missing/,
    class: "user",
    is: "region_missing",
    say: () => "no AWS region is set",
    fix: "Set AWS_REGION, a region in the AWS profile, or `aws.region` in the environment's config.",
  },
  // The SDK's rules of endpoints: FIPS or dual-stack beside an endpoint of one's own.
  {
    text: /^Invalid Configuration: /,
    class: "user",
    is: "endpoint_invalid",
    say: ({ text }) => `the endpoint cannot be made out: ${text.replace("Invalid Configuration: ", "")}`,
    fix: "Unset AWS_ENDPOINT_URL, or turn off FIPS and dual-stack (AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT, the profile's settings).",
  },
  {
    text: /Deserialization error/,
    when: ({ status }) => (status ?? 0) >= 500,
    class: "ambiguous",
    is: "aws_internal_error",
    say: ({ status }) => `AWS answered ${status} with something unreadable`,
    fix: AGAIN,
  },
  {
    text: /Deserialization error/,
    class: "unreachable",
    is: "endpoint_not_aws",
    say: (_, { endpoint }) => `what answers at ${endpoint ?? "the endpoint"} does not speak AWS's protocol`,
    fix: "Check AWS_ENDPOINT_URL (and proxies in between).",
    budget: budget(0),
  },
  // A query service whose 404 carries no AWS error: a web server, never "absent".
  {
    code: /^(NotFound|Unknown)$/,
    text: /^Unknown$/,
    status: [404],
    class: "unreachable",
    is: "endpoint_not_aws",
    say: (_, { endpoint }) => `what answers at ${endpoint ?? "the endpoint"} does not speak AWS's protocol`,
    fix: "Check AWS_ENDPOINT_URL (and proxies in between).",
    budget: budget(0),
  },
];
