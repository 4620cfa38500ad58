import { iamAction } from "./iam-action.ts";

/** An error of the SDK, of the network or of a credential provider, reduced to what the table of faults looks at. */
export interface Wire {
  /** AWS's code without a namespace, or Node's (`ECONNREFUSED`). */
  readonly code: string;
  /** One line, without anything secret. */
  readonly text: string;
  readonly status?: number;
  readonly attempts?: number;
  /** Host and port that did not answer. */
  readonly address?: string;
  /** The right that the failed operation needs, where the client layer saw it fail. */
  readonly action?: string;
}

/** What failed, by error: SDK errors do not say which operation they belong to. */
const calls = new WeakMap<Error, { service: string; operation: string }>();

/** Notes which operation an error belongs to, and hands the error back. */
export function rememberCall(error: unknown, service: string, operation: string): unknown {
  if (error instanceof Error && !calls.has(error)) calls.set(error, { service, operation });
  return error;
}

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined;
const textField = (value: unknown, key: string): string | undefined => {
  const found = field(value, key);
  return typeof found === "string" && found !== "" ? found : undefined;
};
const numberField = (value: unknown, key: string): number | undefined => {
  const found = field(value, key);
  return typeof found === "number" ? found : undefined;
};

/** Undefined for what is not an error of a call: a bug of ours. */
export function wireOf(error: unknown): Wire | undefined {
  if (!(error instanceof Error)) return undefined;
  const wire = reduced(error);
  const call = calls.get(error);
  return wire && call ? { ...wire, action: iamAction(call.service, call.operation) } : wire;
}

function reduced(error: Error): Wire | undefined {
  const network = networkError(error);
  if (network) return network;
  const metadata = field(error, "$metadata");
  const status = numberField(metadata, "httpStatusCode") ?? numberField(field(error, "$response"), "statusCode");
  const code = codeOf(error);
  // Kinds throw failures from inside a 200 under AWS's own names.
  const known =
    code.endsWith("Exception") ||
    status !== undefined ||
    field(error, "$fault") !== undefined ||
    code === "TimeoutError" ||
    PROVIDERS.test(error.name) ||
    SPOKEN.test(error.message);
  if (!known) return undefined;
  const attempts = numberField(metadata, "attempts");
  return {
    code,
    text: line(error.message),
    ...(status === undefined ? {} : { status }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

const PROVIDERS = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;
/** Errors that the SDK throws as plain `Error`. */
const SPOKEN =
  /Region is missing|^Invalid Configuration: |Deserialization error|Could not load credentials|Resolved credential object is not valid/i;

/** `com.amazonaws.dynamodb.v20120810#ResourceInUseException`, `ThrottlingException:http://…` and `InvalidParameter` alike. */
function codeOf(error: Error): string {
  const raw = textField(error, "Code") ?? (error.name === "Error" ? textField(error, "code") : undefined) ?? error.name;
  return (raw.split("#").at(-1) ?? raw).split(":")[0] ?? raw;
}

/** Codes of a certificate that nobody vouches for: mostly a network that reads along with an authority of its own. */
export const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)$/;

const NETWORK =
  /^(UNABLE_TO_GET_ISSUER_CERT\w*|HOSTNAME_MISMATCH|ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|EPROTO|ERR_(SSL|TLS|SOCKET)\w*|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|HPE_\w+|UND_ERR\w*)$/;

/** Errors of sockets and names. An AggregateError stands for all addresses of one host. */
function networkError(error: Error): Wire | undefined {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const source = inner instanceof Error ? inner : error;
  const code = textField(source, "code");
  if (code === undefined || !NETWORK.test(code)) {
    if (error.cause instanceof Error && error.cause !== error) return networkError(error.cause);
    if (/socket hang up|other side closed|premature close/i.test(error.message))
      return { code: "ECONNRESET", text: line(error.message) };
    return undefined;
  }
  const host = textField(source, "hostname") ?? textField(source, "address");
  const port = numberField(source, "port");
  const address = host === undefined ? undefined : port === undefined ? host : `${host}:${port}`;
  return { code, text: line(source.message), ...(address ? { address } : {}) };
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(AKIA|ASIA|AIDA|AGPA)[A-Z0-9]{12,}\b/g, "$1****"],
  [/(X-Amz-(?:Security-Token|Signature|Credential)[=:]\s*)[^\s&'"]+/gi, "$1****"],
  [/((?:Security|Session)-?Token['"]?[=:]\s*)['"]?[\w+/=-]{16,}/gi, "$1****"],
  [/(Signature=)[0-9a-f]{16,}/gi, "$1****"],
  [/((?:secret(?:_?access_?key)?|password|passwd|token)['"]?\s*[=:]\s*)['"]?[^\s'",;&]{6,}/gi, "$1****"],
  // What AWS echoes of a request it could not verify: keys and tokens are among it.
  [/(The (?:Canonical String|String-to-Sign) for this request should have been).*/is, "$1 …"],
];

/** One line of at most 600 characters with everything secret taken out. */
export function line(text: string): string {
  const clean = SECRETS.reduce((rest, [pattern, mask]) => rest.replace(pattern, mask), text)
    .replace(/\s+/g, " ")
    .trim();
  return clean.length > 600 ? `${clean.slice(0, 599)}…` : clean;
}
