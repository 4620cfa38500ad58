import { client } from "../../aws/clients.ts";
import { LEASE_KEY } from "../../aws/lease.ts";

/** CreateBucket makes the owner, and takes no such header. */
const OWNERLESS = new Set(["CreateBucket", "ListBuckets", "ListDirectoryBuckets"]);

/**
 * A call to S3 with the owner that its bucket must have: a bucket's name is free again when the bucket is gone, and whoever takes it would
 * get the data. AWS answers 403 when another account owns it. A call that says `ExpectedBucketOwner` itself (undefined too) is left alone.
 */
export function withOwner(operation: string, input: unknown, owner: string | undefined): unknown {
  if (owner === undefined || OWNERLESS.has(operation)) return input;
  if (typeof input !== "object" || input === null || !("Bucket" in input)) return input;
  return {
    ...("CopySource" in input ? { ExpectedSourceBucketOwner: owner } : {}),
    ExpectedBucketOwner: owner,
    ...input,
  };
}

/** Checksums where S3 asks for them: emulators and older services do not know those of newer SDKs. */
export const s3Client = client("s3", async () => (await import("@aws-sdk/client-s3")).S3, {
  settings: { requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" },
  shape: withOwner,
  // A lease that is not renewed in time is lost, however much else waits to be sent.
  urgent: (input) => typeof input === "object" && input !== null && "Key" in input && input.Key === LEASE_KEY,
});
