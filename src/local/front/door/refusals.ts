import { AwsError } from "../errors.ts";
import { protocolOf } from "../protocols.ts";

/** Why a request is not let in. */
export type Reason = keyof typeof REASONS;

type Answer = readonly [code: string, status: number, text: string];
interface Answers {
  readonly s3: Answer;
  readonly query: Answer;
  readonly json: Answer;
}

const INVALID_TOKEN = "The security token included in the request is invalid.";
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

const same = (code: string, status: number, text: string): Answers => {
  const answer: Answer = [code, status, text];
  return { s3: answer, query: answer, json: answer };
};

/** AWS's own codes, by the service's protocol. */
const REASONS = {
  unsigned: {
    s3: ["AccessDenied", 403, "Access Denied"],
    query: ["MissingAuthenticationToken", 403, "Request is missing Authentication Token"],
    json: ["MissingAuthenticationTokenException", 403, "Missing Authentication Token"],
  },
  unknownKey: {
    s3: ["InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."],
    query: ["InvalidClientTokenId", 403, INVALID_TOKEN],
    json: ["UnrecognizedClientException", 400, INVALID_TOKEN],
  },
  badToken: {
    s3: ["InvalidToken", 400, "The provided token is malformed or otherwise invalid."],
    query: ["InvalidClientTokenId", 403, INVALID_TOKEN],
    json: ["UnrecognizedClientException", 400, INVALID_TOKEN],
  },
  expiredToken: {
    s3: ["ExpiredToken", 400, "The provided token has expired."],
    query: ["ExpiredToken", 403, "The security token included in the request is expired"],
    json: ["ExpiredTokenException", 400, "The security token included in the request is expired"],
  },
  badSignature: {
    s3: ["SignatureDoesNotMatch", 403, MISMATCH],
    query: ["SignatureDoesNotMatch", 403, MISMATCH],
    json: ["InvalidSignatureException", 400, MISMATCH],
  },
  malformed: {
    s3: ["AuthorizationHeaderMalformed", 400, "The authorization that you provided is malformed."],
    query: ["IncompleteSignature", 400, "The request signature does not conform to AWS standards."],
    json: ["IncompleteSignatureException", 400, "The request signature does not conform to AWS standards."],
  },
  skewed: {
    s3: ["RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."],
    query: ["SignatureDoesNotMatch", 403, "Signature expired or not yet current: check the clock."],
    json: ["InvalidSignatureException", 400, "Signature expired or not yet current: check the clock."],
  },
  expiredLink: {
    s3: ["AccessDenied", 403, "Request has expired"],
    query: ["RequestExpired", 400, "Request has expired"],
    json: ["InvalidSignatureException", 400, "Request has expired"],
  },
  wrongService: {
    s3: ["AuthorizationHeaderMalformed", 400, "The credential scope is not that of the service that was asked."],
    query: ["SignatureDoesNotMatch", 403, "Credential should be scoped to correct service."],
    json: ["InvalidSignatureException", 400, "Credential should be scoped to correct service."],
  },
  unsignedHeader: {
    s3: ["AccessDenied", 403, "There were headers present in the request which were not signed"],
    query: ["IncompleteSignature", 400, "There were headers present in the request which were not signed"],
    json: ["IncompleteSignatureException", 400, "There were headers present in the request which were not signed"],
  },
  noHash: same("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256"),
  badHash: same(
    "XAmzContentSHA256Mismatch",
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ),
  badBody: same("IncompleteBody", 400, "The body is not what its headers say."),
  unsupported: same(
    "InvalidRequest",
    400,
    "The authorization mechanism you have provided is not supported by the embedded AWS. Please use AWS4-HMAC-SHA256.",
  ),
  tooLarge: {
    s3: ["EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"],
    query: ["RequestEntityTooLarge", 400, "Request size limit exceeded"],
    json: ["RequestEntityTooLargeException", 400, "Request size limit exceeded"],
  },
  busy: {
    s3: ["SlowDown", 503, "Please reduce your request rate."],
    query: ["Throttling", 400, "Rate exceeded"],
    json: ["ThrottlingException", 400, "Rate exceeded"],
  },
  slow: same(
    "RequestTimeout",
    400,
    "Your socket connection to the server was not read from or written to within the timeout period.",
  ),
  badRequest: same("BadRequest", 400, "The request cannot be read."),
  method: same("MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
  host: same("MisdirectedRequest", 421, "The embedded AWS answers on loopback alone, under loopback's own names."),
  stranger: same("AccessDenied", 403, "The embedded AWS answers no other site's pages."),
} as const satisfies Record<string, Answers>;

/** An error that the door itself raised. */
export class Refused extends Error {
  readonly reason: Reason;
  /** What is said in place of the usual text. */
  readonly text: string | undefined;

  constructor(reason: Reason, text?: string) {
    super(reason);
    this.name = "Refused";
    this.reason = reason;
    this.text = text;
  }
}

/** The refusal in the words of the service that was asked for. */
export function refusalFor(refused: Refused, service: string | undefined): AwsError {
  const protocol = protocolOf(service);
  const [code, status, text] = REASONS[refused.reason][protocol === "rest" ? "json" : protocol];
  // Services of JSON over REST (Lambda) say 403 where those of one target say 400.
  const forbidden = protocol === "rest" && FORBIDDEN.has(code);
  return new AwsError(code, refused.text ?? text, forbidden ? 403 : status);
}

const FORBIDDEN = new Set(["UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"]);
