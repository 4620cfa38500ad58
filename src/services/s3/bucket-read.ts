import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagMap } from "../../aws/marks.ts";
import { arn } from "../../aws/arn.ts";
import type { Live } from "../../engine/types.ts";
import { orNull, unless } from "../kit.ts";
import { OUR_SID, parsePolicy, sameStatement, tlsOnly } from "../statements.ts";
import { readLifecycle } from "./lifecycle.ts";
import type { BucketProps } from "./props.ts";

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
  const of = arn.bucket(ctx, bucket);
  return tlsOnly("S3:*", [of, `${of}/*`]);
};

/** The parts of a bucket, read side by side; undefined when there is no such bucket. */
export const readBucket = (ctx: AwsContext, name: string): Promise<Live<BucketProps> | undefined> =>
  unless(NO_BUCKET, readParts(ctx, name));

async function readParts(ctx: AwsContext, name: string): Promise<Live<BucketProps>> {
  const s3 = await ctx.clients.s3();
  const at = { Bucket: name, ExpectedBucketOwner: ctx.account };
  const [versioning, encryption, access, ownership, policy, lifecycle, tagging] = await Promise.all([
    s3.getBucketVersioning(at),
    unless(UNSET.encryption, s3.getBucketEncryption(at)),
    unless(UNSET.publicAccess, s3.getPublicAccessBlock(at)),
    unless(UNSET.ownership, s3.getBucketOwnershipControls(at)),
    unless(UNSET.policy, s3.getBucketPolicy(at)),
    unless(UNSET.lifecycle, s3.getBucketLifecycleConfiguration(at)),
    unless(UNSET.tags, s3.getBucketTagging(at)),
  ]);
  const rule = encryption?.ServerSideEncryptionConfiguration?.Rules?.[0];
  const sse = rule?.ApplyServerSideEncryptionByDefault;
  // Since January 2023 AWS encrypts every bucket with SSE-S3: no answer means that.
  const kms = sse?.SSEAlgorithm === "aws:kms";
  const block = access?.PublicAccessBlockConfiguration;
  const tags = tagMap(tagging?.TagSet);
  const statement = parsePolicy(policy?.Policy).Statement.find(({ Sid }) => Sid === `${OUR_SID}${TLS}`);
  return {
    name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      versioning: versioning.Status === "Enabled",
      encryption: kms ? "aws:kms" : "AES256",
      kmsKey: kms ? orNull(sse.KMSMasterKeyID) : null,
      bucketKey: kms && (rule?.BucketKeyEnabled ?? false),
      publicAccess: {
        blockPublicAcls: block?.BlockPublicAcls ?? false,
        ignorePublicAcls: block?.IgnorePublicAcls ?? false,
        blockPublicPolicy: block?.BlockPublicPolicy ?? false,
        restrictPublicBuckets: block?.RestrictPublicBuckets ?? false,
      },
      ownership: ownership?.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? "ObjectWriter",
      tlsOnly: statement !== undefined && sameStatement(statement, tlsStatement(ctx, name)),
      ...readLifecycle(lifecycle?.Rules ?? []),
    },
  };
}
