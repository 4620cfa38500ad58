import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, sameJson, unless } from "../kit.ts";
import { parsePolicy, withStatements } from "../statements.ts";
import { TLS, tlsStatement, UNSET } from "./bucket-read.ts";
import { type Lifecycle, mergeLifecycle, readLifecycle } from "./lifecycle.ts";
import type { BucketProps } from "./props.ts";

const LIFECYCLE = ["noncurrentDays", "abortMultipartDays", "expireDays"] as const;
const ENCRYPTION = ["encryption", "kmsKey", "bucketKey"] as const;

/** Bucket and owner: a bucket of another account with our name is refused, not changed. */
export const at = (ctx: AwsContext, name: string) => ({ Bucket: name, ExpectedBucketOwner: ctx.account });

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
export function* settings(
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

/** What a bucket is the moment CreateBucket has answered: only what differs needs a call. */
export const FRESH: Partial<BucketProps> = {
  versioning: false,
  encryption: "AES256",
  kmsKey: null,
  bucketKey: false,
  tlsOnly: false,
  noncurrentDays: null,
  abortMultipartDays: null,
  expireDays: {},
};
