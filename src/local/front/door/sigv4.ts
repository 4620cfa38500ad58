import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Claim } from "./claim.ts";
import type { RawHeaders } from "./headers.ts";
import { Refused } from "./refusals.ts";
import { canonicalHeaders, canonicalPaths, canonicalQuery, type Target } from "./target.ts";

export interface Signed {
  readonly method: string;
  readonly target: Target;
  readonly headers: RawHeaders;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
/** These change nothing about what is asked, and links are used by clients that add them. */
const NEED_NO_SIGNATURE = new Set(["x-amz-content-sha256", "x-amz-user-agent"]);

export const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
export const hmac = (key: Buffer | string, text: string): Buffer =>
  createHmac("sha256", key).update(text, "latin1").digest();

/** Compares without telling by the time it takes how much is right. */
export function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a, "utf8"), Buffer.from(b, "utf8")];
  return x.length === y.length && timingSafeEqual(x, y);
}

/** The key of one day, region and service. */
export function signingKey(secret: string, scope: string): Buffer {
  let key: Buffer | string = Buffer.from(`AWS4${secret}`, "utf8");
  for (const part of scope.split("/")) key = hmac(key, part);
  return Buffer.from(key);
}

/** Refuses a request whose signature of version 4 is not what its parts and the secret make. */
export function verifyV4(claim: Claim, signed: Signed, payloadHash: string, key: Buffer): void {
  const missing = signed.headers
    .names()
    .find(
      (name) =>
        name.startsWith("x-amz-") &&
        !claim.signedHeaders.includes(name) &&
        !(claim.presigned && NEED_NO_SIGNATURE.has(name)),
    );
  if (missing !== undefined) throw new Refused("unsignedHeader");
  const rest = [
    canonicalQuery(signed.target.query, claim.presigned ? "X-Amz-Signature" : undefined),
    canonicalHeaders(signed.headers, claim.signedHeaders),
    claim.signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
  const right = canonicalPaths(signed.target.path, claim.service).some((path) => {
    const canonical = sha256(Buffer.from(`${signed.method}\n${path}\n${rest}`, "latin1"));
    const text = [ALGORITHM, claim.stamp, claim.scope, canonical].join("\n");
    return equal(hmac(key, text).toString("hex"), claim.signature);
  });
  if (!right) throw new Refused("badSignature");
}
