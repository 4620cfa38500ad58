import { ignored, TERRAFORM_COMMON, type TerraformCoverage } from "../coverage.ts";

const byHash = ignored("what differs is told by the SHA-256 of the content, which S3 keeps with it");
const asFile = ignored("content stands in a file of the project (`source`), where a review sees its change");

/** What Terraform lets a user set of an object. */
export const object: TerraformCoverage = {
  resource: "aws_s3_object",
  section: "uploads.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    acl: "acl",
    bucket: "bucket",
    bucket_key_enabled: "bucketKey",
    cache_control: "cacheControl",
    checksum_algorithm: ignored("SHA-256 goes with every put"),
    content: asFile,
    content_base64: asFile,
    content_disposition: "contentDisposition",
    content_encoding: "contentEncoding",
    content_language: "contentLanguage",
    content_type: "contentType",
    etag: byHash,
    force_destroy: ignored("a legal hold is lifted by `objectLock: {legalHold: false}`, in sight of everybody"),
    key: "key",
    kms_key_id: "kmsKeyId",
    metadata: "metadata",
    object_lock_legal_hold_status: "objectLock.legalHold",
    object_lock_mode: "objectLock.mode",
    object_lock_retain_until_date: "objectLock.retainUntil",
    "override_provider.default_tags.tags": ignored(
      "the ten tags that an object takes are counted, and those at the top are part of them",
    ),
    server_side_encryption: "serverSideEncryption",
    source: "source",
    source_hash: byHash,
    storage_class: "storageClass",
    website_redirect: "websiteRedirect",
  },
};
