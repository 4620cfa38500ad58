import type { PublicAccessBlockConfiguration, ServerSideEncryptionRule } from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import type { Call, Sent } from "../../engine/types.ts";
import { call, given, sameJson, unless } from "../kit.ts";
import { parsePolicy, withStatements } from "../statements.ts";
import { TLS, tlsStatement, UNSET } from "./bucket-read.ts";
import { type Lifecycle, mergeLifecycle, readLifecycle } from "./lifecycle.ts";
import { sameRules } from "./lifecycle-rules.ts";
import type { BucketProps } from "./props.ts";
import { type BucketSettings, SETTING_NAMES, type SettingName, SETTINGS } from "./settings/index.ts";
import { s3Client } from "./client.ts";

const LIFECYCLE = [
  "noncurrentDays",
  "abortMultipartDays",
  "expireDays",
  "lifecycleRules",
  "transitionMinimumSize",
] as const;
const ENCRYPTION = ["encryption", "kmsKey", "bucketKey", "blockedEncryption"] as const;
const POLICY = ["tlsOnly", "statements"] as const;
/** What AWS has where nobody chose. */
const MINIMUM = "all_storage_classes_128K";

/** Bucket and owner: a bucket of another account with our name is refused, not changed. */
export const at = (ctx: AwsContext, name: string) => ({ Bucket: name, ExpectedBucketOwner: ctx.account });

/** Other people's statements stay; a bucket that we have just made has none. */
async function putPolicy(
  ctx: AwsContext,
  name: string,
  { tlsOnly: tls, statements }: BucketProps,
  isNew: boolean,
): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  const found = isNew ? undefined : await unless(UNSET.policy, s3.getBucketPolicy(at(ctx, name)));
  const present = parsePolicy(found?.Policy);
  const merged = withStatements(present, { ...(tls ? { [TLS]: tlsStatement(ctx, name) } : {}), ...statements });
  if (merged.Statement.length > 0) await s3.putBucketPolicy({ ...at(ctx, name), Policy: JSON.stringify(merged) });
  else await s3.deleteBucketPolicy(at(ctx, name));
}

/** Other people's rules stay. `back`: the smallest size is the config's no more, and is AWS's own again. */
async function putLifecycle(
  ctx: AwsContext,
  name: string,
  lifecycle: Lifecycle,
  { isNew, back }: { readonly isNew: boolean; readonly back: boolean },
): Promise<void> {
  const s3 = await ctx.clients.of(s3Client);
  const present = isNew ? undefined : await unless(UNSET.lifecycle, s3.getBucketLifecycleConfiguration(at(ctx, name)));
  const Rules = mergeLifecycle(present?.Rules ?? [], lifecycle);
  const size = lifecycle.transitionMinimumSize ?? (back ? MINIMUM : present?.TransitionDefaultMinimumObjectSize);
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
  const s3 = await ctx.clients.of(s3Client);
  const present = await unless(UNSET.lifecycle, s3.getBucketLifecycleConfiguration(at(ctx, name)));
  const { lifecycleRules: seen, ...rest } = readLifecycle(present?.Rules ?? []);
  const { lifecycleRules: own, transitionMinimumSize: _size, ...plain } = wanted;
  return (sameJson(rest, plain) && sameRules(seen, own)) || "the lifecycle rules are not visible yet";
}

type Touches = (key: keyof BucketProps) => boolean;

/**
 * One call for each group of settings that `touches` names, side by side, then those of the optional settings, which may want
 * them. Without `live` it is new.
 */
export function* settings(
  ctx: AwsContext,
  name: string,
  props: BucketProps,
  touches: Touches,
  live?: BucketProps,
): Iterable<Sent> {
  const optional = SETTING_NAMES.filter(touches);
  const plain = [...plainSettings(ctx, name, props, touches, live)];
  // A policy for everybody is refused as long as the bucket's block does not let it in.
  const inTurn = touches("publicAccess") && !props.publicAccess.blockPublicPolicy;
  if (inTurn) yield* plainSettings(ctx, name, props, touches, live);
  else if (plain.length > 0) yield plain;
  for (const key of optional) yield* settingCalls(ctx, name, key, props, live);
}

