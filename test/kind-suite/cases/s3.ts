import * as fc from "fast-check";
import type { AwsContext } from "../../../src/aws/context.ts";
import { bucket } from "../../../src/services/s3/bucket.ts";
import {
  type BucketProps,
  NO_PUBLIC_ACCESS,
  type NotificationProps,
  type ObjectProps,
} from "../../../src/services/s3/props.ts";
import { notification } from "../../../src/services/s3/notification.ts";
import { object, objectName } from "../../../src/services/s3/object.ts";
import type { KindCase } from "../case.ts";
import { remember } from "../content.ts";
import { send } from "../drive.ts";
import { baseSettings, otherBucket, randomSettings, settingsCase } from "./s3-settings.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { bucketNameOf } from "../../../src/services/s3/arn.ts";

const at = (name: string) => ({ Bucket: name });
const days = fc.option(fc.integer({ min: 1, max: 3650 }));
const bucketOf = (ctx: AwsContext, unique: string): string => bucketNameOf(ctx, `b${unique}`);

const plainProps = fc.record({
  versioning: fc.boolean(),
  encryption: fc.constant("AES256" as const),
  kmsKey: fc.constant(null),
  bucketKey: fc.constant(false),
  publicAccess: fc.record({
    blockPublicAcls: fc.boolean(),
    ignorePublicAcls: fc.boolean(),
    blockPublicPolicy: fc.boolean(),
    restrictPublicBuckets: fc.boolean(),
  }),
  ownership: fc.constantFrom("BucketOwnerEnforced", "BucketOwnerPreferred"),
  tlsOnly: fc.boolean(),
  noncurrentDays: days,
  abortMultipartDays: days,
  expireDays: fc.dictionary(fc.constantFrom("tmp/", "logs/", "a b/"), fc.integer({ min: 1, max: 365 })),
});

/** A bucket without an optional setting. */
export const PLAIN_BUCKET: BucketProps = {
  versioning: true,
  encryption: "AES256",
  kmsKey: null,
  bucketKey: false,
  publicAccess: NO_PUBLIC_ACCESS,
  ownership: "BucketOwnerPreferred",
  tlsOnly: true,
  noncurrentDays: 30,
  abortMultipartDays: 7,
  expireDays: { "tmp/": 7 },
};

export const bucketCase: KindCase<BucketProps> = {
  kind: bucket,
  address: (ctx, unique) => ({ kind: "s3.bucket", id: `b${unique}`, name: bucketOf(ctx, unique) }),
  prepare: async (ctx, { name }) => {
    const s3 = await ctx.clients.of(s3Client);
    // Without our mark: it is no leftover of the bucket under test.
    await s3.createBucket({ Bucket: otherBucket(name) });
    const Status = "Enabled" as const;
    await s3.putBucketVersioning({ ...at(otherBucket(name)), VersioningConfiguration: { Status } });
    // AWS looks whether its logging service may write there.
    const logs = {
      Effect: "Allow",
      Principal: { Service: "logging.s3.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${otherBucket(name)}/*`,
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [logs] });
    await s3.putBucketPolicy({ ...at(otherBucket(name)), Policy });
  },
  tidy: async (ctx, { name }) => {
    // moto logs what it is asked for, as AWS does hours later.
    const ghost = { kind: "s3.bucket", id: "to", name: otherBucket(name) };
    await send(bucket.empty?.(ctx, ghost, { name: ghost.name, tags: {}, props: {} as never }) ?? []);
    await (await ctx.clients.of(s3Client)).deleteBucket(at(otherBucket(name)));
  },
  props: (ctx, address) =>
    fc
      .tuple(plainProps, randomSettings(ctx, address))
      // Copies need versions, and an access control list owners that it may speak of.
      .map(([plain, more]) => ({
        ...plain,
        ...more,
        ownership: more.acl === undefined ? plain.ownership : ("BucketOwnerPreferred" as const),
        versioning: plain.versioning || more.replication !== undefined,
      })),
  base: (ctx, address) => ({
    ...PLAIN_BUCKET,
    ...baseSettings(ctx, address),
  }),
  fixed: [],
  optional: settingsCase.optional ?? [],
  vary: {
    ...settingsCase.vary,
    versioning: (props) => ({ ...props, versioning: false }),
    encryption: (props) => ({ ...props, encryption: "aws:kms" }),
    kmsKey: (props, ctx) => ({
      ...props,
      encryption: "aws:kms",
      kmsKey: `arn:aws:kms:${ctx.region}:${ctx.account}:key/1`,
    }),
    bucketKey: (props) => ({ ...props, encryption: "aws:kms", bucketKey: true }),
    publicAccess: (props) => ({ ...props, publicAccess: { ...NO_PUBLIC_ACCESS, restrictPublicBuckets: false } }),
    ownership: (props) => ({ ...props, ownership: "ObjectWriter" }),
    tlsOnly: (props) => ({ ...props, tlsOnly: false }),
    noncurrentDays: (props) => ({ ...props, noncurrentDays: null }),
    abortMultipartDays: (props) => ({ ...props, abortMultipartDays: 3 }),
    expireDays: (props) => ({ ...props, expireDays: { "tmp/": 7, "logs/": 90 } }),
  },
  calls: {
    ...settingsCase.calls,
    versioning: ["s3:PutBucketVersioning"],
    encryption: ["s3:PutBucketEncryption"],
    kmsKey: ["s3:PutBucketEncryption"],
    bucketKey: ["s3:PutBucketEncryption"],
    publicAccess: ["s3:PutPublicAccessBlock"],
    ownership: ["s3:PutBucketOwnershipControls"],
    tlsOnly: ["s3:PutBucketPolicy"],
    noncurrentDays: ["s3:PutLifecycleConfiguration"],
    abortMultipartDays: ["s3:PutLifecycleConfiguration"],
    expireDays: ["s3:PutLifecycleConfiguration"],
  },
  outside: {
    ...settingsCase.outside,
    versioning: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketVersioning({
        ...at(name),
        VersioningConfiguration: { Status: "Suspended" },
      }),
    encryption: (ctx, { name }) => encrypt(ctx, name, undefined, false),
    kmsKey: (ctx, { name }) => encrypt(ctx, name, `arn:aws:kms:${ctx.region}:${ctx.account}:key/2`, false),
    bucketKey: (ctx, { name }) => encrypt(ctx, name, undefined, true),
    publicAccess: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deletePublicAccessBlock(at(name)),
    ownership: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketOwnershipControls({
        ...at(name),
        OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
      }),
    tlsOnly: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketPolicy(at(name)),
    noncurrentDays: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketLifecycle(at(name)),
    abortMultipartDays: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketLifecycle(at(name)),
    expireDays: async (ctx, { name }) => {
      const s3 = await ctx.clients.of(s3Client);
      const { Rules = [] } = await s3.getBucketLifecycleConfiguration(at(name));
      const disabled = Rules.map((rule) => ({ ...rule, Status: "Disabled" as const }));
      return s3.putBucketLifecycleConfiguration({ ...at(name), LifecycleConfiguration: { Rules: disabled } });
    },
  },
  foreignTag: async (ctx, { name }, Key, Value) => {
    const s3 = await ctx.clients.of(s3Client);
    const { TagSet = [] } = await s3.getBucketTagging(at(name));
    return s3.putBucketTagging({ ...at(name), Tagging: { TagSet: [...TagSet, { Key, Value }] } });
  },
};

