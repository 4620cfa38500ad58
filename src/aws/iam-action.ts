/** Operations whose right has another name than they have themselves. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "s3:HeadBucket": "s3:ListBucket",
  "s3:ListObjects": "s3:ListBucket",
  "s3:ListObjectsV2": "s3:ListBucket",
  "s3:ListObjectVersions": "s3:ListBucketVersions",
  "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
  "s3:HeadObject": "s3:GetObject",
  "s3:DeleteObjects": "s3:DeleteObject",
  "s3:CopyObject": "s3:PutObject",
  "s3:CreateMultipartUpload": "s3:PutObject",
  "s3:UploadPart": "s3:PutObject",
  "s3:CompleteMultipartUpload": "s3:PutObject",
  "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
  "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
  "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
  "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
  "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
  "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
  "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
  "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
  "s3:DeleteBucketTagging": "s3:PutBucketTagging",
  "lambda:Invoke": "lambda:InvokeFunction",
  "tagging:GetResources": "tag:GetResources",
};

/** The IAM action that an operation needs: `s3`, `HeadBucket` give `s3:ListBucket`. */
export const iamAction = (service: string, operation: string): string =>
  OTHERWISE[`${service}:${operation}`] ?? `${service}:${operation}`;
