/** Address: `name` is the bucket's name. Handles: its ARN and `s3://<bucket>`. */
export interface BucketProps {
  readonly versioning: boolean;
  readonly encryption: "AES256" | "aws:kms";
  /** Key ARN or id; null with `aws:kms` is AWS's own key of the account. */
  readonly kmsKey: string | null;
  /** Always false with AES256: the setting has no meaning there. */
  readonly bucketKey: boolean;
  readonly publicAccess: {
    readonly blockPublicAcls: boolean;
    readonly ignorePublicAcls: boolean;
    readonly blockPublicPolicy: boolean;
    readonly restrictPublicBuckets: boolean;
  };
  readonly ownership: "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter";
  /** Our own statement in the bucket policy, other people's statements stay. */
  readonly tlsOnly: boolean;
  /** Days after which noncurrent versions go; null keeps them. */
  readonly noncurrentDays: number | null;
  /** Days after which unfinished multipart uploads go; null keeps them. */
  readonly abortMultipartDays: number | null;
  /** Days to live of current objects by prefix: `{"tmp/": 7}`. */
  readonly expireDays: Readonly<Record<string, number>>;
}

/** All four on: what every bucket of a lakehouse wants. */
export const NO_PUBLIC_ACCESS: BucketProps["publicAccess"] = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

export interface NotificationEntry {
  readonly functionArn: string;
  /** `s3:ObjectCreated:*` */
  readonly events: readonly string[];
  /** Empty text: any. */
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * Our entries of one bucket's notification configuration. Address: `name` is the bucket's name. The keys of `entries`
 * are `[A-Za-z0-9_]+`; in AWS their ids are `metriccare-<project>-<env>-<key>`.
 */
export interface NotificationProps {
  readonly bucket: string;
  readonly entries: Readonly<Record<string, NotificationEntry>>;
}

/**
 * Address: `name` is `<bucket>/<key>`. Handle: `s3://<bucket>/<key>`. The bytes come from `provideContent` (content.ts),
 * found by `sha256`.
 */
export interface ObjectProps {
  readonly bucket: string;
  readonly key: string;
  /** Of the content, lower-case hex. */
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
}
