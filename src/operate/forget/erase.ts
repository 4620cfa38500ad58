import { createHash } from "node:crypto";
import type { GetObjectCommandOutput, PutObjectCommandInput, PutObjectCommandOutput } from "@aws-sdk/client-s3";
import { s3Client } from "../../services/s3/client.ts";
import { headId } from "../ledger/file-id.ts";
import { filesOfKey } from "../ledger/read.ts";
import { contentReplaced, forgotten } from "../ledger/write.ts";
import { command } from "../next.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { digestOf, isTheirs, without, wordsOf } from "./content.ts";
import { bare } from "./generations.ts";
import { abortUploads, bytesOf, eachKey, removeVersions, type Version } from "./objects.ts";
import type { Person } from "./person.ts";
import type { RawFile } from "./raw.ts";

/** Erases a raw file, or rewrites it, old versions and the ledger's rows included. */
export async function eraseRaw(pipeline: Pipeline, file: RawFile, person: Person): Promise<void> {
  const { ctx, bucket, prefix } = pipeline;
  if (file.whole) await eraseWhole(pipeline, file);
  else {
    // Without versions, and where they are suspended, the new content has taken the place of the one called `null`.
    const put = file.rewrite ? await rewrite(pipeline, file, person) : undefined;
    const goes = (one: Version): boolean => (put === undefined ? !one.isLatest : nameOf(one.versionId) !== put);
    await removeVersions(ctx, bucket, file.versions.filter(goes));
  }
  await abortUploads(ctx, bucket, prefix, (key) => key === file.key);
}

const nameOf = (versionId: string | undefined): string => versionId ?? "null";

const taken = ({ ctx }: Pipeline): OperateProblem =>
  new OperateProblem(
    "forget_waits",
    "A run or an upload has taken up a file while it was being erased",
    `when no run is on (${command(ctx, "run-workflow --attach")}), start \`metriccare forget\` again: it goes on where it was`,
  );

const changed = (): OperateProblem =>
  new OperateProblem(
    "forget_waits",
    "A file was uploaded anew, or deleted, while it was being erased: the new upload is left as it is",
    "start `metriccare forget` again: it looks at what is there now, and goes on where it was",
  );

/** The ledger's rows first: where it refuses nothing is erased. Only what was looked at goes from S3. */
async function eraseWhole(pipeline: Pipeline, file: RawFile): Promise<void> {
  const { ctx, bucket, ledger } = pipeline;
  const head = await ledger.item(headId(bucket, file.key));
  const rows = await filesOfKey(ledger, { file: file.key, bucket });
  if (!(await isAsSeen(pipeline, file))) throw changed();
  if (!(await forgotten(ledger, { bucket, key: file.key, head }, rows))) throw taken(pipeline);
  await removeVersions(ctx, bucket, file.versions);
  if ((await versionsOf(pipeline, file.key)).length > 0) throw changed();
  await removeMarkers(pipeline, file.key);
}

async function versionsOf({ ctx, bucket }: Pipeline, key: string): Promise<readonly Version[]> {
  for await (const one of eachKey(ctx, bucket, key)) if (one.key === key) return one.versions;
  return [];
}

/** Whether S3 has nothing else of a key. One that has no version ids may have other content under the same name. */
async function isAsSeen(pipeline: Pipeline, { key, seen, digest }: RawFile): Promise<boolean> {
  const known = new Set(seen.map(({ versionId }) => nameOf(versionId)));
  for (const one of await versionsOf(pipeline, key)) {
    if (!known.has(nameOf(one.versionId))) return false;
    if (!one.isLatest || nameOf(one.versionId) !== "null") continue;
    const bytes = await bytesOf(pipeline.ctx, pipeline.bucket, one);
    if (bytes && digestOf(bytes) !== digest) return false;
  }
  return true;
}

/** Delete markers of a key without versions: they hold its name. */
async function removeMarkers({ ctx, bucket }: Pipeline, key: string): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  for (;;) {
    const { DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket: bucket, Prefix: key });
    const markers = DeleteMarkers.filter(({ Key }) => Key === key);
    if (markers.length === 0) return;
    const versions = markers.map(({ VersionId }) => ({ key, versionId: VersionId, isLatest: false }));
    await removeVersions(ctx, bucket, versions);
  }
}

/**
 * Puts the file without what is theirs, over the content that was looked at and no other. The ledger is told first: the
 * function takes equal content for no new file, and S3 names content that is not encrypted with a key by its MD5. What
 * another name makes of it is mended afterwards. The version that holds it now, `null` where there are none.
 */
