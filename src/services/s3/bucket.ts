import type {
  CreateBucketRequest,
  GetBucketVersioningOutput,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { tagList, tagMap } from "../../aws/marks.ts";
import type { Address, Kind, Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, errorCode, forget, given, mergeTags, readEach, sameJson, taggedAddresses, unless } from "../kit.ts";
import { samePolicies } from "../statements.ts";
import { foreignParts, isAround, NO_BUCKET, readBucket, UNSET } from "./bucket-read.ts";
import { at, freshOf, settings } from "./bucket-settings.ts";
import { sameRules } from "./lifecycle-rules.ts";
import { lint } from "./lint.ts";
import type { BucketProps } from "./props.ts";
import { type BucketSettings, SETTING_NAMES, type SettingName, SETTINGS } from "./settings/index.ts";
import { abortUploads, deleteNotes, deleteVersions, describeContent } from "./versions.ts";
import { s3Client } from "./client.ts";
import { s3Arn } from "./arn.ts";

export const coverage = {
  versioning: {
    Status: "managed",
    MFADelete: ignored("only the root user with a device can set it"),
  } satisfies Coverage<GetBucketVersioningOutput>,
  encryption: {
    ApplyServerSideEncryptionByDefault: "managed",
    BucketKeyEnabled: "managed",
    BlockedEncryptionTypes: "managed",
  } satisfies Coverage<ServerSideEncryptionRule>,
  publicAccess: {
    BlockPublicAcls: "managed",
    IgnorePublicAcls: "managed",
    BlockPublicPolicy: "managed",
    RestrictPublicBuckets: "managed",
  } satisfies Coverage<PublicAccessBlockConfiguration>,
};

const FIELDS: NonNullable<Kind<BucketProps, AwsContext>["fields"]> = {
  statements: { equal: samePolicies },
  lifecycleRules: { equal: sameRules },
  transitionMinimumSize: { unset: "all_storage_classes_128K" },
  ...Object.fromEntries(
    SETTING_NAMES.map((key) => [
      key,
      { ...given("equal", SETTINGS[key].equal), ...given("unset", SETTINGS[key].unset) },
    ]),
  ),
};

/** What a setting wants to be there first. A bucket that names itself does not wait for itself. */
const needsOf =
  (props: BucketProps) =>
  <K extends SettingName>(key: K): readonly string[] => {
    const settings: Partial<BucketSettings> = props;
    const wanted = settings[key];
    return wanted === undefined ? [] : (SETTINGS[key].needs?.(wanted) ?? []);
  };

export const bucket: Kind<BucketProps, AwsContext> = {
  name: "s3.bucket",
  asksOn: true,
  handles: (ctx, { name }) => [s3Arn.bucket(ctx, name), `s3://${name}`],
  fields: FIELDS,
  needs: (_ctx, _address, props) => [...(props.kmsKey ? [props.kmsKey] : []), ...SETTING_NAMES.flatMap(needsOf(props))],
  read: (ctx, wanted) => readEach(wanted, (one) => readBucket(ctx, one)),
  owned: (ctx) =>
    taggedAddresses(ctx, "s3.bucket", "s3", "").then((all) => all.filter(({ name }) => !name.includes("/"))),
  *create(ctx, { address, props, tags }) {
    const create: CreateBucketRequest = {
      Bucket: address.name,
      ObjectOwnership: props.ownership,
      // Before it has any object, and with versions.
      ...(props.objectLock ? { ObjectLockEnabledForBucket: true } : {}),
      CreateBucketConfiguration: {
        // us-east-1 is the one region that may not be named.
        ...(ctx.region === "us-east-1" ? {} : { LocationConstraint: ctx.region as never }),
        Tags: tagList(tags),
      },
    };
    yield call("s3:CreateBucket", async () => (await ctx.clients.of(s3Client)).createBucket(create), { creates: true });
    const fresh = freshOf(props) as Readonly<Record<string, unknown>>;
    // What the config does not name is not put: an ACL, were it AWS's own, is refused where the owner's alone count.
    const named = (key: keyof BucketProps): boolean => props[key] !== undefined && !sameJson(fresh[key], props[key]);
    yield* settings(ctx, address.name, props, (key) => key !== "ownership" && named(key));
  },
  update: (ctx, { address, props, changed, live }) =>
    settings(ctx, address.name, props, (key) => changed.has(key), live.props),
  *delete(ctx, { name }) {
    yield forget("s3:DeleteBucket", NO_BUCKET, () => deleteBucket(ctx, name));
  },
  *retag(ctx, { name }, _live, set, remove) {
    // PutBucketTagging replaces the whole set: other people's tags are read at the last moment and sent along.
    yield call("s3:PutBucketTagging", async () => {
      const s3 = await ctx.clients.of(s3Client);
      const present = tagMap((await unless(UNSET.tags, s3.getBucketTagging(at(ctx, name))))?.TagSet);
      return s3.putBucketTagging({ ...at(ctx, name), Tagging: { TagSet: tagList(mergeTags(present, set, remove)) } });
    });
  },
  lane: ({ name }) => `s3 ${name}`,
  lint,
  holdsData: (ctx, { name }, _live, leaving) => describeContent(ctx, name, leaving),
  async *empty(ctx, { name }) {
    yield* deleteVersions(ctx, name, "", () => true);
  },
  carriesForeign,
  // A kept bucket stays as it is: our notification entries are a resource of their own and leave by themselves.
  strip: () => [],
  permissions: {
    read: [
      "s3:GetBucketVersioning",
      "s3:GetEncryptionConfiguration",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetLifecycleConfiguration",
      "s3:GetBucketTagging",
      "s3:GetBucketNotification",
      "s3:ListBucketVersions",
      "tag:GetResources",
      ...SETTING_NAMES.flatMap((key) => SETTINGS[key].permissions.read),
    ],
    create: ["s3:CreateBucket", "s3:TagResource", "s3:PutBucketTagging", "s3:PutBucketOwnershipControls"],
    update: [
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutBucketPolicy",
      "s3:DeleteBucketPolicy",
      "s3:PutLifecycleConfiguration",
      "s3:PutBucketTagging",
      ...SETTING_NAMES.flatMap((key) => SETTINGS[key].permissions.write),
    ],
    delete: [
      "s3:DeleteBucket",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:ListBucketMultipartUploads",
      "s3:AbortMultipartUpload",
    ],
  },
};

async function carriesForeign(
  ctx: AwsContext,
  { name }: Address,
  live: Live<BucketProps>,
): Promise<string | undefined> {
  const { entries, statements } = isAround(live.around) ? live.around : await foreignParts(ctx, name);
  const parts = [
    ...(entries > 0 ? [`${entries} notification ${entries === 1 ? "entry" : "entries"}`] : []),
    ...(statements > 0 ? [`${statements} policy statement${statements === 1 ? "" : "s"}`] : []),
  ];
  return parts.length > 0 ? `carries ${parts.join(" and ")} of somebody else` : undefined;
}

/**
 * Our own notes are no data, and go with it: they are looked for when S3 says that it is not empty. Unfinished uploads never keep
 * a bucket of AWS (they end with it), but those of emulators.
 */
async function deleteBucket(ctx: AwsContext, name: string): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  try {
    await s3.deleteBucket(at(ctx, name));
  } catch (error) {
    if (errorCode(error) !== "BucketNotEmpty") throw error;
    const [notes, uploads] = [await deleteNotes(ctx, name), await abortUploads(ctx, name)];
    if (!notes && !uploads) throw error;
    await s3.deleteBucket(at(ctx, name));
  }
}
