import {
  AGAIN,
  budget,
  byTouchedPrincipal,
  type FaultRow,
  forRole,
  namesTouched,
  type Place,
  STRANGER,
  touchedRole,
  TRUST_FIX,
} from "./fault-row.ts";
import { network } from "./fault-network.ts";
import type { Wire } from "./wire-error.ts";

const RENEW = `Renew the session (\`aws sso login\`, or new keys), then run the same command again: it goes on where this one stopped.`;

const CREDENTIALS: readonly FaultRow[] = [
  {
    code: /^(CredentialsProviderError|TokenProviderError|ProviderError)$/,
    text: /expired/i,
    class: "credentials",
    is: "credentials_expired",
    fix: RENEW,
  },
  {
    code: /^(CredentialsProviderError|TokenProviderError|ProviderError|Error)$/,
    text: /credential|token|profile|sso/i,
    class: "credentials",
    is: "credentials_missing",
    say: () => "no AWS credentials were found",
    fix: "Set AWS_PROFILE, run `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  },
  // With the trailer "(Service: …" it is AWS that acts with a session of a role that is too young.
  {
    text: /security token included in the request is invalid.*\(Service: |\(Service: .*UnrecognizedClientException|retrieve security config/,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  {
    code: /^(ExpiredToken\w*|RequestExpired|TokenRefreshRequired)$/,
    class: "credentials",
    is: "credentials_expired",
    say: () => "the AWS credentials have expired",
    fix: RENEW,
  },
  {
    text: /security token included in the request is expired/i,
    class: "credentials",
    is: "credentials_expired",
    say: () => "the AWS credentials have expired",
    fix: RENEW,
  },
  {
    code: /^(RequestTimeTooSkewed|RequestInTheFuture|InvalidSignatureException)$/,
    text: /skew|Signature (expired|not yet current)|too large/i,
    class: "credentials",
    is: "clock_wrong",
    say: () => "AWS refuses requests signed with this machine's clock",
    fix: "Set the clock of this machine, then run the same command again.",
  },
  {
    code: /^(UnrecognizedClient\w*|InvalidClientTokenId\w*|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature\w*|MissingAuthenticationToken\w*|AuthFailure|InvalidToken|InvalidSecurity|NotSignedUp|OptInRequired)$/,
    class: "credentials",
    is: "credentials_invalid",
    say: ({ code }) => `AWS does not know these credentials (${code})`,
    fix: "Check AWS_PROFILE, or the keys in the environment.",
  },
  // A HEAD has no body: S3 can say no more than 400.
  {
    code: /^(Unknown|UnknownError|400|BadRequest)$/,
    text: /^(UnknownError)?$/,
    status: [400],
    class: "credentials",
    is: "credentials_refused",
    say: () =>
      "AWS refused the request without a reason (400): mostly expired credentials, or a bucket in another region",
    fix: RENEW,
  },
];

const REGION_FIX =
  "Names of buckets are global: check the region of this environment, or give the bucket another `name`.";
const REGION: readonly FaultRow[] = [
  {
    code: /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|InvalidLocationConstraint|301|307)$/,
    class: "user",
    is: "wrong_region",
    say: ({ text }) =>
      text === "" || text === "UnknownError" ? "it lies in another region" : `it lies in another region: ${text}`,
    fix: REGION_FIX,
  },
  {
    code: /^(Unknown|UnknownError)$/,
    status: [301, 307, 308],
    class: "user",
    is: "wrong_region",
    say: () => "it lies in another region",
    fix: REGION_FIX,
  },
];

/** A policy of IAM, of a bucket, of a topic: whoever keeps it says the same. */
const PRINCIPALS: readonly FaultRow[] = [
  {
    text: /Invalid principal in policy/i,
    when: (wire, call) => namesTouched(wire, call) || touchedRole(call),
    class: "propagation",
    is: "principal_not_ready",
    fix: TRUST_FIX,
  },
  {
    text: /Invalid principal in policy/i,
    class: "propagation",
    is: "principal_not_ready",
    budget: budget(STRANGER),
    fix: "If it stays: the policy names a role or user that does not exist.",
  },
];

/** Action and resource of "… is not authorized to perform: X on resource: Y because …". */
function missingRight(text: string): { action?: string; resource?: string } {
  const action = /not authorized to perform:? "?([\w-]+:\w+\*?)"?/.exec(text)?.[1];
  const resource = /on (?:the )?resource:? "?([^\s"]+?)"?(?:[.,;]?\s|[.,;]?$)/.exec(text)?.[1];
  return { ...(action ? { action } : {}), ...(resource ? { resource } : {}) };
}

const deniedFix = (wire: Wire): string => {
  const { action = wire.action, resource } = missingRight(wire.text);
  return action
    ? `Allow \`${action}\`${resource ? ` on \`${resource}\`` : ""} for the user or role that runs this.`
    : "The user or role that runs this lacks this right, or a policy of the resource or the organisation denies it.";
};

/** S3 says no more than this when a bucket's owner is not the account that the call names (`ExpectedBucketOwner`). */
const BARE = /^(Access ?Denied|Forbidden|UnknownError|403)?\.?$/i;

const DENIED: readonly FaultRow[] = [
  {
    text: /not authorized to perform/i,
    when: byTouchedPrincipal,
    class: "propagation",
    is: "role_not_ready",
    fix: deniedFix,
  },
  {
    status: [403],
    text: BARE,
    when: ({ action }) => action?.startsWith("s3:") === true,
    class: "denied",
    is: "access_denied",
    say: ({ text, code }) => (text === "" || text === "UnknownError" ? "access denied" : `${text} (${code})`),
    fix: (wire) =>
      `${deniedFix(wire)} Or the bucket belongs to another account now: every call says that it must be this one's.`,
  },
  {
    code: /^(AccessDenied\w*|UnauthorizedOperation|Unauthorized|AuthorizationError\w*|NotAuthorized\w*|AllAccessDisabled|AccountProblem|Forbidden|403|KMSAccessDenied\w*|InvalidObjectState)$/,
    class: "denied",
    is: "access_denied",
    fix: deniedFix,
  },
  { text: /not authorized to perform/i, class: "denied", is: "access_denied", fix: deniedFix },
  {
    status: [401, 403],
    class: "denied",
    is: "access_denied",
    say: ({ text, code }) => (text === "" || text === "UnknownError" ? "access denied" : `${text} (${code})`),
    fix: deniedFix,
  },
];

