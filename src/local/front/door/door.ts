import type { IncomingMessage } from "node:http";
import type { Clock } from "../../../clock/index.ts";
import { HashCheck, NO_CHECK, type BodyCheck } from "./body.ts";
import { ChunkCheck } from "./chunks.ts";
import { claimOf, type Claim } from "./claim.ts";
import type { Found, KeyRing } from "./keyring.ts";
import { bodyLimit, decodedLimit, type UnprovedBodies } from "./limits.ts";
import { Refused } from "./refusals.ts";
import { refuseOtherService } from "./services.ts";
import { equal, sha256, signingKey, verifyV4 } from "./sigv4.ts";
import { verifyV2 } from "./sigv2.ts";
import type { Target } from "./target.ts";
import type { Visit } from "./visitors.ts";

/** A request whose signature is right. */
export interface Admitted {
  readonly accessKeyId: string;
  /** Signed with the project folder's own pair. */
  readonly root: boolean;
  readonly service: string;
  /** All of the body, where the signature covers it without saying so beforehand (every service but S3). */
  readonly body?: Buffer;
  /** Holds a body that streams against what its headers say. */
  readonly check: BodyCheck;
  readonly limit: number;
}

export interface DoorOptions {
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly bodies: UnprovedBodies;
  /** Told before a body is read here whole: the client may wait for leave to send it. */
  onRead(): void;
}

/** AWS's own tolerance. */
const SKEW_MS = 15 * 60_000;
const UNSIGNED = "UNSIGNED-PAYLOAD";
const STREAMS = new Set([
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
]);

/** Lets in whom a known key has signed for what is asked; throws `Refused` for everybody else. */
export async function admit(
  request: IncomingMessage,
  visit: Visit & { target: Target },
  options: DoorOptions,
): Promise<Admitted> {
  const claim = claimOf(visit.headers, visit.target);
  if (claim === undefined) throw new Refused("unsigned");
  refuseOtherService(claim, visit);
  refuseTime(claim, options.clock.now());
  const found = await options.keys.find(claim.accessKeyId);
  if (found === undefined) throw unknownKey(claim.accessKeyId);
  refuseToken(claim, found, options.clock.now());
  const limit = bodyLimit(claim.service, visit.headers);
  const common = { accessKeyId: claim.accessKeyId, root: found.root, service: claim.service, limit };
  if (claim.version === 2) {
    verifyV2(claim, visit, found.secretAccessKey);
    return { ...common, check: checkOf(claim, visit, Buffer.alloc(0), UNSIGNED) };
  }
  const key = signingKey(found.secretAccessKey, claim.scope);
  if (claim.service === "s3" || claim.service === "s3express") {
    const hash = payloadHash(claim, visit);
    verifyV4(claim, visit, hash, key);
    return { ...common, check: checkOf(claim, visit, key, hash) };
  }
  options.onRead();
  const body = await options.bodies.read(request, limit);
  verifyV4(claim, visit, sha256(body), key);
  return { ...common, body, check: NO_CHECK };
}

function refuseTime(claim: Claim, now: number): void {
  const skewed = claim.presigned ? claim.signedAt - now > SKEW_MS : Math.abs(claim.signedAt - now) > SKEW_MS;
  if (skewed) throw new Refused("skewed");
  if (claim.until !== undefined && now > claim.until) throw new Refused("expiredLink");
}

function refuseToken(claim: Claim, found: Found, now: number): void {
  if (found.expiresAt !== undefined && now > found.expiresAt) throw new Refused("expiredToken");
  if (!equal(claim.token ?? "", found.sessionToken ?? "")) throw new Refused("badToken");
}

/** A mistyped profile is told what happened: the request never leaves this machine. */
function unknownKey(key: string): Refused {
  if (!/^(AKIA|ASIA)[A-Z0-9]{8,}$/.test(key)) return new Refused("unknownKey");
  const text =
    `The access key ${key.slice(0, 4)}… looks like one of a real AWS account, and this is the embedded AWS. ` +
    `Use the credentials that "metriccare local env" prints.`;
  return new Refused("unknownKey", text);
}

/** What S3 puts in the place of the body's hash. */
function payloadHash(claim: Claim, { headers, target }: Visit & { target: Target }): string {
  const inQuery = target.query.find(([name]) => name.toLowerCase() === "x-amz-content-sha256")?.[1];
  const inHeader = headers.get("x-amz-content-sha256");
  if (!claim.presigned && inHeader === undefined) throw new Refused("noHash");
  const hash = claim.presigned ? (inQuery ?? signedHash(claim, inHeader) ?? UNSIGNED) : (inHeader ?? "");
  if (hash === UNSIGNED || STREAMS.has(hash) || /^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new Refused(
    "unsupported",
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a SHA-256 or a known way of streaming.",
  );
}

const signedHash = (claim: Claim, inHeader: string | undefined): string | undefined =>
  claim.signedHeaders.includes("x-amz-content-sha256") ? inHeader : undefined;

function checkOf(claim: Claim, { headers }: Visit, key: Buffer, hash: string): BodyCheck {
  if (/^[0-9a-f]{64}$/.test(hash)) return new HashCheck(hash);
  if (!STREAMS.has(hash)) {
    // Chunks that the signature does not announce would be read by nobody here, and by the emulator.
    const encoded = headers.all("content-encoding").some((value) => value.includes("aws-chunked"));
    if (encoded || (headers.get("x-amz-content-sha256") ?? hash) !== hash) throw new Refused("unsupported");
    return NO_CHECK;
  }
  const length = headers.get("x-amz-decoded-content-length") ?? "";
  if (!/^\d{1,13}$/.test(length) || Number(length) > decodedLimit) throw new Refused("badBody");
  const trailers = (headers.get("x-amz-trailer") ?? "").split(",").map((name) => name.trim().toLowerCase());
  const { stamp, scope, signature: seed } = claim;
  return new ChunkCheck({
    signed: hash.startsWith("STREAMING-UNSIGNED") ? undefined : { key, stamp, scope, seed },
    trailers: hash.endsWith("-TRAILER") ? trailers.filter((name) => name !== "") : [],
    length: Number(length),
  });
}
