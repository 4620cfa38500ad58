import type { RawHeaders } from "./headers.ts";
import { Refused } from "./refusals.ts";
import { serviceOfTarget } from "./services.ts";
import type { Target } from "./target.ts";

/** What a request says about who signed it, how and when. Nothing of it is proved yet. */
export interface Claim {
  readonly version: 4 | 2;
  /** In the query: a link that somebody may have been given. */
  readonly presigned: boolean;
  readonly accessKeyId: string;
  readonly signature: string;
  readonly token?: string | undefined;
  /** Of the credential scope; version 2 is S3's alone. */
  readonly service: string;
  /** `date/region/service/aws4_request` */
  readonly scope: string;
  readonly region: string;
  readonly signedHeaders: string[];
  /** `20240131T101112Z`, or for version 2 what stands in the string to sign. */
  readonly stamp: string;
  /** Milliseconds since the epoch at which it was signed; NaN for links of version 2, which say only their end. */
  readonly signedAt: number;
  /** When a link ends. */
  readonly until?: number;
}

const V4 = "AWS4-HMAC-SHA256";
/** Seven days, as on AWS. */
const LONGEST_LINK = 604_800;
const QUERY_NAMES = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
  "X-Amz-Security-Token",
  "X-Amz-Content-Sha256",
  "X-Amz-Region-Set",
  "AWSAccessKeyId",
  "Signature",
  "Expires",
];
const SPELLING = new Map(QUERY_NAMES.map((name) => [name.toLowerCase(), name]));
/** Some signers move these headers into the query as they are. */
const MOVED = new Set(["x-amz-security-token", "x-amz-content-sha256"]);

/** Reads the claim of a request; undefined when it bears none. Two claims in one request are refused, as on AWS. */
export function claimOf(headers: RawHeaders, target: Target): Claim | undefined {
  const authorization = headers.get("authorization");
  const query = queryOf(target);
  const inQuery = query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature") || query.has("X-Amz-Credential");
  const old = query.has("AWSAccessKeyId") || (query.has("Signature") && !inQuery);
  if ([authorization !== undefined, inQuery, old].filter(Boolean).length > 1)
    throw new Refused("unsupported", "Only one auth mechanism allowed");
  if (authorization !== undefined) return fromHeader(authorization, headers);
  if (inQuery) return fromQuery(query);
  return old ? oldLink(query) : undefined;
}

/** The service that an unproved claim names, to refuse it in that service's words. */
export function serviceClaimed(headers: RawHeaders, target: Target | undefined): string | undefined {
  const named = headers.get("x-amz-target");
  if (named !== undefined) return serviceOfTarget(named);
  const header = headers.get("authorization");
  if (header?.startsWith("AWS ")) return "s3";
  const inQuery = target?.query.find(([name]) => name.toLowerCase() === "x-amz-credential")?.[1];
  const scope = header?.match(/Credential=([^,\s]+)/)?.[1] ?? inQuery;
  return scope?.split("/").at(-2);
}

/** The parameters of signatures, each once and in its own spelling: the emulator must not read others than we do. */
function queryOf(target: Target): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of target.query) {
    const right = SPELLING.get(name.toLowerCase());
    if (right === undefined) continue;
    if (name !== right && !MOVED.has(name)) throw new Refused("malformed", `${name} is spelt ${right}.`);
    if (found.has(right)) throw new Refused("malformed", `${right} is there twice.`);
    found.set(right, value);
  }
  return found;
}

function fromHeader(text: string, headers: RawHeaders): Claim {
  const old = /^AWS ([^:\s]+):([A-Za-z0-9+/]{27}=)$/.exec(text);
  if (old) return oldHeader(old[1] ?? "", old[2] ?? "", headers);
  const space = text.indexOf(" ");
  if (text.slice(0, space) !== V4) throw new Refused("unsupported");
  const fields = fieldsOf(text.slice(space + 1));
  const { stamp, signedAt } = timeOf(headers.get("x-amz-date"), headers.get("date"));
  return {
    ...scopeOf(fields.get("Credential"), stamp),
    version: 4,
    presigned: false,
    signature: hex(fields.get("Signature")),
    token: headers.get("x-amz-security-token"),
    signedHeaders: namesOf(fields.get("SignedHeaders")),
    stamp,
    signedAt,
  };
}

