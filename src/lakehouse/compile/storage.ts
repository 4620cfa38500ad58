import type { Desired } from "../../engine/types.ts";
import { keyOf, uploadKey } from "../check/references.ts";
import type { TableIndex, TableProps } from "../../services/dynamodb/props.ts";
import { ttlOn } from "../../services/dynamodb/section.ts";
import { FUNCTION_ID, LEDGER_ID } from "../naming.ts";
import { HASH_KEY, INDEXES, keyTypeOf } from "../ledger.ts";
import type { BucketProps, NotificationProps, ObjectProps } from "../../services/s3/props.ts";
import { objectName } from "../../services/s3/index.ts";
import type { BucketConfig } from "../../services/s3/section.ts";
import { type Build, resource, tagsOf } from "./build.ts";
import type { Content } from "./sources.ts";

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

/** Buckets, and the notification that calls the function. */
export function buckets(build: Build): Desired[] {
  const { config, names } = build;
  const all = Object.entries(config.buckets).map(([id, bucket]) =>
    resource<BucketProps>(
      { kind: "s3.bucket", id, name: names.bucket(id).name },
      bucketProps(bucket),
      tagsOf(build, bucket.tags),
    ),
  );
  const { bucket, prefix, suffix } = config.function.events;
  const name = names.bucket(bucket).name;
  const entry = { functionArn: names.function.arn, events: ["s3:ObjectCreated:*"], prefix, suffix };
  const notification = resource<NotificationProps>(
    { kind: "s3.notification", id: bucket, name },
    { bucket: name, entries: { [FUNCTION_ID]: entry } },
  );
  return [...all, notification];
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

interface Placed {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly content: Content | undefined;
  readonly contentType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Key of the value set of the measures in the scripts bucket. */
export const valueSetKey = (build: Build): string => keyOf(build.config.measures.haiValueSet);

/**
 * Where the function's code lies when it lies in a bucket. A zip of ours has its hash in its key: new code is then a new
 * place, and the plan that uploads it updates the function too.
 */
export function codePlace(
  { config, names }: Build,
  code: Content | undefined,
): { bucket: string; key: string; version: string | undefined } | undefined {
  const { s3Bucket, s3Key, s3ObjectVersion, source } = config.function;
  if (s3Bucket === undefined) return undefined;
  const ours = Object.hasOwn(config.buckets, s3Bucket);
  const made = code ? `${keyOf(source)}-${code.sha256.slice(0, 12)}.zip` : `${keyOf(source)}.zip`;
  return { bucket: ours ? names.bucket(s3Bucket).name : s3Bucket, key: s3Key ?? made, version: s3ObjectVersion };
}

/** Everything that apply uploads: scripts of the jobs, uploads, the value set, the function's zip where it goes into a bucket. */
export async function objects(build: Build, code: Content | undefined): Promise<Desired[]> {
  const { config, names, sources } = build;
  const scripts = names.bucket("scripts").name;
  const placed: Promise<Placed>[] = [
    ...Object.entries(config.jobs).map(async ([id, job]) => ({
      id,
      bucket: scripts,
      key: keyOf(job.script),
      content: await sources.file(job.script, `jobs.${id}.script`),
    })),
    ...Object.entries(config.uploads).map(async ([id, upload]) => ({
      id,
      bucket: names.bucket(upload.bucket).name,
      key: uploadKey(upload),
      content: await sources[upload.zip ? "zip" : "file"](upload.source, `uploads.${id}.source`),
      contentType: upload.contentType,
      tags: upload.tags,
    })),
  ];
  if (Object.values(config.jobs).some((job) => job.layer === "gold")) placed.push(valueSet(build, scripts));
  const place = codePlace(build, code);
  if (code && place)
    placed.push(Promise.resolve({ id: FUNCTION_ID, bucket: place.bucket, key: place.key, content: code }));
  return distinct(await Promise.all(placed)).flatMap((one) => (one.content ? [toObject(build, one, one.content)] : []));
}

async function valueSet(build: Build, bucket: string): Promise<Placed> {
  const content = await build.sources.file(build.config.measures.haiValueSet, "measures.haiValueSet");
  return { id: "hai_value_set", bucket, key: valueSetKey(build), content };
}

/** Two jobs may share a script: one object. */
const distinct = (placed: readonly Placed[]): Placed[] =>
  [...new Map(placed.toReversed().map((one) => [objectName(one.bucket, one.key), one])).values()].toReversed();

function toObject(build: Build, { id, bucket, key, contentType, tags }: Placed, content: Content): Desired {
  return resource<ObjectProps>(
    { kind: "s3.object", id, name: objectName(bucket, key) },
    { bucket, key, sha256: content.sha256, size: content.size, contentType: contentType ?? typeOf(key) },
    tagsOf(build, tags ?? {}),
  );
}

/** The table of processed files with its two indexes: what is pending, and everything by time. */
export function ledger(build: Build): Desired {
  const { config, names } = build;
  const { ledger: one } = config;
  const provisioned = one.billing === "provisioned";
  const capacity = {
    readCapacity: provisioned ? one.readCapacity : null,
    writeCapacity: provisioned ? one.writeCapacity : null,
  };
  const index = ({ hash, range }: { readonly hash: string; readonly range: string }): TableIndex => ({
    hashKey: hash,
    hashKeyType: keyTypeOf(hash),
    rangeKey: range,
    rangeKeyType: keyTypeOf(range),
    projection: "ALL",
    ...capacity,
  });
  return resource<TableProps>(
    { kind: "dynamodb.table", id: LEDGER_ID, name: names.ledger.name },
    {
      hashKey: one.hashKey,
      hashKeyType: keyTypeOf(HASH_KEY),
      billing: provisioned ? "PROVISIONED" : "PAY_PER_REQUEST",
      ...capacity,
      indexes: Object.fromEntries(Object.entries(INDEXES).map(([name, one]) => [name, index(one)])),
      ttlAttribute: ttlOn(one) ? one.ttlAttribute : null,
      pointInTimeRecovery: one.pointInTimeRecovery,
      deletionProtection: one.deletionProtection,
      encryption: one.kmsKeyId ?? "owned",
      tableClass: one.tableClass,
    },
    tagsOf(build, one.tags),
  );
}
