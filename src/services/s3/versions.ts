import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, errorCode } from "../kit.ts";

/** The key of the apply lease: ours, but no data. */
export const LEASE_KEY = "metriccare/lease.json";

/** DeleteObjects and ListObjectVersions take and give at most 1,000 at a time. */
const BATCH = 1000;

interface Version {
  readonly Key: string;
  readonly VersionId: string | undefined;
}

/** One page of versions and delete markers, both being what DeleteBucket stumbles over. */
export async function listVersions(
  ctx: AwsContext,
  bucket: string,
  prefix = "",
  from?: { readonly key?: string; readonly version?: string },
): Promise<{
  readonly versions: readonly Version[];
  readonly next?: { readonly key?: string; readonly version?: string };
}> {
  const s3 = await ctx.clients.s3();
  const page = await s3.listObjectVersions({
    Bucket: bucket,
    ExpectedBucketOwner: ctx.account,
    ...(prefix ? { Prefix: prefix } : {}),
    ...(from?.key ? { KeyMarker: from.key } : {}),
    ...(from?.version ? { VersionIdMarker: from.version } : {}),
  });
  const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
    Key === undefined ? [] : [{ Key, VersionId }],
  );
  const next = page.IsTruncated ? { key: page.NextKeyMarker, version: page.NextVersionIdMarker } : undefined;
  return { versions, ...(next ? { next } : {}) };
}

/** Thrown when DeleteObjects answers 200 with entries that it did not delete. */
export class ObjectsKept extends Error {
  /** As on the SDK\'s own errors: what it says is for the user. */
  readonly $fault = "client";
  override readonly name: string;
  constructor(code: string, bucket: string, count: number, reason: string) {
    super(`${count} objects of ${bucket} could not be deleted: ${reason}`);
    this.name = code;
  }
}

async function deleteBatch(ctx: AwsContext, bucket: string, versions: readonly Version[]): Promise<void> {
  const s3 = await ctx.clients.s3();
  const answer = await s3.deleteObjects({
    Bucket: bucket,
    ExpectedBucketOwner: ctx.account,
    Delete: { Objects: [...versions], Quiet: true },
  });
  const errors = answer.Errors ?? [];
  if (errors.length > 0)
    throw new ObjectsKept(errors[0]?.Code ?? "InternalError", bucket, errors.length, errors[0]?.Message ?? "");
}

/**
 * Deletes all versions and markers of what `wanted` accepts under `prefix`, page by page from the start, until a pass
 * finds none. A pass that finds again what was just deleted ends it: somebody writes meanwhile, or nothing goes away.
 */
export async function* deleteVersions(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean,
): AsyncIterable<Call> {
  const gone = new Set<string>();
  let from: { readonly key?: string; readonly version?: string } | undefined;
  for (;;) {
    const page = await pageOrGone(ctx, bucket, prefix, from);
    if (!page) return;
    const batch = page.versions.filter(({ Key }) => wanted(Key)).slice(0, BATCH);
    const fresh = batch.filter((version) => !gone.has(`${version.Key} ${version.VersionId}`));
    if (batch.length > 0 && fresh.length === 0) {
      throw new ObjectsKept("BucketNotEmpty", bucket, batch.length, "they are still there after they were deleted");
    }
    if (fresh.length > 0) yield call("s3:DeleteObjects", () => deleteBatch(ctx, bucket, fresh));
    for (const version of fresh) gone.add(`${version.Key} ${version.VersionId}`);
    // Markers shift while we delete: a page that had something is listed again, one that had nothing is passed by.
    if (batch.length === 0) {
      if (!page.next) return;
      from = page.next;
    }
  }
}

async function pageOrGone(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  from: { readonly key?: string; readonly version?: string } | undefined,
): Promise<Awaited<ReturnType<typeof listVersions>> | undefined> {
  try {
    return await listVersions(ctx, bucket, prefix, from);
  } catch (error) {
    if (errorCode(error) === "NoSuchBucket") return undefined;
    throw error;
  }
}

/** Aborts unfinished multipart uploads: they do not stop DeleteBucket on AWS, but they cost, and emulators count them. */
export async function* abortUploads(ctx: AwsContext, bucket: string): AsyncIterable<Call> {
  const s3 = await ctx.clients.s3();
  const at = { Bucket: bucket, ExpectedBucketOwner: ctx.account };
  const { Uploads = [] } = await s3.listMultipartUploads(at);
  for (const { Key, UploadId } of Uploads) {
    yield call("s3:AbortMultipartUpload", () => s3.abortMultipartUpload({ ...at, Key, UploadId }));
  }
}

/** `holds 12 objects`, not counting the lease and what the same plan deletes; undefined when nothing is left. */
export async function describeContent(
  ctx: AwsContext,
  bucket: string,
  leaving: ReadonlySet<string>,
): Promise<string | undefined> {
  let from: { readonly key?: string; readonly version?: string } | undefined;
  do {
    const page = await pageOrGone(ctx, bucket, "", from);
    if (!page) return undefined;
    const stays = page.versions.filter(({ Key }) => Key !== LEASE_KEY && !leaving.has(`s3://${bucket}/${Key}`));
    const keys = new Set(stays.map(({ Key }) => Key)).size;
    // One page tells enough: nobody waits for the count of a million.
    if (keys > 0) return page.next ? `holds ${keys} objects or more` : `holds ${keys} object${keys === 1 ? "" : "s"}`;
    from = page.next;
  } while (from);
  return undefined;
}