async function encrypt(ctx: AwsContext, name: string, key: string | undefined, bucketKey: boolean): Promise<void> {
  await (
    await ctx.clients.of(s3Client)
  ).putBucketEncryption({
    ...at(name),
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", ...(key ? { KMSMasterKeyID: key } : {}) },
          BucketKeyEnabled: bucketKey,
        },
      ],
    },
  });
}

/** A bucket of ours with nothing but the mark. */
export async function makeBucket(ctx: AwsContext, name: string): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  await s3.createBucket({ Bucket: name });
  await s3.putBucketTagging({ ...at(name), Tagging: { TagSet: [{ Key: "metriccare:owner", Value: ctx.owner }] } });
}

const functionArn = (ctx: AwsContext, name: string): string =>
  `arn:aws:lambda:${ctx.region}:${ctx.account}:function:${name}`;

export const notificationCase: KindCase<NotificationProps> = {
  kind: notification,
  address: (ctx, unique) => ({ kind: "s3.notification", id: `b${unique}`, name: bucketOf(ctx, unique) }),
  prepare: async (ctx, { name }) => {
    await makeBucket(ctx, name);
    // Somebody else's entry, and the EventBridge switch: both must survive everything.
    await (
      await ctx.clients.of(s3Client)
    ).putBucketNotificationConfiguration({
      ...at(name),
      NotificationConfiguration: {
        EventBridgeConfiguration: {},
        LambdaFunctionConfigurations: [
          { Id: "theirs", LambdaFunctionArn: functionArn(ctx, "theirs"), Events: ["s3:ObjectRemoved:*"] },
        ],
      },
    });
  },
  tidy: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucket(at(name)).then(() => undefined),
  props: (ctx, { name }) =>
    fc.record({
      bucket: fc.constant(name),
      entries: fc.dictionary(
        fc.constantFrom("raw", "files", "x_1"),
        fc.record({
          targetArn: fc.constantFrom(functionArn(ctx, "one"), functionArn(ctx, "two")),
          events: fc.constantFrom(["s3:ObjectCreated:*"], ["s3:ObjectCreated:Put", "s3:ObjectCreated:Post"]),
          prefix: fc.constantFrom("", "fhir/", "in put/"),
          suffix: fc.constantFrom("", ".ndjson"),
        }),
        { minKeys: 1, maxKeys: 1 },
      ),
    }),
  base: (ctx, { name }) => ({
    bucket: name,
    entries: {
      raw: { targetArn: functionArn(ctx, "one"), events: ["s3:ObjectCreated:*"], prefix: "fhir/", suffix: "" },
    },
  }),
  fixed: ["bucket"],
  vary: {
    entries: (props, ctx) => ({
      ...props,
      entries: {
        raw: { targetArn: functionArn(ctx, "two"), events: ["s3:ObjectCreated:*"], prefix: "raw/", suffix: "" },
      },
    }),
  },
  calls: { entries: ["s3:PutBucketNotification"] },
  outside: {
    entries: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketNotificationConfiguration({
        ...at(name),
        NotificationConfiguration: {},
      }),
  },
};

