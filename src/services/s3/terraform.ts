import { ignored, TERRAFORM_COMMON, TERRAFORM_WAITS, type TerraformCoverage, within } from "../coverage.ts";
import { never } from "./terraform-never.ts";
import { object } from "./terraform-object.ts";
import { olderBlocks } from "./terraform-older.ts";
import { owner, part } from "./terraform-part.ts";

const older = ignored("a rule's filter says the same since S3's second version of rules");

const BUCKETS: readonly TerraformCoverage[] = [
  {
    resource: "aws_s3_bucket",
    section: "buckets.<id>",
    arguments: {
      ...TERRAFORM_COMMON,
      bucket: "name",
      bucket_prefix: ignored(
        "names are computed from project, id, environment, account and region, so that they are known before",
      ),
      bucket_namespace: ignored("a name of ours holds account and region already, and no other account's has them"),
      force_destroy: ignored("`destroy --include-data` empties what it deletes, and says first what that is"),
      object_lock_enabled: "objectLock",
      ...olderBlocks,
      timeouts: TERRAFORM_WAITS,
    },
  },
  part("accelerate_configuration", "", { expected_bucket_owner: owner, status: "accelerate" }),
  part("acl", "", {
    acl: "acl",
    expected_bucket_owner: owner,
    ...within("access_control_policy", {
      "grant.permission": "acl[].permission",
      "grant.grantee.id": "acl[].id",
      "grant.grantee.uri": "acl[].uri",
      "grant.grantee.type": ignored("`id` is of a user, `uri` of a group"),
      "grant.grantee.email_address": ignored("AWS refuses grants to mail addresses since October 2025"),
      "owner.id": ignored("who owns the bucket is AWS's to say: the id is asked for when the ACL is put"),
      "owner.display_name": ignored("AWS ended display names in 2025"),
    }),
  }),
  part("analytics_configuration", ".analytics.<id>", {
    name: ignored("the id of the entry, `metriccare-` before it"),
    "filter.prefix": "prefix",
    "filter.tags": "tags",
    ...within("storage_class_analysis.data_export", {
      output_schema_version: ignored("V_1 is the only one that AWS has"),
      "destination.s3_bucket_destination.bucket_arn": "export.bucket",
      "destination.s3_bucket_destination.bucket_account_id": "export.account",
      "destination.s3_bucket_destination.format": ignored("CSV is the only one that AWS has"),
      "destination.s3_bucket_destination.prefix": "export.prefix",
    }),
  }),
  part("cors_configuration", ".cors.<id>", {
    expected_bucket_owner: owner,
    ...within("cors_rule", {
      id: ignored("the id of the entry, `metriccare-` before it"),
      allowed_headers: "headers",
      allowed_methods: "methods",
      allowed_origins: "origins",
      expose_headers: "exposeHeaders",
      max_age_seconds: "maxAgeSeconds",
    }),
  }),
  part("intelligent_tiering_configuration", ".intelligentTiering.<id>", {
    name: ignored("the id of the entry, `metriccare-` before it"),
    status: "enabled",
    "filter.prefix": "prefix",
    "filter.tags": "tags",
    "tiering.access_tier": "archiveAccessDays",
    "tiering.days": "deepArchiveAccessDays",
  }),
  {
    ...part("inventory", ".inventory.<id>", {
      name: ignored("the id of the entry, `metriccare-` before it"),
      enabled: "enabled",
      included_object_versions: "includedObjectVersions",
      optional_fields: "optionalFields",
      "filter.prefix": "prefix",
      "schedule.frequency": "frequency",
      ...within("destination.bucket", {
        account_id: "destination.account",
        bucket_arn: "destination.bucket",
        format: "destination.format",
        prefix: "destination.prefix",
        "encryption.sse_s3": "destination.encryption",
        "encryption.sse_kms.key_id": "destination.kmsKeyId",
      }),
    }),
    resource: "aws_s3_bucket_inventory",
  },
  part("lifecycle_configuration", ".lifecycle.rules.<id>", {
    expected_bucket_owner: owner,
    timeouts: TERRAFORM_WAITS,
    transition_default_minimum_object_size: "/buckets.<id>.lifecycle.transitionDefaultMinimumObjectSize",
    ...within("rule", {
      id: ignored("the id of the entry, `metriccare-rule-` before it"),
      status: "enabled",
      prefix: older,
      "abort_incomplete_multipart_upload.days_after_initiation": "abortMultipartDays",
      "expiration.date": "expiration.date",
      "expiration.days": "expiration.days",
      "expiration.expired_object_delete_marker": "expiration.expiredObjectDeleteMarker",
      "filter.prefix": "prefix",
      "filter.object_size_greater_than": "objectSizeGreaterThan",
      "filter.object_size_less_than": "objectSizeLessThan",
      "filter.tag.key": "tags",
      "filter.tag.value": "tags",
      "filter.and.prefix": "prefix",
      "filter.and.tags": "tags",
      "filter.and.object_size_greater_than": "objectSizeGreaterThan",
      "filter.and.object_size_less_than": "objectSizeLessThan",
      "noncurrent_version_expiration.newer_noncurrent_versions": "noncurrentVersionExpiration.newerNoncurrentVersions",
      "noncurrent_version_expiration.noncurrent_days": "noncurrentVersionExpiration.noncurrentDays",
      "noncurrent_version_transition.newer_noncurrent_versions":
        "noncurrentVersionTransitions[].newerNoncurrentVersions",
      "noncurrent_version_transition.noncurrent_days": "noncurrentVersionTransitions[].noncurrentDays",
      "noncurrent_version_transition.storage_class": "noncurrentVersionTransitions[].storageClass",
      "transition.date": "transitions[].date",
      "transition.days": "transitions[].days",
      "transition.storage_class": "transitions[].storageClass",
    }),
  }),
  part("logging", ".logging", {
    expected_bucket_owner: owner,
    target_bucket: "bucket",
    target_prefix: "prefix",
    "target_grant.permission": "grants[].permission",
    "target_grant.grantee.id": "grants[].id",
    "target_grant.grantee.uri": "grants[].uri",
    "target_grant.grantee.type": ignored("`id` is of a user, `uri` of a group"),
    "target_grant.grantee.email_address": ignored("AWS refuses grants to mail addresses since October 2025"),
    "target_object_key_format.partitioned_prefix.partition_date_source": "partitionBy",
    "target_object_key_format.simple_prefix": ignored("the form without `partitionBy`"),
  }),
  part("metric", ".metrics.<id>", {
    name: ignored("the id of the entry, `metriccare-` before it"),
    "filter.access_point": "accessPoint",
    "filter.prefix": "prefix",
    "filter.tags": "tags",
  }),
  part("notification", ".notifications.<id>", {
    eventbridge: "/buckets.<id>.eventBridge",
    ...Object.fromEntries(
      (
        [
          ["lambda_function", "lambda_function_arn", "function"],
          ["queue", "queue_arn", "queue"],
          ["topic", "topic_arn", "topic"],
        ] as const
      ).flatMap(([block, arn, key]) =>
        Object.entries({
          ...within(block, {
            id: ignored("the id of the entry, the environment's mark before it"),
            [arn]: key,
            events: "events",
            filter_prefix: "prefix",
            filter_suffix: "suffix",
          }),
        }),
      ),
    ),
  }),
  part("object_lock_configuration", ".objectLock", {
    expected_bucket_owner: owner,
    object_lock_enabled: ignored("`Enabled` is its only value: `objectLock: {}` says it"),
    token: ignored(
      "AWS asks for no token any more: Object Lock can be put on a bucket that is there since November 2023",
    ),
    "rule.default_retention.mode": "mode",
    "rule.default_retention.days": "days",
    "rule.default_retention.years": "years",
  }),
  part("ownership_controls", "", { "rule.object_ownership": "ownership" }),
  part("policy", "", { policy: "statements" }),
  part("public_access_block", ".publicAccessBlock", {
    block_public_acls: "blockPublicAcls",
    block_public_policy: "blockPublicPolicy",
    ignore_public_acls: "ignorePublicAcls",
    restrict_public_buckets: "restrictPublicBuckets",
    skip_destroy: ignored("a kept bucket keeps its block; what is destroyed needs none"),
  }),
  part("replication_configuration", ".replication", {
    role: "role",
    token: ignored("AWS asks for no token any more to copy from a bucket with Object Lock"),
    ...within("rule", {
      id: ignored("the id of the entry, `metriccare-` before it"),
      priority: "rules.<id>.priority",
      status: "rules.<id>.enabled",
      prefix: older,
      "delete_marker_replication.status": "rules.<id>.deleteMarkers",
      "existing_object_replication.status": ignored(
        "S3 refuses it (MalformedXML): what is there already goes by S3 Batch Replication",
      ),
      "filter.prefix": "rules.<id>.prefix",
      "filter.tag.key": "rules.<id>.tags",
      "filter.tag.value": "rules.<id>.tags",
      "filter.and.prefix": "rules.<id>.prefix",
      "filter.and.tags": "rules.<id>.tags",
      "source_selection_criteria.replica_modifications.status": "rules.<id>.replicaModifications",
      "source_selection_criteria.sse_kms_encrypted_objects.status": "rules.<id>.kmsObjects",
      ...within("destination", {
        account: "rules.<id>.destination.account",
        bucket: "rules.<id>.destination.bucket",
        storage_class: "rules.<id>.destination.storageClass",
        "access_control_translation.owner": "rules.<id>.destination.ownerOverride",
        "encryption_configuration.replica_kms_key_id": "rules.<id>.destination.kmsKeyId",
        "metrics.status": "rules.<id>.destination.metrics",
        "metrics.event_threshold.minutes": ignored("15 is the only value that AWS takes"),
        "replication_time.status": "rules.<id>.destination.replicationTime",
        "replication_time.time.minutes": ignored("15 is the only value that AWS takes"),
      }),
    }),
  }),
  part("request_payment_configuration", "", { expected_bucket_owner: owner, payer: "requestPayer" }),
  part("server_side_encryption_configuration", ".encryption", {
    expected_bucket_owner: owner,
    "rule.apply_server_side_encryption_by_default.kms_master_key_id": "kmsKeyId",
    "rule.apply_server_side_encryption_by_default.sse_algorithm": "algorithm",
    "rule.bucket_key_enabled": "bucketKey",
    "rule.blocked_encryption_types": "blockedEncryptionTypes",
  }),
  part("versioning", "", {
    expected_bucket_owner: owner,
    mfa: ignored("a code that is good for thirty seconds stands in no file"),
    "versioning_configuration.status": "versioning",
    "versioning_configuration.mfa_delete": ignored("only the root user with a device at hand can set it"),
  }),
  part("website_configuration", ".website", {
    expected_bucket_owner: owner,
    "error_document.key": "errorDocument",
    "index_document.suffix": "indexDocument",
    "redirect_all_requests_to.host_name": "redirectAllRequestsTo.hostName",
    "redirect_all_requests_to.protocol": "redirectAllRequestsTo.protocol",
    routing_rules: ignored("the same as `routing_rule`, as a text of JSON"),
    ...within("routing_rule", {
      "condition.http_error_code_returned_equals": "routingRules[].condition.httpErrorCodeReturnedEquals",
      "condition.key_prefix_equals": "routingRules[].condition.keyPrefixEquals",
      "redirect.host_name": "routingRules[].redirect.hostName",
      "redirect.http_redirect_code": "routingRules[].redirect.httpRedirectCode",
      "redirect.protocol": "routingRules[].redirect.protocol",
      "redirect.replace_key_prefix_with": "routingRules[].redirect.replaceKeyPrefixWith",
      "redirect.replace_key_with": "routingRules[].redirect.replaceKeyWith",
    }),
  }),
];

/** The S3 resources of Terraform's AWS provider that we make. */
export const s3Terraform: readonly TerraformCoverage[] = [...BUCKETS, object, ...never];
