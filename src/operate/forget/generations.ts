import { s3Client } from "../../services/s3/client.ts";
import { fileIdOf } from "../ledger/file-id.ts";
import { filesOfKey } from "../ledger/read.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import type { Version } from "./objects.ts";

/** An ETag as the ledger has it. */
export const bare = (etag: string | undefined): string => (etag ?? "").replaceAll('"', "");

/** Content as the ledger names it. */
interface Content {
  readonly versionId: string | null;
  readonly etag: string | null;
}

const hasVersion = ({ versionId }: Content): boolean => versionId !== null && versionId !== "" && versionId !== "null";

/** Generations of a key whose content is that of these versions, and how many it has of other content. */
export async function ofVersions(
  pipeline: Pipeline,
  key: string,
  versions: readonly Version[],
): Promise<{ readonly gone: ReadonlySet<string>; readonly unknown: number }> {
  const known = await contentsOf(pipeline, key);
  const ids = new Set<string | null>(versions.map(({ versionId }) => versionId ?? null));
  const isAsked = [...known.values()].flat().some((one) => !hasVersion(one));
  const etags = isAsked ? await etagsOf(pipeline, versions) : new Set();
  const isOne = (one: Content): boolean => (hasVersion(one) ? ids.has(one.versionId) : etags.has(one.etag ?? ""));
  const gone = new Set([...known].filter(([, contents]) => contents.some(isOne)).map(([fileId]) => fileId));
  return { gone, unknown: known.size - gone.size };
}

/** The generations of a key with what each was sent as. The head remembers those whose rows have expired. */
async function contentsOf({ ledger, bucket }: Pipeline, key: string): Promise<Map<string, Content[]>> {
  const head = await ledger.head(bucket, key);
  const known = new Map<string, Content[]>();
  const add = (fileId: string, contents: readonly Content[]): unknown =>
    known.set(fileId, [...(known.get(fileId) ?? []), ...contents]);
  for (const { events, names } of head?.history ?? []) if (names) add(fileIdOf(bucket, key, names), events);
  if (head?.latestFileId) add(head.latestFileId, [head.last]);
  for (const row of await filesOfKey(ledger, { file: key, bucket })) add(row.fileId, [row]);
  return known;
}

async function etagsOf({ ctx, bucket }: Pipeline, versions: readonly Version[]): Promise<Set<string>> {
  const s3 = await ctx.clients.of(s3Client);
  const heads = versions.map(({ key, versionId, isLatest }) =>
    s3.headObject({ Bucket: bucket, Key: key, ...(isLatest || !versionId ? {} : { VersionId: versionId }) }),
  );
  return new Set((await Promise.all(heads)).map(({ ETag }) => bare(ETag)));
}
