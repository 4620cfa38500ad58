import type { Desired } from "../../engine/types.ts";
import { type Build, type Caller, resource } from "../build.ts";
import type { Content } from "../sources.ts";
import { given } from "../kit.ts";
import { objectSettingsOf, settingsOf, statementsOf } from "./declare-settings.ts";
import { uploadKey } from "./keys.ts";
import type { NotificationConfig } from "./notification-section.ts";
import { objectName } from "./object.ts";
import type { BucketProps, NotificationEntry, NotificationProps, ObjectProps } from "./props.ts";
import type { BucketConfig, UploadConfig } from "./section.ts";

/** What S3's sections say. */
export interface S3Entries {
  readonly buckets: Readonly<Record<string, BucketConfig>>;
  readonly uploads: Readonly<Record<string, UploadConfig>>;
}

const bucketProps = (build: Build, all: S3Entries["buckets"], id: string, bucket: BucketConfig): BucketProps => ({
  versioning: bucket.versioning,
  encryption: bucket.encryption.algorithm,
  kmsKey: bucket.encryption.algorithm === "AES256" ? null : (bucket.encryption.kmsKeyId ?? null),
  bucketKey: bucket.encryption.algorithm === "aws:kms" && bucket.encryption.bucketKey,
  publicAccess: bucket.publicAccessBlock,
  ownership: bucket.ownership,
  tlsOnly: bucket.tlsOnly,
  noncurrentDays: bucket.lifecycle.noncurrentDays,
  abortMultipartDays: bucket.lifecycle.abortMultipartDays,
  expireDays: bucket.lifecycle.expireDays,
  ...statementsOf(all, id, build),
  ...settingsOf(bucket, build),
});

/** Who hears of objects, as AWS names it. */
const receiverOf = (
  build: Pick<Build, "named">,
  { function: callee, queue, topic = "" }: NotificationConfig,
): string => {
  if (callee !== undefined) return build.named("functions", callee).arn;
  return queue === undefined ? build.named("topics", topic).arn : build.named("queues", queue).arn;
};

/** A bucket, and whom it calls. */
function bucketOf(build: Build, all: S3Entries["buckets"], id: string, bucket: BucketConfig): Desired[] {
  const { name } = build.named("buckets", id);
  const own = resource<BucketProps>(
    { kind: "s3.bucket", id, name },
    bucketProps(build, all, id, bucket),
    build.tags(bucket.tags),
  );
  const calls = Object.entries(bucket.notifications).map(([key, one]): [string, NotificationEntry] => [
    key,
    { targetArn: receiverOf(build, one), events: one.events, prefix: one.prefix, suffix: one.suffix },
  ]);
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
  readonly settings?: Partial<ObjectProps>;
}

/** An object that apply uploads. */
export const declareObject = (
  build: Build,
  { id, bucket, key, content, contentType, tags, settings }: Upload,
): Desired =>
  resource<ObjectProps>(
    { kind: "s3.object", id, name: objectName(bucket, key) },
    { bucket, key, sha256: content.sha256, size: content.size, contentType: contentType ?? typeOf(key), ...settings },
    build.tags(tags ?? {}),
    { load: content.load, ...given("md5", content.md5) },
  );

async function uploadOf(build: Build, id: string, one: UploadConfig): Promise<Desired[]> {
  const content = await build.sources[one.zip ? "zip" : "file"](one.source, `uploads.${id}.source`);
  if (!content) return [];
  const place = { bucket: build.named("buckets", one.bucket).name, key: uploadKey(one) };
  return [
    declareObject(build, {
      id,
      ...place,
      content,
      contentType: one.contentType,
      tags: one.tags,
      settings: objectSettingsOf(one),
    }),
  ];
}

/** Two uploads of one file to one place are one object. */
const distinct = (all: readonly Desired[]): Desired[] =>
  [...new Map(all.toReversed().map((one) => [one.address.name, one])).values()].toReversed();

/** Buckets, whom they call, and what apply uploads. */
export async function declareS3({ buckets, uploads }: S3Entries, build: Build): Promise<Desired[]> {
  const objects = await Promise.all(Object.entries(uploads).map(([id, one]) => uploadOf(build, id, one)));
  const all = Object.entries(buckets).map(([id, one]) => bucketOf(build, buckets, id, one));
  return [...all.flat(), ...distinct(objects.flat())];
}

/** Sections of those who may hear of objects, and how a notification names one. */
const RECEIVERS = { functions: "function", queues: "queue", topics: "topic" } as const;

/** Who hears of the objects of buckets: the callee's policy lets them in. */
export const bucketCalls = ({ buckets }: S3Entries, build: Pick<Build, "named" | "has">): Caller[] =>
  Object.entries(buckets).flatMap(([id, { notifications }]) =>
    Object.entries(RECEIVERS).flatMap(([section, key]) => {
      const called = new Set(Object.values(notifications).flatMap((one) => one[key] ?? []));
      return [...called]
        .filter((callee) => build.has(section, callee))
        .map((callee) => ({
          section,
          id: callee,
          service: "s3.amazonaws.com",
          arn: build.named("buckets", id).arn,
          statement: `s3_${id.replaceAll("-", "_")}`,
        }));
    }),
  );
