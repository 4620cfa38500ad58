import { codeIsOurs } from "../check/files.ts";
import { keyOf, uploadKey } from "../check/references.ts";
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

/** Bucket and key of all that apply uploads; a zip of the function has a part of its hash in its key. */
export function uploadKeys(config: LakehouseConfig): { bucket: string; key: string }[] {
  const { s3Bucket, s3Key, source } = config.function;
  const all = [
    ...Object.values(config.jobs).map((job) => ({ bucket: "scripts", key: keyOf(job.script) })),
    ...Object.values(config.uploads).map((upload) => ({ bucket: upload.bucket, key: uploadKey(upload) })),
    ...(Object.values(config.jobs).some((job) => job.layer === "gold")
      ? [{ bucket: "scripts", key: keyOf(config.measures.haiValueSet) }]
      : []),
    ...(s3Bucket !== undefined && codeIsOurs(config)
      ? [{ bucket: s3Bucket, key: s3Key ?? `${keyOf(source)}-????????????.zip` }]
      : []),
  ].filter(({ bucket }) => Object.hasOwn(config.buckets, bucket));
  return [...new Map(all.map((one) => [`${one.bucket}/${one.key}`, one])).values()];
}

/** A bucket and key elsewhere that the function's code is fetched from: Lambda reads it with the caller's own rights. */
export function foreignCode(config: LakehouseConfig): { bucket: string; key: string } | undefined {
  const { s3Bucket, s3Key } = config.function;
  return s3Bucket !== undefined && !codeIsOurs(config) ? { bucket: s3Bucket, key: s3Key ?? "*" } : undefined;
}
