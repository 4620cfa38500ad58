import type { ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import type { Pipeline } from "../runs/pipeline.ts";
import { s3Client } from "../../services/s3/client.ts";

/** One upload of a key. */
export interface RawVersion {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch ms; S3 tells whole seconds. */
  readonly modified: number;
  /** Empty in a bucket that was never versioned. */
  readonly versionId: string;
}

/** A key with everything that S3 still has of it, oldest first. Deleted keys are left out. */
export interface RawKey {
  readonly key: string;
  readonly versions: readonly RawVersion[];
}

/** Markers that S3 consoles and Spark leave behind are not files. */
const isMarker = (key: string, size: number): boolean => (key.endsWith("/") && size === 0) || key.endsWith("_$folder$");

/** Keys under the raw prefix with their versions, page by page: the versions of a key are never torn apart. */
export async function* rawKeys({
  ctx,
  bucket,
  prefix,
}: Pick<Pipeline, "ctx" | "bucket" | "prefix">): AsyncGenerator<RawKey[]> {
  const s3 = await ctx.clients.of(s3Client);
  let marker: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
  let versions = new Map<string, RawVersion[]>();
  const deleted = new Set<string>();
  const take = (keys: readonly string[]): RawKey[] =>
    keys.flatMap((key) => {
      const found = versions.get(key) ?? [];
      versions.delete(key);
      return deleted.delete(key) || found.length === 0 ? [] : [{ key, versions: found.toReversed() }];
    });
  while (marker) {
    const page: ListObjectVersionsCommandOutput = await s3.listObjectVersions({
      Bucket: bucket,
      Prefix: prefix,
      ...marker,
    });
    for (const { Key, IsLatest } of page.DeleteMarkers ?? []) if (Key && IsLatest) deleted.add(Key);
    for (const { Key, Size = 0, ETag = "", LastModified, VersionId } of page.Versions ?? []) {
      if (Key === undefined || isMarker(Key, Size)) continue;
      const one = {
        key: Key,
        size: Size,
        etag: ETag.replaceAll('"', ""),
        modified: LastModified?.getTime() ?? 0,
        versionId: VersionId && VersionId !== "null" ? VersionId : "",
      };
      versions.set(Key, [...(versions.get(Key) ?? []), one]);
    }
    const more = page.IsTruncated === true;
    // The last key of a page may go on in the next one.
    const last = more ? page.NextKeyMarker : undefined;
    yield take([...versions.keys()].filter((key) => key !== last));
    marker = more
      ? {
          ...(page.NextKeyMarker ? { KeyMarker: page.NextKeyMarker } : {}),
          ...(page.NextVersionIdMarker ? { VersionIdMarker: page.NextVersionIdMarker } : {}),
        }
      : undefined;
    if (!more) versions = new Map();
  }
}
