import type {
  CreateBucketRequest,
  GetBucketVersioningOutput,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { arn } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import type { Address, Call, Kind, Tags } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, mergeTags, readEach, taggedAddresses, unless } from "../kit.ts";
import { foreignStatements, parsePolicy, withStatements } from "../statements.ts";
import { NO_BUCKET, readBucket, TLS, tlsStatement, UNSET } from "./bucket-read.ts";
import { type Lifecycle, mergeLifecycle, readLifecycle } from "./lifecycle.ts";
import { foreignEntries } from "./notification-entries.ts";
import type { BucketProps } from "./props.ts";
import { abortUploads, deleteVersions, describeContent, LEASE_KEY } from "./versions.ts";
import { sameJson } from "../kit.ts";

export const coverage = {
  versioning: {
    Status: "managed",
    MFADelete: ignored("only the root user with a device can set it"),
  } satisfies Coverage<GetBucketVersioningOutput>,
  encryption: {
    ApplyServerSideEncryptionByDefault: "managed",
    BucketKeyEnabled: "managed",
    BlockedEncryptionTypes: ignored("AWS's own default blocks SSE-C, which nothing here uses"),
  } satisfies Coverage<ServerSideEncryptionRule>,
  publicAccess: {
    BlockPublicAcls: "managed",
    IgnorePublicAcls: "managed",
    BlockPublicPolicy: "managed",
    RestrictPublicBuckets: "managed",
  } satisfies Coverage<PublicAccessBlockConfiguration>,
};

const LIFECYCLE = ["noncurrentDays", "abortMultipartDays", "expireDays"] as const;
const ENCRYPTION = ["encryption", "kmsKey", "bucketKey"] as const;

const at = (ctx: AwsContext, name: string) => ({ Bucket: name, ExpectedBucketOwner: ctx.account });

async function putPolicy(ctx: AwsContext, name: string, tls: boolean): Promise<void> {
  const s3 = await ctx.clients.s3();
  const present = parsePolicy((await unless(UNSET.policy, s3.getBucketPolicy(at(ctx, name))))?.Policy);
  const merged = withStatements(present, tls ? { [TLS]: tlsStatement(ctx, name) } : {});
  if (merged.Statement.length > 0) await s3.putBucketPolicy({ ...at(ctx, name), Policy: JSON.stringify(merged) });
  else await s3.deleteBucketPolicy(at(ctx, name));
}

async function putLifecycle(ctx: AwsContext, name: string, lifecycle: Lifecycle): Promise<void> {
  const s3 = await ctx.clients.s3();
  const present = await unless(UNSET.lifecycle, s3.getBucketLifecycleConfiguration(at(ctx, name)));
  const Rules = mergeLifecycle(present?.Rules ?? [], lifecycle);
  const size = present?.TransitionDefaultMinimumObjectSize;
  if (Rules.length === 0) await s3.deleteBucketLifecycle(at(ctx, name));
  else
    await s3.putBucketLifecycleConfiguration({
      ...at(ctx, name),
      LifecycleConfiguration: { Rules },
      ...(size ? { TransitionDefaultMinimumObjectSize: size } : {}),
    });
}

// AWS reads back the old rules for a while after a put.
async function lifecycleIs(ctx: AwsContext, name: string, wanted: Lifecycle): Promise<true | string> {
  const s3 = await ctx.clients.s3();
  const present = await unless(UNSET.lifecycle, s3.getBucketLifecycleConfiguration(at(ctx, name)));
  return sameJson(readLifecycle(present?.Rules ?? []), wanted) || "the lifecycle rules are not visible yet";
}

/** One call for each group of settings that `touches` names. */
function* settings(
  ctx: AwsContext,
  name: string,
  props: BucketProps,
  touches: (key: keyof BucketProps) => boolean,
): Iterable<Call> {
  const s3 = ctx.clients.s3;
  if (touches("publicAccess")) {
    const { blockPublicAcls, ignorePublicAcls, blockPublicPolicy, restrictPublicBuckets } = props.publicAccess;
    yield call("s3:PutPublicAccessBlock", async () =>
      (await s3()).putPublicAccessBlock({
        ...at(ctx, name),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: blockPublicAcls,
          IgnorePublicAcls: ignorePublicAcls,
          BlockPublicPolicy: blockPublicPolicy,
          RestrictPublicBuckets: restrictPublicBuckets,
        },
      }),
    );
  }
  if (touches("ownership")) {
    yield call("s3:PutBucketOwnershipControls", async () =>
      (await s3()).putBucketOwnershipControls({
        ...at(ctx, name),
        OwnershipControls: { Rules: [{ ObjectOwnership: props.ownership }] },
      }),
    );
  }
  if (touches("versioning")) {
    yield call("s3:PutBucketVersioning", async () =>
      (await s3()).putBucketVersioning({
        ...at(ctx, name),
        VersioningConfiguration: { Status: props.versioning ? "Enabled" : "Suspended" },
      }),
    );
  }
  if (ENCRYPTION.some(touches)) {
    yield call("s3:PutBucketEncryption", async () =>
      (await s3()).putBucketEncryption({
        ...at(ctx, name),
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: props.encryption,
                ...(props.kmsKey ? { KMSMasterKeyID: props.kmsKey } : {}),
              },
              BucketKeyEnabled: props.bucketKey,
            },
          ],
        },
      }),
    );
  }
  if (touches("tlsOnly")) yield call("s3:PutBucketPolicy", () => putPolicy(ctx, name, props.tlsOnly));
  if (LIFECYCLE.some(touches)) {
    const { noncurrentDays, abortMultipartDays, expireDays } = props;
    const lifecycle = { noncurrentDays, abortMultipartDays, expireDays };
    yield call("s3:PutLifecycleConfiguration", () => putLifecycle(ctx, name, lifecycle), {
      ready: () => lifecycleIs(ctx, name, lifecycle),
      readyWithinMs: 180_000,
    });
  }
}

