import type { Desired } from "../../engine/types.ts";
import { type Build, type Caller, resource } from "../build.ts";
import type { Content } from "../sources.ts";
import { uploadKey } from "./keys.ts";
import { objectName } from "./object.ts";
import type { BucketProps, NotificationEntry, NotificationProps, ObjectProps } from "./props.ts";
import type { BucketConfig, UploadConfig } from "./section.ts";

/** What S3's sections say. */
export interface S3Entries {
  readonly buckets: Readonly<Record<string, BucketConfig>>;
  readonly uploads: Readonly<Record<string, UploadConfig>>;
}

const bucketProps = (bucket: BucketConfig): BucketProps => ({
  versioning: bucket.versioning,
  encryption: bucket.encryption.algorithm,
  kmsKey: bucket.encryption.algorithm === "aws:kms" ? (bucket.encryption.kmsKeyId ?? null) : null,
  bucketKey: bucket.encryption.algorithm === "aws:kms" && bucket.encryption.bucketKey,
  publicAccess: bucket.publicAccessBlock,
  ownership: bucket.ownership,
  tlsOnly: bucket.tlsOnly,
  noncurrentDays: bucket.lifecycle.noncurrentDays,
  abortMultipartDays: bucket.lifecycle.abortMultipartDays,
  expireDays: bucket.lifecycle.expireDays,
});

/** A bucket, and whom it calls. */
function bucketOf(build: Build, id: string, bucket: BucketConfig): Desired[] {
  const { name } = build.named("buckets", id);
  const own = resource<BucketProps>({ kind: "s3.bucket", id, name }, bucketProps(bucket), build.tags(bucket.tags));
  const calls = Object.entries(bucket.notifications).map(
    ([key, { function: callee, events, prefix, suffix }]): [string, NotificationEntry] => [
      key,
      { functionArn: build.named("functions", callee).arn, events, prefix, suffix },
    ],
  );
  if (calls.length === 0) return [own];
  const address = { kind: "s3.notification", id, name };
  return [own, resource<NotificationProps>(address, { bucket: name, entries: Object.fromEntries(calls) })];
}

const TYPES: Readonly<Record<string, string>> = {
  py: "text/x-python",
  zip: "application/zip",
  csv: "text/csv",
  json: "application/json",
  sql: "application/sql",
  txt: "text/plain",
};

const typeOf = (key: string): string => TYPES[key.split(".").at(-1) ?? ""] ?? "application/octet-stream";

/** Bytes that apply puts under a key of a bucket, named as in AWS. */
export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly content: Content;
  readonly contentType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>>;
}

/** An object that apply uploads. */
export const declareObject = (build: Build, { id, bucket, key, content, contentType, tags }: Upload): Desired =>
  resource<ObjectProps>(
    { kind: "s3.object", id, name: objectName(bucket, key) },
    { bucket, key, sha256: content.sha256, size: content.size, contentType: contentType ?? typeOf(key) },
    build.tags(tags ?? {}),
  );

async function uploadOf(build: Build, id: string, one: UploadConfig): Promise<Desired[]> {
  const content = await build.sources[one.zip ? "zip" : "file"](one.source, `uploads.${id}.source`);
  if (!content) return [];
  const place = { bucket: build.named("buckets", one.bucket).name, key: uploadKey(one) };
  return [declareObject(build, { id, ...place, content, contentType: one.contentType, tags: one.tags })];
}

/** Two uploads of one file to one place are one object. */
const distinct = (all: readonly Desired[]): Desired[] =>
  [...new Map(all.toReversed().map((one) => [one.address.name, one])).values()].toReversed();

/** Buckets, whom they call, and what apply uploads. */
export async function declareS3({ buckets, uploads }: S3Entries, build: Build): Promise<Desired[]> {
  const objects = await Promise.all(Object.entries(uploads).map(([id, one]) => uploadOf(build, id, one)));
  const all = Object.entries(buckets).map(([id, one]) => bucketOf(build, id, one));
  return [...all.flat(), ...distinct(objects.flat())];
}

/** Whom buckets call for new objects. */
export const bucketCalls = ({ buckets }: S3Entries, build: Pick<Build, "named" | "has">): Caller[] =>
  Object.entries(buckets).flatMap(([id, { notifications }]) => {
    const called = new Set(Object.values(notifications).map((one) => one.function));
    return [...called]
      .filter((callee) => build.has("functions", callee))
      .map((callee) => ({
        section: "functions",
        id: callee,
        service: "s3.amazonaws.com",
        arn: build.named("buckets", id).arn,
        statement: `s3_${id.replaceAll("-", "_")}`,
      }));
  });