const texts = ["first", "second", "third"].map((text) => new TextEncoder().encode(text));

function propsOf(bucketName: string, key: string, bytes: Uint8Array): ObjectProps {
  const sha256 = remember(bytes);
  return { bucket: bucketName, key, sha256, size: bytes.length, contentType: "text/x-python" };
}

/** `<bucket>/<key>` taken apart. */
const place = (name: string): [string, string] => [name.slice(0, name.indexOf("/")), name.slice(name.indexOf("/") + 1)];
const [one = new Uint8Array(), two = new Uint8Array()] = texts;

const OBJECT_SETTINGS: Partial<ObjectProps> = {
  cacheControl: "no-store",
  contentDisposition: "attachment",
  contentLanguage: "de",
  metadata: { origin: "clinic" },
  storageClass: "STANDARD_IA",
  websiteRedirect: "/else",
};

export const objectCase: KindCase<ObjectProps> = {
  kind: object,
  address: (ctx, unique) => {
    const name = objectName(bucketNameOf(ctx, "scripts"), `glue-scripts/jobs/${unique} ä+1.py`);
    return { kind: "s3.object", id: unique, name };
  },
  prepare: async (ctx, { name }) => {
    const [bucketName] = place(name);
    await makeBucket(ctx, bucketName);
    await (
      await ctx.clients.of(s3Client)
    ).putBucketVersioning({ ...at(bucketName), VersioningConfiguration: { Status: "Enabled" } });
  },
  tidy: async (ctx, { name }) =>
    (await ctx.clients.of(s3Client)).deleteBucket(at(place(name)[0])).then(() => undefined),
  props: (_ctx, { name }) =>
    fc.constantFrom(...texts).map((bytes) => ({ ...propsOf(...place(name), bytes), contentType: "application/zip" })),
  base: (_ctx, { name }) => ({ ...propsOf(...place(name), one), ...OBJECT_SETTINGS }),
  fixed: ["bucket", "key"],
  optional: ["cacheControl", "contentDisposition", "contentLanguage", "metadata", "storageClass", "websiteRedirect"],
  vary: {
    cacheControl: (props) => ({ ...props, cacheControl: "no-cache" }),
    contentDisposition: (props) => ({ ...props, contentDisposition: "inline" }),
    contentLanguage: (props) => ({ ...props, contentLanguage: "en" }),
    metadata: (props) => ({ ...props, metadata: { origin: "elsewhere", more: "x" } }),
    storageClass: (props) => ({ ...props, storageClass: "ONEZONE_IA" }),
    websiteRedirect: (props) => ({ ...props, websiteRedirect: "/there" }),
    sha256: (props, _ctx, { name }) => ({ ...props, ...propsOf(...place(name), two) }),
    size: (props, _ctx, { name }) => ({ ...props, ...propsOf(...place(name), two) }),
    contentType: (props) => ({ ...props, contentType: "text/plain" }),
  },
  calls: {
    sha256: ["s3:PutObject"],
    size: ["s3:PutObject"],
    contentType: ["s3:PutObject"],
    cacheControl: ["s3:PutObject"],
    contentDisposition: ["s3:PutObject"],
    contentLanguage: ["s3:PutObject"],
    metadata: ["s3:PutObject"],
    storageClass: ["s3:PutObject"],
    websiteRedirect: ["s3:PutObject"],
  },
  outside: {
    cacheControl: (ctx, { name }) => overwrite(ctx, name, "first"),
    contentDisposition: (ctx, { name }) => overwrite(ctx, name, "first"),
    contentLanguage: (ctx, { name }) => overwrite(ctx, name, "first"),
    metadata: (ctx, { name }) => overwrite(ctx, name, "first"),
    storageClass: (ctx, { name }) => overwrite(ctx, name, "first"),
    websiteRedirect: (ctx, { name }) => overwrite(ctx, name, "first"),
    sha256: (ctx, { name }) => overwrite(ctx, name, "other"),
    size: (ctx, { name }) => overwrite(ctx, name, "much longer than before"),
    contentType: (ctx, { name }) => overwrite(ctx, name, "first"),
  },
  foreignTag: async (ctx, { name }, Key, Value) => {
    const s3 = await ctx.clients.of(s3Client);
    const [Bucket, key] = place(name);
    const { TagSet = [] } = await s3.getObjectTagging({ Bucket, Key: key });
    return s3.putObjectTagging({ Bucket, Key: key, Tagging: { TagSet: [...TagSet, { Key, Value }] } });
  },
};

async function overwrite(ctx: AwsContext, name: string, Body: string): Promise<void> {
  const [Bucket, Key] = place(name);
  await (await ctx.clients.of(s3Client)).putObject({ Bucket, Key, Body });
}