async function ensureTags(ctx: AwsContext, name: string, tags: Tags): Promise<void> {
  const s3 = await ctx.clients.s3();
  const present = tagMap((await unless(UNSET.tags, s3.getBucketTagging(at(ctx, name))))?.TagSet);
  if (present[OWNER_TAG] !== undefined) return;
  await s3.putBucketTagging({ ...at(ctx, name), Tagging: { TagSet: tagList({ ...present, ...tags }) } });
}

/** What a bucket is the moment CreateBucket has answered: only what differs needs a call. */
const FRESH: Partial<BucketProps> = {
  versioning: false,
  encryption: "AES256",
  kmsKey: null,
  bucketKey: false,
  tlsOnly: false,
  noncurrentDays: null,
  abortMultipartDays: null,
  expireDays: {},
};

export const bucket: Kind<BucketProps, AwsContext> = {
  name: "s3.bucket",
  handles: (ctx, { name }) => [arn.bucket(ctx, name), `s3://${name}`],
  needs: (_ctx, _address, { kmsKey }) => (kmsKey ? [kmsKey] : []),
  read: (ctx, wanted) => readEach(wanted, ({ name }) => readBucket(ctx, name)),
  owned: (ctx) =>
    taggedAddresses(ctx, "s3.bucket", "s3", "").then((all) => all.filter(({ name }) => !name.includes("/"))),
  *create(ctx, { address, props, tags }) {
    const create: CreateBucketRequest = {
      Bucket: address.name,
      ObjectOwnership: props.ownership,
      CreateBucketConfiguration: {
        // us-east-1 is the one region that may not be named.
        ...(ctx.region === "us-east-1" ? {} : { LocationConstraint: ctx.region as never }),
        Tags: tagList(tags),
      },
    };
    yield call("s3:CreateBucket", async () => (await ctx.clients.s3()).createBucket(create), { creates: true });
    // Not AWS, but emulators drop the tags of CreateBucket: without its mark the bucket would be a stranger.
    yield call("s3:PutBucketTagging", () => ensureTags(ctx, address.name, tags));
    const fresh = FRESH as Readonly<Record<string, unknown>>;
    yield* settings(ctx, address.name, props, (key) => key !== "ownership" && !sameJson(fresh[key], props[key]));
  },
  update: (ctx, { address, props, changed }) => settings(ctx, address.name, props, (key) => changed.has(key)),
  async *delete(ctx, { name }) {
    yield* deleteVersions(ctx, name, LEASE_KEY, (key) => key === LEASE_KEY);
    yield forget("s3:DeleteBucket", NO_BUCKET, async () => (await ctx.clients.s3()).deleteBucket(at(ctx, name)));
  },
  *retag(ctx, { name }, _live, set, remove) {
    // PutBucketTagging replaces the whole set: other people's tags are read at the last moment and sent along.
    yield call("s3:PutBucketTagging", async () => {
      const s3 = await ctx.clients.s3();
      const present = tagMap((await unless(UNSET.tags, s3.getBucketTagging(at(ctx, name))))?.TagSet);
      return s3.putBucketTagging({ ...at(ctx, name), Tagging: { TagSet: tagList(mergeTags(present, set, remove)) } });
    });
  },
  lane: ({ name }) => `s3 ${name}`,
  holdsData: (ctx, { name }, _live, leaving) => describeContent(ctx, name, leaving),
  async *empty(ctx, { name }) {
    yield* deleteVersions(ctx, name, "", () => true);
    yield* abortUploads(ctx, name);
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

async function carriesForeign(ctx: AwsContext, { name }: Address): Promise<string | undefined> {
  const s3 = await ctx.clients.s3();
  const [notification, policy] = await Promise.all([
    unless(NO_BUCKET, s3.getBucketNotificationConfiguration(at(ctx, name))),
    unless([...UNSET.policy, ...NO_BUCKET], s3.getBucketPolicy(at(ctx, name))),
  ]);
  const entries = foreignEntries(ctx, notification ?? {}).length;
  const statements = foreignStatements(parsePolicy(policy?.Policy)).length;
  const parts = [
    ...(entries > 0 ? [`${entries} notification ${entries === 1 ? "entry" : "entries"}`] : []),
    ...(statements > 0 ? [`${statements} policy statement${statements === 1 ? "" : "s"}`] : []),
  ];
  return parts.length > 0 ? `carries ${parts.join(" and ")} of somebody else` : undefined;
}