function* plainSettings(
  ctx: AwsContext,
  name: string,
  props: BucketProps,
  touches: Touches,
  live?: BucketProps,
): Iterable<Call> {
  const s3 = () => ctx.clients.of(s3Client);
  if (touches("publicAccess"))
    yield call("s3:PutPublicAccessBlock", async () =>
      (await s3()).putPublicAccessBlock({
        ...at(ctx, name),
        PublicAccessBlockConfiguration: blockOf(props),
      }),
    );
  if (touches("ownership"))
    yield call("s3:PutBucketOwnershipControls", async () =>
      (await s3()).putBucketOwnershipControls({
        ...at(ctx, name),
        OwnershipControls: { Rules: [{ ObjectOwnership: props.ownership }] },
      }),
    );
  if (touches("versioning"))
    yield call("s3:PutBucketVersioning", async () =>
      (await s3()).putBucketVersioning({
        ...at(ctx, name),
        VersioningConfiguration: { Status: props.versioning ? "Enabled" : "Suspended" },
      }),
    );
  if (ENCRYPTION.some(touches))
    yield call("s3:PutBucketEncryption", async () =>
      (await s3()).putBucketEncryption({
        ...at(ctx, name),
        ServerSideEncryptionConfiguration: { Rules: [encryptionOf(props)] },
      }),
    );
  if (POLICY.some(touches)) yield call("s3:PutBucketPolicy", () => putPolicy(ctx, name, props, live === undefined));
  if (LIFECYCLE.some(touches)) yield lifecycleCall(ctx, name, props, touches, live === undefined);
}

const settingCalls = <K extends SettingName>(
  ctx: AwsContext,
  name: string,
  key: K,
  wanted: Partial<BucketSettings>,
  live: Partial<BucketSettings> = {},
): Iterable<Call> =>
  SETTINGS[key].calls({ s3: () => ctx.clients.of(s3Client), at: at(ctx, name) }, wanted[key], live[key]);

const blockOf = ({ publicAccess }: BucketProps): PublicAccessBlockConfiguration => ({
  BlockPublicAcls: publicAccess.blockPublicAcls,
  IgnorePublicAcls: publicAccess.ignorePublicAcls,
  BlockPublicPolicy: publicAccess.blockPublicPolicy,
  RestrictPublicBuckets: publicAccess.restrictPublicBuckets,
});

const encryptionOf = ({ encryption, kmsKey, bucketKey, blockedEncryption }: BucketProps): ServerSideEncryptionRule => ({
  ApplyServerSideEncryptionByDefault: {
    SSEAlgorithm: encryption,
    ...(kmsKey ? { KMSMasterKeyID: kmsKey } : {}),
  },
  BucketKeyEnabled: bucketKey,
  ...(blockedEncryption ? { BlockedEncryptionTypes: { EncryptionType: [...blockedEncryption] } } : {}),
});

function lifecycleCall(ctx: AwsContext, name: string, props: BucketProps, touches: Touches, isNew: boolean): Call {
  const { noncurrentDays, abortMultipartDays, expireDays, lifecycleRules, transitionMinimumSize } = props;
  const lifecycle: Lifecycle = {
    noncurrentDays,
    abortMultipartDays,
    expireDays,
    ...given("lifecycleRules", lifecycleRules),
    ...given("transitionMinimumSize", transitionMinimumSize),
  };
  const back = touches("transitionMinimumSize") && transitionMinimumSize === undefined;
  return call("s3:PutLifecycleConfiguration", () => putLifecycle(ctx, name, lifecycle, { isNew, back }), {
    ready: () => lifecycleIs(ctx, name, lifecycle),
    readyWithinMs: 180_000,
    ...(SETTING_NAMES.some(touches) ? {} : { letsGo: "users" as const }),
  });
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
  ...Object.fromEntries(SETTING_NAMES.map((key) => [key, SETTINGS[key].unset])),
};

/** The same of one with these props: a lock brings versions along. */
export const freshOf = ({ objectLock }: BucketProps): Partial<BucketProps> => ({
  ...FRESH,
  ...(objectLock ? { versioning: true, objectLock: {} } : {}),
});