const GENERAL: readonly FaultRow[] = [
  {
    code: /^(BandwidthLimitExceeded|EC2ThrottledException|PriorRequestNotComplete|ProvisionedThroughputExceededException|RequestLimitExceeded|RequestThrottled\w*|SlowDown|Throttl\w*|TooManyRequests\w*|TransactionInProgressException|429)$/,
    class: "throttle",
    is: "throttled",
  },
  { text: /^Rate exceeded/i, class: "throttle", is: "throttled" },
  { status: [429], class: "throttle", is: "throttled" },
  {
    code: /^(NotImplemented|UnknownOperation\w*|InvalidAction|UnsupportedOperation\w*)$/,
    class: "user",
    is: "not_supported",
    fix: "What answers here does not know this operation.",
  },
  { code: /^(PaginationTokenExpired\w*)$/, class: "ambiguous" },
  { code: /^(Resource|Entity)NotFound|^NoSuchEntity|^NotFoundException$/, class: "absent" },
  { code: /^NotFound$/, text: /./, class: "absent" },
  { code: /AlreadyExists/, class: "exists" },
  { code: /^(ConcurrentModification\w*|ResourceConflict\w*|Conflict\w*|OperationAborted\w*)$/, class: "conflict" },
  {
    code: /LimitExceeded|QuotaExceeded|TooMany/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Reduce what is there, or ask for more in Service Quotas.",
  },
  {
    when: ({ status }) => (status ?? 0) >= 500,
    class: "ambiguous",
    is: "aws_internal_error",
    say: ({ status, text, code }) =>
      `AWS had an error of its own (${status}${code.startsWith("Unknown") ? "" : `, ${code}`})${text === "" || text.startsWith("Unknown") ? "" : `: ${text}`}`,
    fix: AGAIN,
  },
  {
    code: /^Internal(Failure|Error|ServerError|ServiceE\w*)\w*$|^ServiceUnavailable\w*$|^UnknownError$/,
    class: "ambiguous",
    is: "aws_internal_error",
    fix: AGAIN,
  },
];

/** The rest: AWS understood, and refuses what was asked for. */
const REFUSED: readonly FaultRow[] = [{ class: "user" }];

/**
 * What AWS's errors mean, as data: code, message and service in, class and words out; those of the services among them.
 * The first row that fits counts, so rows of one service stand before the general ones.
 */
export const rowsWith = (services: readonly FaultRow[]): readonly FaultRow[] => [
  ...network,
  ...CREDENTIALS,
  ...REGION,
  ...PRINCIPALS,
  ...services,
  ...DENIED,
  ...GENERAL,
  ...REFUSED,
];

export const hint = (row: FaultRow, wire: Wire, place: Place): string | undefined =>
  typeof row.fix === "function" ? row.fix(wire, place) : row.fix;
