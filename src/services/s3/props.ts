import type {
  EncryptionType,
  ObjectCannedACL,
  ServerSideEncryption,
  StorageClass,
  TransitionDefaultMinimumObjectSize,
} from "@aws-sdk/client-s3";
import type { PolicyStatement } from "../iam/props.ts";
import type { LifecycleRuleConfig } from "./lifecycle-rules.ts";
import type { BucketSettings } from "./settings/index.ts";

/** Address: `name` is the bucket's name. Handles: its ARN and `s3://<bucket>`. What may be absent is optional (settings). */
export interface BucketProps extends Partial<BucketSettings> {
  readonly versioning: boolean;
  readonly encryption: "AES256" | "aws:kms" | "aws:kms:dsse";
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
  /** Ways of encryption that S3 refuses for new objects; `NONE` refuses none. */
  readonly blockedEncryption?: readonly EncryptionType[];
  /** Our own statement in the bucket policy, other people's statements stay. */
  readonly tlsOnly: boolean;
  /** More statements of our own by key (`[A-Za-z0-9]+`), without `Sid`: in the policy their Sid is `Metriccare<key>`. */
  readonly statements?: Readonly<Record<string, PolicyStatement>>;
  /** Days after which noncurrent versions go; null keeps them. */
  readonly noncurrentDays: number | null;
  /** Days after which unfinished multipart uploads go; null keeps them. */
  readonly abortMultipartDays: number | null;
  /** Days to live of current objects by prefix: `{"tmp/": 7}`. */
  readonly expireDays: Readonly<Record<string, number>>;
  /** Rules of the config's own by key; in AWS their ids are `metriccare-rule-<key>`. */
  readonly lifecycleRules?: Readonly<Record<string, LifecycleRuleConfig>>;
  /** Below which size no rule moves an object to another storage class. */
  readonly transitionMinimumSize?: TransitionDefaultMinimumObjectSize;
}

/** All four on: what every bucket of a lakehouse wants. */
export const NO_PUBLIC_ACCESS: BucketProps["publicAccess"] = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

export interface NotificationEntry {
  /** Of a function, a queue or a topic. */
  readonly targetArn: string;
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
 * Address: `name` is `<bucket>/<key>`. Handle: `s3://<bucket>/<key>`. The bytes are its content (engine),
 * found by `sha256`.
 */
export interface ObjectProps {
  readonly bucket: string;
  readonly key: string;
  /** Of the content, lower-case hex. */
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly storageClass?: StorageClass;
  readonly serverSideEncryption?: ServerSideEncryption;
  readonly kmsKey?: string;
  readonly bucketKey?: boolean;
  readonly websiteRedirect?: string;
  readonly acl?: ObjectCannedACL;
  readonly objectLock?: {
    readonly mode?: "GOVERNANCE" | "COMPLIANCE" | undefined;
    readonly retainUntil?: string | undefined;
    readonly legalHold?: boolean | undefined;
  };
}
