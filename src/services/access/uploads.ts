import { codeIsOurs } from "../check/files.ts";
import type { LakehouseConfig } from "../schema.ts";

/** Ids of the buckets that apply puts objects into; the lease lies in the one for scripts. */
export const uploadBuckets = (config: LakehouseConfig): string[] => {
  const { s3Bucket } = config.function;
  return [
    ...new Set([
      "scripts",
      ...Object.values(config.uploads).map((upload) => upload.bucket),
      ...(s3Bucket !== undefined && codeIsOurs(config) ? [s3Bucket] : []),
    ]),
  ].filter((id) => Object.hasOwn(config.buckets, id));
};

/** A bucket and key elsewhere that the function's code is fetched from: Lambda reads it with the caller's own rights. */
export function foreignCode(config: LakehouseConfig): { bucket: string; key: string } | undefined {
  const { s3Bucket, s3Key } = config.function;
  return s3Bucket !== undefined && !codeIsOurs(config) ? { bucket: s3Bucket, key: s3Key ?? "*" } : undefined;
}
