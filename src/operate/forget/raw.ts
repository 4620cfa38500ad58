import { createHash } from "node:crypto";
import type { GetObjectCommandOutput, PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { Dataset } from "../../lakehouse/registry.ts";
import { s3Client } from "../../services/s3/client.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { filesOfKey } from "../ledger/read.ts";
import { contentReplaced, forgotten } from "../ledger/write.ts";
import { OperateProblem } from "../problem.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { command } from "../next.ts";
import { isTheirs, opened, type Unit, unitsOf, without, wordsOf } from "./content.ts";
import { abortUploads, bytesOf, eachKey, removeAll, removeVersions, type Version } from "./objects.ts";
import { idOf, learn, namedBy, type Person, typeOf } from "./person.ts";

/** What is to become of a raw file. */
export interface RawFile {
  readonly key: string;
  /** Nothing of others is in it: all of it goes. */
  readonly whole: boolean;
  /** What is there now holds something of theirs beside something of others. */
  readonly rewrite: boolean;
  /** Versions that go: those that hold something of theirs. */
  readonly versions: readonly Version[];
  /** It tells who the person is: it goes last, so that a start after this one still knows. */
  readonly tellsWho: boolean;
}

const KINDS: Readonly<Record<string, Dataset>> = { Patient: "patient", Encounter: "encounter", Condition: "condition" };

/** Ids by dataset. */
export const noIds = (): Record<Dataset, Set<string>> => ({
  patient: new Set(),
  encounter: new Set(),
  condition: new Set(),
});

/** Learns from every version of every raw file who belongs to the person; true when something was new. */
export async function learnFromRaw({ ctx, bucket, prefix }: Pipeline, person: Person): Promise<boolean> {
  let found = false;
  for await (const { versions } of eachKey(ctx, bucket, prefix))
    for (const version of versions) {
      const bytes = await bytesOf(ctx, bucket, version);
      if (!bytes) continue;
      for (const { resource, fullUrl } of unitsOf(opened(bytes).bytes))
        if (resource) found = learn(person, resource, fullUrl) || found;
    }
  return found;
}

/** What the raw files hold of a person, or of the files that are named; notes the ids of what goes. */
export async function rawFiles(
  { ctx, bucket, prefix }: Pipeline,
  person: Person,
  isNamed: (key: string) => boolean,
  ids: Record<Dataset, Set<string>>,
): Promise<RawFile[]> {
  const found: RawFile[] = [];
  const words = wordsOf(person);
  for await (const { key, versions, markers } of eachKey(ctx, bucket, prefix)) {
    const looked = { theirs: [] as Version[], others: false, rewrite: false, tellsWho: false };
    for (const version of versions) {
      const bytes = await bytesOf(ctx, bucket, version);
      if (!bytes) continue;
      let theirs = isNamed(key);
      let others = false;
      for (const unit of unitsOf(opened(bytes).bytes))
        if (isNamed(key) || isTheirs(person, unit, words)) {
          theirs = true;
          note(ids, unit);
          if (unit.resource && typeOf(unit.resource) === "Patient") looked.tellsWho = true;
        } else others = true;
      if (theirs) looked.theirs.push(version);
      if (version.isLatest) Object.assign(looked, { others, rewrite: theirs && others });
    }
    if (looked.theirs.length === 0) continue;
    const latest = versions.some(({ isLatest }) => isLatest);
    const whole = isNamed(key) || (latest ? !looked.others : looked.theirs.length === versions.length && markers > 0);
    found.push({ key, whole, rewrite: looked.rewrite, versions: looked.theirs, tellsWho: looked.tellsWho });
  }
  return found.toSorted((a, b) => Number(a.tellsWho) - Number(b.tellsWho));
}

function note(ids: Record<Dataset, Set<string>>, { resource, fullUrl, deletes }: Unit): void {
  const named = typeof deletes === "string" ? namedBy(deletes) : undefined;
  const kind = KINDS[resource ? typeOf(resource) : (named?.kind ?? "")];
  const id = resource ? idOf(resource, fullUrl) : (named?.id ?? "");
  if (kind !== undefined && id) ids[kind].add(id);
}

/** Every generation of a file that the ledger knows. */
export const generationsOfKey = ({ ledger, bucket }: Pipeline, key: string): Promise<LedgerFile[]> =>
  filesOfKey(ledger, { file: key, bucket });

/** Refuses while a run may still read what is to go. */
export async function refuseWaiting(pipeline: Pipeline, files: readonly RawFile[]): Promise<void> {
  for (const { key } of files)
    for (const { status } of await generationsOfKey(pipeline, key))
      if (status === "received" || status === "claimed")
        throw new OperateProblem(
          "forget_waits",
          "A file that holds what is to be forgotten still waits for a run",
          command(pipeline.ctx, "run-workflow"),
        );
}

/** Erases a raw file, or rewrites it, old versions and the ledger's rows included. */
export async function eraseRaw(pipeline: Pipeline, file: RawFile, person: Person): Promise<void> {
  const { ctx, bucket, prefix } = pipeline;
  const generations = await generationsOfKey(pipeline, file.key);
  if (file.whole) {
    await removeAll(ctx, bucket, file.key, (key) => key === file.key);
    if (!(await forgotten(pipeline.ledger, bucket, file.key, generations))) throw taken(pipeline);
  } else {
    // In a bucket without versions the new content has taken the old one's place.
    const versioned = file.rewrite && (await rewrite(pipeline, file, generations[0], person));
    await removeVersions(
      ctx,
      bucket,
      file.versions.filter(({ isLatest }) => !isLatest || versioned),
    );
  }
  await abortUploads(ctx, bucket, prefix, (key) => key === file.key);
}

const taken = ({ ctx }: Pipeline): OperateProblem =>
  new OperateProblem(
    "forget_waits",
    "A run has taken up a file while it was being rewritten",
    `when it is over (${command(ctx, "run-workflow --attach")}), start \`metriccare forget\` again: it goes on where it was`,
  );

/**
 * Puts the file without what is theirs. The ledger is told first: the function takes equal content for no new file, and S3
 * names content that is not encrypted with a key by its MD5. What another name makes of it is mended afterwards. True where
 * the old content is a version now.
 */
async function rewrite(
  pipeline: Pipeline,
  file: RawFile,
  newest: LedgerFile | undefined,
  person: Person,
): Promise<boolean> {
  const { ctx, bucket, ledger } = pipeline;
  const s3 = await ctx.clients.of(s3Client);
  const stored = await s3.getObject({ Bucket: bucket, Key: file.key });
  const words = wordsOf(person);
  const found = without(Buffer.from((await stored.Body?.transformToByteArray()) ?? []), (unit) =>
    isTheirs(person, unit, words),
  );
  if (!found.bytes) return false;
  const etag = createHash("md5").update(found.bytes).digest("hex");
  const content = { etag, size: found.bytes.length, versionId: "" };
  if (newest && !(await contentReplaced(ledger, newest, content))) throw taken(pipeline);
  const put = await s3.putObject({
    Bucket: bucket,
    Key: file.key,
    Body: found.bytes,
    ...kept(stored),
  });
  const now = { ...content, etag: (put.ETag ?? etag).replaceAll('"', ""), versionId: put.VersionId ?? "" };
  if (newest && !(await contentReplaced(ledger, newest, now))) throw taken(pipeline);
  return put.VersionId !== undefined;
}

/** What S3 says of an object beside its bytes, as it was put. */
function kept(stored: GetObjectCommandOutput): Partial<PutObjectCommandInput> {
  const { ContentType, ContentEncoding, Metadata, ServerSideEncryption, SSEKMSKeyId } = stored;
  return Object.fromEntries(
    Object.entries({ ContentType, ContentEncoding, Metadata, ServerSideEncryption, SSEKMSKeyId }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