async function rewrite(pipeline: Pipeline, file: RawFile, person: Person): Promise<string> {
  const { ctx, bucket, ledger } = pipeline;
  const { key } = file;
  // Its latest generation, whether or not the row of it has expired: the function compares with the head.
  const fileId = (await ledger.head(bucket, key))?.latestFileId ?? undefined;
  const { stored, bytes } = await current(pipeline, file);
  const words = wordsOf(person);
  const { bytes: body } = without(bytes, (unit) => isTheirs(person, unit, words));
  if (!body) throw changed();
  const tell = async (content: { etag: string; size: number; versionId: string }, when: "before" | "after") =>
    fileId === undefined || (await contentReplaced(ledger, { bucket, key, fileId }, content, when));
  const content = { etag: createHash("md5").update(body).digest("hex"), size: body.length, versionId: "" };
  if (!(await tell(content, "before"))) throw taken(pipeline);
  const kept = { ...keptOf(stored), ...(await tagsOf(pipeline, key, stored)) };
  const s3 = await ctx.clients.of(s3Client);
  const put =
    (await unlessChanged(s3.putObject({ Bucket: bucket, Key: key, Body: body, IfMatch: stored.ETag, ...kept }))) ??
    (await ofAnswerLost(pipeline, key, body));
  if (!put) {
    // What the ledger was told is not so: the generation has the content that it had.
    await tell({ etag: bare(stored.ETag), size: bytes.length, versionId: stored.VersionId ?? "" }, "before");
    throw changed();
  }
  const now = { ...content, etag: bare(put.ETag) || content.etag, versionId: put.VersionId ?? "" };
  if (!(await tell(now, "after"))) throw taken(pipeline);
  return nameOf(put.VersionId);
}

/** Put again after an answer was lost, S3 refuses: the very content is there by then. */
async function ofAnswerLost(
  { ctx, bucket }: Pipeline,
  key: string,
  body: Buffer,
): Promise<GetObjectCommandOutput | undefined> {
  const s3 = await ctx.clients.of(s3Client);
  const stored = await unlessChanged(s3.getObject({ Bucket: bucket, Key: key }));
  const bytes = Buffer.from((await stored?.Body?.transformToByteArray()) ?? []);
  return stored && bytes.equals(body) ? stored : undefined;
}

/** What is there now, if it is what was looked at. */
async function current(
  { ctx, bucket }: Pipeline,
  { key, digest }: RawFile,
): Promise<{ readonly stored: GetObjectCommandOutput; readonly bytes: Buffer }> {
  const s3 = await ctx.clients.of(s3Client);
  const stored = await unlessChanged(s3.getObject({ Bucket: bucket, Key: key }));
  const bytes = Buffer.from((await stored?.Body?.transformToByteArray()) ?? []);
  if (!stored || digestOf(bytes) !== digest) throw changed();
  return { stored, bytes };
}

/** S3 says 412 where other content is there by now, 409 where it is just being put, 404 where there is none. */
const CHANGED = /^(PreconditionFailed|ConditionalRequestConflict)$/;

async function unlessChanged<T extends GetObjectCommandOutput | PutObjectCommandOutput>(
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (CHANGED.test(errorName(error)) || isAbsent(error)) return undefined;
    throw error;
  }
}

/** What S3 says of an object beside its bytes, as it was put. */
function keptOf(stored: GetObjectCommandOutput): Partial<PutObjectCommandInput> {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Metadata } = stored;
  const { BucketKeyEnabled, ServerSideEncryption, SSEKMSKeyId, StorageClass, WebsiteRedirectLocation } = stored;
  const headers = { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Metadata };
  const place = { BucketKeyEnabled, ServerSideEncryption, SSEKMSKeyId, StorageClass, WebsiteRedirectLocation };
  return Object.fromEntries(Object.entries({ ...headers, ...place }).filter(([, value]) => value !== undefined));
}

/** An object's tags, asked for only where it says that it has any. */
async function tagsOf(
  { ctx, bucket }: Pipeline,
  key: string,
  { TagCount = 0 }: GetObjectCommandOutput,
): Promise<{ readonly Tagging?: string }> {
  if (TagCount === 0) return {};
  const { TagSet = [] } = await (await ctx.clients.of(s3Client)).getObjectTagging({ Bucket: bucket, Key: key });
  const query = TagSet.map(({ Key = "", Value = "" }) => `${encodeURIComponent(Key)}=${encodeURIComponent(Value)}`);
  return { Tagging: query.join("&") };
}
