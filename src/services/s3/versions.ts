import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, errorCode, unless } from "../kit.ts";
import { s3Client } from "./client.ts";

/** The key of the apply lease: ours, but no data. */
export const LEASE_KEY = "metriccare/lease.json";

/** What apply writes down of the objects that it has put there (`uploaded.ts`): ours, but no data. */
export const RECORD_KEY = "metriccare/uploads.json";
const isOwnNote = (key: string): boolean => key === LEASE_KEY || key === RECORD_KEY;

/** DeleteObjects and ListObjectVersions take and give at most 1,000 at a time. */
const BATCH = 1000;

/** Where a listing goes on. */
interface Marker {
  readonly key?: string;
  readonly version?: string;
}

interface Version {
  readonly Key: string;
  readonly VersionId: string | undefined;
}

/** One page of versions and delete markers, both being what DeleteBucket stumbles over. */
export async function listVersions(
  ctx: AwsContext,
  bucket: string,
  prefix = "",
  from?: Marker,
): Promise<{
  readonly versions: readonly Version[];
  readonly next?: Marker;
}> {
  const s3 = await ctx.clients.of(s3Client);
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

/** Thrown when something of a bucket could not be deleted. */
export class ObjectsKept extends Error {
  /** As on the SDK's own errors: what it says is for the user. */
  readonly $fault = "client";
  override readonly name: string;
  constructor(code: string, text: string) {
    super(text);
    this.name = code;
  }
}

/** What DeleteObjects refused within its 200, by key. */
class Refusals {
  readonly #byKey = new Map<string, { readonly code: string; readonly message: string }>();

  add(key: string, code: string, message: string): void {
    this.#byKey.set(key, { code, message });
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Throws when there are any, naming the first few. */
  check(bucket: string): void {
    const [first] = this.#byKey.values();
    if (!first) return;
    const shown = [...this.#byKey].slice(0, SHOWN).map(([key, { code, message }]) => `${key} (${code}: ${message})`);
    const more = this.#byKey.size > SHOWN ? `, and ${this.#byKey.size - SHOWN} more` : "";
    throw new ObjectsKept(
      first.code,
      `${this.#byKey.size} ${this.#byKey.size === 1 ? "object" : "objects"} of ${bucket} could not be deleted: ${shown.join(", ")}${more}`,
    );
  }
}

const SHOWN = 10;
/** Codes of single keys that may well succeed the next time. */
const PASSING = /^(InternalError|SlowDown|ServiceUnavailable|OperationAborted|RequestTimeout)$/;

/** Refusals of keys are noted; a passing one is thrown, so that the whole batch is sent again (what is gone stays gone). */
async function deleteBatch(
  ctx: AwsContext,
  bucket: string,
  versions: readonly Version[],
  refused: Refusals,
): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  const { Errors = [] } = await s3.deleteObjects({
    Bucket: bucket,
    ExpectedBucketOwner: ctx.account,
    Delete: { Objects: [...versions], Quiet: true },
  });
  for (const { Key = "?", Code = "InternalError", Message = "" } of Errors) {
    if (PASSING.test(Code)) throw new ObjectsKept(Code, `${Key} of ${bucket} could not be deleted: ${Message}`);
    refused.add(Key, Code, Message);
  }
}

/** DeleteObjects calls under way at a time. */
const ABREAST = 4;
/** Passes over a bucket that somebody still writes to. Two are the rule: the second finds nothing. */
const PASSES = 5;

/** Deletes the lease and our other notes; false where there are none. */
export async function deleteNotes(ctx: AwsContext, bucket: string): Promise<boolean> {
  const page = await pageOrGone(ctx, bucket, "metriccare/", undefined);
  const notes = (page?.versions ?? []).filter(({ Key }) => isOwnNote(Key)).slice(0, BATCH);
  const refused = new Refusals();
  if (notes.length > 0) await deleteBatch(ctx, bucket, notes, refused);
  refused.check(bucket);
  return notes.length > 0;
}

/**
 * Deletes all versions and markers of what `wanted` accepts under `prefix`: several thousand at a time. What is deleted in no time
 * is not looked for again: DeleteBucket says if somebody has written meanwhile. Much is, pass after pass until one finds none, so
 * that somebody who writes does not keep it for ever, and a key that may not go does not keep the others.
 */
export async function* deleteVersions(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean,
): AsyncIterable<Call> {
  const refused = new Refusals();
  let deleted = 0;
  for (let pass = 1; pass <= PASSES; pass += 1) {
    let found = 0;
    for await (const batches of batchesOf(ctx, bucket, prefix, (key) => wanted(key) && !refused.has(key))) {
      found += batches.flat().length;
      yield call(
        "s3:DeleteObjects",
        () => Promise.all(batches.map((batch) => deleteBatch(ctx, bucket, batch, refused))),
        found >= BATCH ? { progress: () => `${(deleted + found).toLocaleString("en")} versions deleted` } : {},
      );
    }
    if (found < BATCH) return refused.check(bucket);
    deleted += found;
  }
  refused.check(bucket);
  throw new ObjectsKept("BucketNotEmpty", `${bucket} is still not empty after ${PASSES} passes: somebody writes to it`);
}

/** What there is to delete, some pages at a time. A marker stays a place in the order of keys when its version is gone. */
async function* batchesOf(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean,
): AsyncIterable<readonly (readonly Version[])[]> {
  let from: Marker | undefined;
  let batches: Version[][] = [];
  do {
    const page = await pageOrGone(ctx, bucket, prefix, from);
    if (!page) return;
    const batch = page.versions.filter(({ Key }) => wanted(Key)).slice(0, BATCH);
    if (batch.length > 0) batches.push(batch);
    from = page.next;
    if (batches.length === ABREAST || !from) {
      if (batches.length > 0) yield batches;
      batches = [];
    }
  } while (from);
}

async function pageOrGone(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  from: Marker | undefined,
): Promise<Awaited<ReturnType<typeof listVersions>> | undefined> {
  try {
    return await listVersions(ctx, bucket, prefix, from);
  } catch (error) {
    if (errorCode(error) === "NoSuchBucket") return undefined;
    throw error;
  }
}

/** Aborts unfinished multipart uploads; false where there are none. */
export async function abortUploads(ctx: AwsContext, bucket: string): Promise<boolean> {
  const s3 = await ctx.clients.of(s3Client);
  const at = { Bucket: bucket, ExpectedBucketOwner: ctx.account };
  let aborted = false;
  let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined;
  do {
    const page = await unless(["NoSuchBucket"], s3.listMultipartUploads({ ...at, ...from }));
    const uploads = page?.Uploads ?? [];
    aborted ||= uploads.length > 0;
    await Promise.all(
      uploads.map(({ Key, UploadId }) => unless(["NoSuchUpload"], s3.abortMultipartUpload({ ...at, Key, UploadId }))),
    );
    from = page?.IsTruncated
      ? {
          ...(page.NextKeyMarker ? { KeyMarker: page.NextKeyMarker } : {}),
          ...(page.NextUploadIdMarker ? { UploadIdMarker: page.NextUploadIdMarker } : {}),
        }
      : undefined;
  } while (from);
  return aborted;
}

/** `holds 12 objects`, not counting the lease and what the same plan deletes; undefined when nothing is left. */
export async function describeContent(
  ctx: AwsContext,
  bucket: string,
  leaving: ReadonlySet<string>,
): Promise<string | undefined> {
  let from: Marker | undefined;
  do {
    const page = await pageOrGone(ctx, bucket, "", from);
    if (!page) return undefined;
    const stays = page.versions.filter(({ Key }) => !isOwnNote(Key) && !leaving.has(`s3://${bucket}/${Key}`));
    const keys = new Set(stays.map(({ Key }) => Key)).size;
    // One page tells enough: nobody waits for the count of a million.
    if (keys > 0) return page.next ? `holds ${keys} objects or more` : `holds ${keys} object${keys === 1 ? "" : "s"}`;
    from = page.next;
  } while (from);
  return undefined;
}
