import type {
  GetBucketVersioningOutput,
  NotificationConfiguration,
  ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { tagMap } from "../../aws/marks.ts";
import type { Live, Tags, Wanted } from "../../engine/types.ts";
import { ifWanted, orNull, tagged, unless } from "../kit.ts";
import { foreignStatements, ourStatements, parsePolicy, sameStatement, tlsOnly } from "../statements.ts";
import { readLifecycle } from "./lifecycle.ts";
import { foreignEntries } from "./notification-entries.ts";
import type { BucketProps } from "./props.ts";
import { type BucketSettings, type SettingName, SETTING_NAMES, SETTINGS } from "./settings/index.ts";
import { orUndefined, type Place } from "./settings/setting.ts";
import { s3Client } from "./client.ts";
import { s3Arn } from "./arn.ts";

/** What each part of a bucket answers when it was never set. None of them says that the bucket is missing. */
export const UNSET = {
  encryption: ["ServerSideEncryptionConfigurationNotFoundError"],
  publicAccess: ["NoSuchPublicAccessBlockConfiguration"],
  ownership: ["OwnershipControlsNotFoundError"],
  policy: ["NoSuchBucketPolicy"],
  lifecycle: ["NoSuchLifecycleConfiguration"],
  tags: ["NoSuchTagSet"],
} as const;

export const NO_BUCKET = ["NoSuchBucket"] as const;

/** Key of the TLS statement: its Sid is `MetriccareTlsOnly`. */
export const TLS = "TlsOnly";

/**
 * `S3:*` is `s3:*`: IAM reads actions without regard to case. moto does not, and it knows no conditions in bucket policies:
 * spelt in the usual way it would deny every object there, TLS or not, and nothing could be proven on it.
 */
export const tlsStatement = (ctx: AwsContext, bucket: string) => {
  const of = s3Arn.bucket(ctx, bucket);
  return tlsOnly("S3:*", [of, `${of}/*`]);
};

/** An optional setting, by a call of its own where it is wanted. */
async function readSetting<K extends SettingName>(
  ctx: AwsContext,
  wanted: Wanted<BucketProps>,
  tags: Tags,
  key: K,
): Promise<Partial<BucketSettings>> {
  const s3 = await ctx.clients.of(s3Client);
  const at: Place = { Bucket: wanted.name, ExpectedBucketOwner: ctx.account };
  const value = await ifWanted(wanted, key, tags, () => SETTINGS[key].read(s3, at));
  return value === undefined ? {} : { [key]: value };
}

async function readSettings(
  ctx: AwsContext,
  wanted: Wanted<BucketProps>,
  tags: Tags,
  which: (key: SettingName) => boolean,
): Promise<Partial<BucketSettings>> {
  const found = await Promise.all(SETTING_NAMES.filter(which).map((key) => readSetting(ctx, wanted, tags, key)));
  return Object.assign({}, ...found) as Partial<BucketSettings>;
}

/**
 * Undefined where there is no such bucket: one call says so, and everything else about it is read then. Settings that the
 * config does not name wait for the tags, which tell whether the last apply did.
 */
export async function readBucket(ctx: AwsContext, wanted: Wanted<BucketProps>): Promise<Live<BucketProps> | undefined> {
  const { name, props } = wanted;
  if (wanted.going && props) return readGoing(ctx, wanted, props);
  const s3 = await ctx.clients.of(s3Client);
  const place = { Bucket: name, ExpectedBucketOwner: ctx.account };
  const asked = unless(NO_BUCKET, s3.getBucketVersioning(place));
  // Who knows that it is there asks for everything at once.
  const there = wanted.there ?? (await asked) !== undefined;
  const named = (key: SettingName): boolean => props?.[key] !== undefined;
  const parts = there ? Promise.all([readParts(ctx, name, asked), readSettings(ctx, wanted, {}, named)]) : undefined;
  const own = wanted.there ? ownTags(ctx, name) : undefined;
  // An error of theirs is told where they are waited for.
  for (const early of [parts, own]) early?.catch(() => undefined);
  const versioning = await asked;
  const tags = { arn: s3Arn.bucket(ctx, name), own: () => unless(NO_BUCKET, own ?? ownTags(ctx, name)) };
  const read = async (told: Tags): Promise<BucketProps> => {
    const others = await readSettings(ctx, wanted, told, (key) => !named(key));
    const [known, settings] = (await parts) ?? [];
    return Object.assign({}, known, settings, others) as BucketProps;
  };
  return unless(
    NO_BUCKET,
    tagged(ctx, wanted, versioning, tags, (_versioning, told) => read(told)),
  );
}

/** What of it is somebody else's. */
interface Around {
  readonly statements: number;
  readonly entries: number;
}

/** As a bucket is read that is to be deleted: whether it is there, whose it is, and what of it is somebody else's. */
async function readGoing(
  ctx: AwsContext,
  { name, alone }: Wanted,
  props: BucketProps,
): Promise<Live<BucketProps> | undefined> {
  const early = alone ? foreignParts(ctx, name) : undefined;
  // An error of theirs is told where they are waited for.
  early?.catch(() => undefined);
  const tags = await unless(NO_BUCKET, ownTags(ctx, name));
  const place = { arn: s3Arn.bucket(ctx, name), own: () => Promise.resolve(tags) };
  const live = await tagged(ctx, { kind: "s3.bucket", id: name, name }, tags, place, () => props);
  return live && { ...live, around: await (early ?? foreignParts(ctx, name)) };
}

/** Statements and notification entries of other people. */
export async function foreignParts(ctx: AwsContext, name: string): Promise<Around> {
  const s3 = await ctx.clients.of(s3Client);
  const [notification, policy] = await Promise.all([
    notificationsOnce(ctx, name),
    unless([...UNSET.policy, ...NO_BUCKET], s3.getBucketPolicy({ Bucket: name, ExpectedBucketOwner: ctx.account })),
  ]);
  return {
    entries: foreignEntries(ctx, notification ?? {}).length,
    statements: foreignStatements(parsePolicy(policy?.Policy)).length,
  };
}

export const isAround = (around: unknown): around is Around =>
  typeof around === "object" && around !== null && "statements" in around && "entries" in around;

export async function notifications(ctx: AwsContext, Bucket: string): Promise<NotificationConfiguration | undefined> {
  const s3 = await ctx.clients.of(s3Client);
  return unless(NO_BUCKET, s3.getBucketNotificationConfiguration({ Bucket, ExpectedBucketOwner: ctx.account }));
}

/** The same for all who ask while one plan is made. */
export const notificationsOnce = (ctx: AwsContext, name: string): Promise<NotificationConfiguration | undefined> =>
  ctx.once(`s3 notification ${name}`, () => notifications(ctx, name));

async function ownTags(ctx: AwsContext, Bucket: string): Promise<Tags> {
  const s3 = await ctx.clients.of(s3Client);
  const found = await unless(UNSET.tags, s3.getBucketTagging({ Bucket, ExpectedBucketOwner: ctx.account }));
  return tagMap(found?.TagSet);
}

/** The parts of a bucket, side by side. */
async function readParts(
  ctx: AwsContext,
  name: string,
  asked: Promise<GetBucketVersioningOutput | undefined>,
): Promise<Omit<BucketProps, SettingName>> {
  const s3 = await ctx.clients.of(s3Client);
  const at = { Bucket: name, ExpectedBucketOwner: ctx.account };
  const [versioning, encryption, access, ownership, policy, lifecycle] = await Promise.all([
    asked,
    unless(UNSET.encryption, s3.getBucketEncryption(at)),
    unless(UNSET.publicAccess, s3.getPublicAccessBlock(at)),
    unless(UNSET.ownership, s3.getBucketOwnershipControls(at)),
    unless(UNSET.policy, s3.getBucketPolicy(at)),
    unless(UNSET.lifecycle, s3.getBucketLifecycleConfiguration(at)),
  ]);
  const block = access?.PublicAccessBlockConfiguration;
  const { [TLS]: tls, ...others } = ourStatements(parsePolicy(policy?.Policy));
  const statements = orUndefined(others);
  return {
    versioning: versioning?.Status === "Enabled",
    ...encryptionOf(encryption?.ServerSideEncryptionConfiguration?.Rules?.[0]),
    publicAccess: {
      blockPublicAcls: block?.BlockPublicAcls ?? false,
      ignorePublicAcls: block?.IgnorePublicAcls ?? false,
      blockPublicPolicy: block?.BlockPublicPolicy ?? false,
      restrictPublicBuckets: block?.RestrictPublicBuckets ?? false,
    },
    ownership: ownership?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? "ObjectWriter",
    tlsOnly: tls !== undefined && sameStatement(tls, tlsStatement(ctx, name)),
    ...(statements ? { statements } : {}),
    ...readLifecycle(lifecycle?.Rules ?? [], lifecycle?.TransitionDefaultMinimumObjectSize),
  };
}

/** Since January 2023 AWS encrypts every bucket with SSE-S3: no answer means that. */
function encryptionOf(
  rule: ServerSideEncryptionRule | undefined,
): Pick<BucketProps, "encryption" | "kmsKey" | "bucketKey" | "blockedEncryption"> {
  const sse = rule?.ApplyServerSideEncryptionByDefault;
  const algorithm = sse?.SSEAlgorithm;
  const kms = algorithm === "aws:kms" || algorithm === "aws:kms:dsse";
  const blocked = rule?.BlockedEncryptionTypes?.EncryptionType;
  return {
    encryption: kms ? algorithm : "AES256",
    kmsKey: kms ? orNull(sse?.KMSMasterKeyID) : null,
    bucketKey: kms && (rule?.BucketKeyEnabled ?? false),
    ...(blocked?.length ? { blockedEncryption: blocked } : {}),
  };
}