function fromQuery(query: Map<string, string>): Claim {
  if (query.get("X-Amz-Algorithm") !== V4) throw new Refused("unsupported");
  const { stamp, signedAt } = timeOf(query.get("X-Amz-Date"), undefined);
  const seconds = /^\d{1,7}$/.test(query.get("X-Amz-Expires") ?? "") ? Number(query.get("X-Amz-Expires")) : 0;
  if (seconds < 1 || seconds > LONGEST_LINK)
    throw new Refused("malformed", `X-Amz-Expires must be a number of seconds from 1 to ${LONGEST_LINK}.`);
  return {
    ...scopeOf(query.get("X-Amz-Credential"), stamp),
    version: 4,
    presigned: true,
    signature: hex(query.get("X-Amz-Signature")),
    token: query.get("X-Amz-Security-Token"),
    signedHeaders: namesOf(query.get("X-Amz-SignedHeaders")),
    stamp,
    signedAt,
    until: signedAt + seconds * 1000,
  };
}

const OLD = { version: 2, service: "s3", scope: "", region: "", signedHeaders: [] } as const;

function oldHeader(accessKeyId: string, signature: string, headers: RawHeaders): Claim {
  const date = headers.get("x-amz-date") ?? headers.get("date") ?? "";
  const signedAt = Date.parse(date);
  if (Number.isNaN(signedAt))
    throw new Refused("malformed", "AWS authentication requires a valid Date or x-amz-date header");
  // With x-amz-date, the line of the date is empty.
  const stamp = headers.get("x-amz-date") === undefined ? date : "";
  const token = headers.get("x-amz-security-token");
  return { ...OLD, signedHeaders: [], presigned: false, accessKeyId, signature, token, stamp, signedAt };
}

function oldLink(query: Map<string, string>): Claim {
  const accessKeyId = query.get("AWSAccessKeyId");
  const signature = query.get("Signature");
  const expires = query.get("Expires");
  if (!accessKeyId || !signature || !expires || !/^\d{1,11}$/.test(expires))
    throw new Refused(
      "malformed",
      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    );
  return {
    ...OLD,
    signedHeaders: [],
    presigned: true,
    accessKeyId,
    signature,
    token: query.get("X-Amz-Security-Token"),
    stamp: expires,
    signedAt: Number.NaN,
    until: Number(expires) * 1000,
  };
}

/** No other field and no other spelling: the emulator takes the first `Credential=` that it finds, in `XCredential=` too. */
const FIELD = /^(Credential|SignedHeaders|Signature)=([^\s=]+)$/;

function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(",")) {
    const [, name, value] = FIELD.exec(part.trim()) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) throw new Refused("malformed");
    fields.set(name, value);
  }
  return fields;
}

function timeOf(amzDate: string | undefined, date: string | undefined): { stamp: string; signedAt: number } {
  const stamp = amzDate ?? (date === undefined ? "" : compact(date));
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (!parts) throw new Refused("malformed", "Date must be in ISO8601 'basic format', as in 20240131T101112Z.");
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return { stamp, signedAt: Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) };
}

/** A `Date` header counts where there is no x-amz-date. */
function compact(date: string): string {
  const at = Date.parse(date);
  return /^\d{8}T/.test(date) ? date : Number.isNaN(at) ? "" : new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
}

function scopeOf(
  credential: string | undefined,
  stamp: string,
): Pick<Claim, "accessKeyId" | "service" | "scope" | "region"> {
  const [accessKeyId, date, region, service, end, ...more] = (credential ?? "").split("/");
  const whole = accessKeyId && date && region && service && end === "aws4_request" && more.length === 0;
  if (!whole) throw new Refused("malformed", "A credential reads <key>/<date>/<region>/<service>/aws4_request.");
  if (date !== stamp.slice(0, 8))
    throw new Refused("malformed", `Invalid credential date "${date}": it is not the date of the request.`);
  // `aws-global` is how the Java SDK names the partition.
  if (!/^([a-z]{2,3}(-[a-z]+)+-\d|aws(-[a-z]+)*-global)$/.test(region))
    throw new Refused("malformed", `The region '${region.slice(0, 40)}' is wrong.`);
  if (!/^[a-z0-9-]+$/.test(service)) throw new Refused("malformed", "The service of the credential is wrong.");
  return { accessKeyId, service, region, scope: `${date}/${region}/${service}/${end}` };
}

function hex(signature: string | undefined): string {
  if (!/^[0-9a-f]{64}$/.test(signature ?? "")) throw new Refused("malformed");
  return signature ?? "";
}

function namesOf(list: string | undefined): string[] {
  const names = (list ?? "").split(";");
  if (!names.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) || new Set(names).size !== names.length)
    throw new Refused("malformed");
  if (!names.includes("host")) throw new Refused("unsignedHeader", "'Host' must be a signed header");
  return names;
}
