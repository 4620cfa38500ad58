import { createHmac } from "node:crypto";
import type { Claim } from "./claim.ts";
import type { RawHeaders } from "./headers.ts";
import { Refused } from "./refusals.ts";
import { equal, type Signed } from "./sigv4.ts";
import { decode } from "./target.ts";

/** The parameters that belong to the resource (AWS's list). */
const SUBRESOURCES = new Set(
  (
    "accelerate acl cors defaultObjectAcl location logging partNumber policy requestPayment torrent versioning " +
    "versionId versions website uploads uploadId response-content-type response-content-language response-expires " +
    "response-cache-control response-content-disposition response-content-encoding delete lifecycle tagging restore " +
    "storageClass notification replication analytics metrics inventory select select-type object-lock"
  ).split(" "),
);

/** Parameters that belong to no resource and only say which part of a list is wanted, or who signs. */
const UNSIGNED = new Set(
  (
    "prefix marker delimiter max-keys encoding-type list-type continuation-token start-after fetch-owner key-marker " +
    "version-id-marker upload-id-marker max-uploads max-parts part-number-marker id continuation x-id " +
    "AWSAccessKeyId Signature Expires X-Amz-Security-Token"
  ).split(" "),
);
/** What links carry in place of headers, signed as such. */
const AS_HEADER = /^(x-amz-[a-z0-9-]+|content-md5|content-type)$/;

/**
 * Version 2 signs the parameters that it knows, and the host not at all: whoever has a link could add `Action=…`, a newer
 * subresource, or a host that names another bucket. What it does not sign and is no harm is listed; all else is refused.
 */
function refuseUnsigned(claim: Claim, { headers, target }: Signed): void {
  const names = target.query.map(([name]) => name);
  const covered = (name: string): boolean =>
    SUBRESOURCES.has(name) || UNSIGNED.has(name) || (claim.presigned && AS_HEADER.test(name));
  const loose = names.find((name) => !covered(name));
  if (loose !== undefined)
    throw new Refused("unsupported", `Version 2 does not sign ${loose.slice(0, 60)}: use version 4.`);
  if (new Set(names).size !== names.length) throw new Refused("malformed", "A parameter is there twice.");
  // The emulator takes the first label for the bucket, and some labels for services of its own.
  const label = bucketOf(headers);
  if (label !== undefined && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(label)) throw new Refused("host");
}

/** The bucket that stands in the host. */
const bucketOf = (headers: RawHeaders): string | undefined =>
  /^([^:]+)\.localhost(:\d+)?$/.exec(headers.get("host") ?? "")?.[1];

/** Refuses a request whose signature of version 2 (S3's old one, with which boto3 still presigns) is wrong. */
export function verifyV2(claim: Claim, signed: Signed, secret: string): void {
  const { method, headers, target } = signed;
  refuseUnsigned(claim, signed);
  const query = new Map(target.query);
  // Links carry these as parameters, signed as if they were headers.
  const named = (name: string): string => headers.get(name) ?? (claim.presigned ? query.get(name) : undefined) ?? "";
  const text = [
    method,
    named("content-md5"),
    named("content-type"),
    claim.stamp,
    `${amzHeaders(claim, signed, query)}${resource(signed)}`,
  ].join("\n");
  const right = createHmac("sha1", Buffer.from(secret, "utf8")).update(text, "latin1").digest("base64");
  if (!equal(right, claim.signature)) throw new Refused("badSignature");
}

function amzHeaders(claim: Claim, { headers }: Signed, query: Map<string, string>): string {
  const found = new Map<string, string>();
  if (claim.presigned) for (const [name, value] of query) if (name.startsWith("x-amz-")) found.set(name, value.trim());
  for (const name of headers.names())
    if (name.startsWith("x-amz-"))
      found.set(
        name,
        headers
          .all(name)
          .map((value) => value.trim())
          .join(","),
      );
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join("");
}

/** `/bucket/key?subresources`: a bucket that stands in the host belongs in front. */
function resource({ headers, target }: Signed): string {
  const bucket = bucketOf(headers);
  const path = bucket === undefined ? target.path : `/${bucket}${target.path}`;
  const listed = target.rawQuery
    .split("&")
    .map((pair) => pair.split(/=(.*)/s))
    .filter(([name]) => SUBRESOURCES.has(name ?? ""))
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === undefined ? name : `${name}=${decode(value)}`));
  return listed.length === 0 ? path : `${path}?${listed.join("&")}`;
}
