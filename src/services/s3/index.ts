import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { s3Client } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { bucket } from "./bucket.ts";
import { bucketCalls, declareS3 } from "./declare.ts";
import { s3Fields } from "./fields.ts";
import { notification } from "./notification.ts";
import { object } from "./object.ts";
import { bucketSection, uploadSection } from "./section.ts";
import { s3Terraform } from "./terraform.ts";
import { bucketNameOf, s3Arn } from "./arn.ts";

/** Amazon S3. */
export const s3 = service({
  name: "s3",
  client: s3Client,
  coverage: { fields: s3Fields, terraform: s3Terraform },
  faults,
  said: {
    operations: `
      AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjectVersion
      DeleteObjects GetBucketLocation GetObject GetObjectAttributes GetObjectTagging GetObjectVersion HeadBucket
      HeadObject ListBucket ListBucketVersions ListBuckets ListObjects ListObjectsV2 ListParts PutObject UploadPart
      UploadPartCopy
    `,
    codes: `
      BucketAlreadyExists ConditionalRequestConflict CrossRegion IncompleteBody InvalidBucketName InvalidObjectState
      InvalidRange MethodNotAllowed NoSuchBucket NoSuchKey NoSuchUpload NoSuchVersion OperationAborted
      PermanentRedirect PreconditionFailed SlowDown
    `,
  },
  codes: { errors, findings },
  kinds: [anyKind(bucket), anyKind(notification), anyKind(object)],
  sections: {
    buckets: {
      kind: "s3.bucket",
      one: "bucket",
      about: "S3 buckets.",
      schema: bucketSection,
      mayExist: true,
      named: {
        limit: { min: 3, max: 63, form: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/, words: "lower case letters, digits and -" },
        arn: s3Arn.bucket,
        url: (_scope: Scope, name: string) => `s3://${name}/`,
        // A pattern would match those of a project whose name begins alike.
        inPolicies: { always: true, byName: true },
        of: bucketNameOf,
        // Names of buckets are everybody's, and asking for somebody else's is "denied": what has the account in it or starts
        // like ours is a name, everything else an id.
        formerly: (scope: Scope, former: string) => [
          former.includes(scope.account) || former.startsWith(`${scope.project}-`)
            ? former
            : bucketNameOf(scope, former),
        ],
      },
    },
    // S3 takes ten tags an object.
    uploads: {
      kind: "s3.object",
      one: "upload",
      about: "Files and packages that apply puts into buckets.",
      schema: uploadSection,
      tags: 10,
    },
  },
  where: [
    // What works on an object; the rest on its bucket.
    [/^s3:(Get|Put|Delete)Object(Version)?(Tagging|Acl|LegalHold|Retention)?$/, "objects"],
    [/^s3:AbortMultipartUpload$/, "objects"],
    [/^s3:/, "buckets"],
  ],
  reach: {
    "s3.bucket": (scope: Scope, name: string) => [s3Arn.bucket(scope, name), `${s3Arn.bucket(scope, name)}/*`],
    "s3.notification": (scope: Scope, name: string) => [s3Arn.bucket(scope, name)],
    "s3.object": (scope: Scope, name: string) => [s3Arn.bucket(scope, name)],
  },
  keys: { "s3.bucket": { prop: "kmsKey" } },
  declare: declareS3,
  calls: bucketCalls,
});
