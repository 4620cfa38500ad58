import type {
  ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommandOutput,
  MultipartUpload,
} from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { s3Client } from "../../services/s3/client.ts";
import { deleteVersions, listVersions } from "../../services/s3/versions.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";

/** One version of an object; the id is undefined in a bucket that was never versioned. */
export interface Version {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly isLatest: boolean;
}

/** What S3 has of one key, newest first. */
export interface Versions {
  readonly key: string;
  readonly versions: readonly Version[];
  /** Delete markers, by their ids. */
  readonly markers: number;
}

/** Every key under a prefix with all of its versions, page by page. */
export async function* eachKey(ctx: AwsContext, bucket: string, prefix: string): AsyncGenerator<Versions> {
  const s3 = await ctx.clients.of(s3Client);
  let from: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } | undefined = {};
  let held: { readonly key: string; readonly versions: Version[]; markers: number } | undefined;
  while (from) {
    const page: ListObjectVersionsCommandOutput = await s3.listObjectVersions({
      Bucket: bucket,
      Prefix: prefix,
      ...from,
    });
    const all = [
      ...(page.Versions ?? []).map((one) => ({ ...one, marker: false })),
      ...(page.DeleteMarkers ?? []).map((one) => ({ ...one, marker: true })),
    ].sort((a, b) => ((a.Key ?? "") < (b.Key ?? "") ? -1 : (a.Key ?? "") > (b.Key ?? "") ? 1 : 0));
    for (const { Key: key = "", VersionId, IsLatest, marker } of all) {
      if (held && held.key !== key) {
        yield held;
        held = undefined;
      }
      held ??= { key, versions: [], markers: 0 };
      if (marker) held.markers++;
      else held.versions.push({ key, versionId: VersionId, isLatest: IsLatest === true });
    }
    from = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  if (held) yield held;
}

/** The bytes of a version; undefined when it is gone by now. */
export async function bytesOf(ctx: AwsContext, bucket: string, one: Version): Promise<Buffer | undefined> {
  const s3 = await ctx.clients.of(s3Client);
  try {
    const answer = await s3.getObject({ Bucket: bucket, Key: one.key, ...versionOf(one) });
    return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (errorName(error) === "InvalidObjectState") throw archived(bucket, one, error);
    throw error;
  }
}

/** `null` is a version's name too: what was put before the bucket was versioned, and may be no longer the newest. */
const versionOf = ({ versionId }: Version): { readonly VersionId?: string } =>
  versionId === undefined ? {} : { VersionId: versionId };

/** S3 says 403 of an object in an archive, but it is no right that is missing. */
function archived(bucket: string, { key, versionId }: Version, error: unknown): OperateProblem {
  const stored = error instanceof Error && "StorageClass" in error ? String(error.StorageClass) : "an archive";
  return new OperateProblem(
    "object_archived",
    `An object cannot be looked into: its storage class is ${stored}`,
    "restore it first, or delete this version of it, then start `metriccare forget` again",
    "user",
    `s3://${bucket}/${key}${versionId === undefined ? "" : `?versionId=${versionId}`}`,
  );
}

/** Some versions of one key, for good. */
export async function removeVersions(ctx: AwsContext, bucket: string, versions: readonly Version[]): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  for (const { key, versionId } of versions)
    await s3.deleteObject({
      Bucket: bucket,
      Key: key,
      ...(versionId === undefined ? {} : { VersionId: versionId }),
    });
}

/** Everything under a prefix that `wanted` accepts, with all versions and markers. */
export async function removeAll(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean = () => true,
): Promise<void> {
  for await (const call of deleteVersions(ctx, bucket, prefix, wanted)) await call.send();
}

/** Old versions and markers under a prefix; what is there now stays. */
export async function removeOld(ctx: AwsContext, bucket: string, prefix: string): Promise<number> {
  let removed = 0;
  for await (const { key, versions, markers } of eachKey(ctx, bucket, prefix)) {
    const old = versions.filter(({ isLatest }) => !isLatest);
    removed += old.length + markers;
    if (versions.some(({ isLatest }) => isLatest) && markers === 0) await removeVersions(ctx, bucket, old);
    else if (versions.some(({ isLatest }) => isLatest)) await removeButLatest(ctx, bucket, key, versions);
    else await removeAll(ctx, bucket, key, (one) => one === key);
  }
  return removed;
}

async function removeButLatest(
  ctx: AwsContext,
  bucket: string,
  key: string,
  versions: readonly Version[],
): Promise<void> {
  const kept = versions.find(({ isLatest }) => isLatest)?.versionId;
  let next: Awaited<ReturnType<typeof listVersions>>["next"];
  do {
    const page = await listVersions(ctx, bucket, key, next);
    const old = page.versions.filter((one) => one.Key === key && one.VersionId !== kept);
    await removeVersions(
      ctx,
      bucket,
      old.map(({ VersionId }) => ({ key, versionId: VersionId, isLatest: false })),
    );
    next = page.next;
  } while (next);
}

/** Uploads that never ended, of some keys: their parts are content too. */
export async function abortUploads(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean,
): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  for await (const { Key, UploadId } of eachUpload(ctx, bucket, prefix))
    if (Key !== undefined && wanted(Key))
      await s3.abortMultipartUpload({ Bucket: bucket, Key, UploadId }).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
      });
}

/** Every upload under a prefix that has not ended, page by page. */
export async function* eachUpload(ctx: AwsContext, bucket: string, prefix: string): AsyncGenerator<MultipartUpload> {
  const s3 = await ctx.clients.of(s3Client);
  let from: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } | undefined = {};
  while (from) {
    const page: ListMultipartUploadsCommandOutput = await s3.listMultipartUploads({
      Bucket: bucket,
      Prefix: prefix,
      ...from,
    });
    yield* page.Uploads ?? [];
    from = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
}
