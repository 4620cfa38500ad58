import { ignored, type TerraformArgument } from "../coverage.ts";

const within = (path: string, rest: Readonly<Record<string, TerraformArgument>>) =>
  Object.fromEntries(Object.entries(rest).map(([name, place]) => [`${path}.${name}`, place]));

const RULE = "lifecycle.rules.<id>";
const COPY = "replication.rules.<id>";

/** Blocks of `aws_s3_bucket` from before the provider's 4.0, each of which has a resource of its own since. */
export const olderBlocks: Readonly<Record<string, TerraformArgument>> = {
  acceleration_status: "accelerate",
  acl: "acl",
  policy: "statements",
  request_payer: "requestPayer",
  ...within("cors_rule", {
    allowed_headers: "cors.<id>.headers",
    allowed_methods: "cors.<id>.methods",
    allowed_origins: "cors.<id>.origins",
    expose_headers: "cors.<id>.exposeHeaders",
    max_age_seconds: "cors.<id>.maxAgeSeconds",
  }),
  ...within("grant", {
    id: "acl[].id",
    permissions: "acl[].permission",
    type: ignored("`id` is of a user, `uri` of a group"),
    uri: "acl[].uri",
  }),
  ...within("lifecycle_rule", {
    abort_incomplete_multipart_upload_days: `${RULE}.abortMultipartDays`,
    enabled: `${RULE}.enabled`,
    "expiration.date": `${RULE}.expiration.date`,
    "expiration.days": `${RULE}.expiration.days`,
    "expiration.expired_object_delete_marker": `${RULE}.expiration.expiredObjectDeleteMarker`,
    id: "lifecycle.rules",
    "noncurrent_version_expiration.days": `${RULE}.noncurrentVersionExpiration.noncurrentDays`,
    "noncurrent_version_transition.days": `${RULE}.noncurrentVersionTransitions[].noncurrentDays`,
    "noncurrent_version_transition.storage_class": `${RULE}.noncurrentVersionTransitions[].storageClass`,
    prefix: `${RULE}.prefix`,
    tags: `${RULE}.tags`,
    "transition.date": `${RULE}.transitions[].date`,
    "transition.days": `${RULE}.transitions[].days`,
    "transition.storage_class": `${RULE}.transitions[].storageClass`,
  }),
  ...within("logging", { target_bucket: "logging.bucket", target_prefix: "logging.prefix" }),
  ...within("object_lock_configuration", {
    object_lock_enabled: "objectLock",
    "rule.default_retention.days": "objectLock.days",
    "rule.default_retention.mode": "objectLock.mode",
    "rule.default_retention.years": "objectLock.years",
  }),
  ...within("replication_configuration", {
    role: "replication.role",
    "rules.delete_marker_replication_status": `${COPY}.deleteMarkers`,
    "rules.destination.access_control_translation.owner": `${COPY}.destination.ownerOverride`,
    "rules.destination.account_id": `${COPY}.destination.account`,
    "rules.destination.bucket": `${COPY}.destination.bucket`,
    "rules.destination.metrics.minutes": ignored("15 is the only value that AWS takes"),
    "rules.destination.metrics.status": `${COPY}.destination.metrics`,
    "rules.destination.replica_kms_key_id": `${COPY}.destination.kmsKeyId`,
    "rules.destination.replication_time.minutes": ignored("15 is the only value that AWS takes"),
    "rules.destination.replication_time.status": `${COPY}.destination.replicationTime`,
    "rules.destination.storage_class": `${COPY}.destination.storageClass`,
    "rules.filter.prefix": `${COPY}.prefix`,
    "rules.filter.tags": `${COPY}.tags`,
    "rules.id": "replication.rules",
    "rules.prefix": `${COPY}.prefix`,
    "rules.priority": `${COPY}.priority`,
    "rules.source_selection_criteria.sse_kms_encrypted_objects.enabled": `${COPY}.kmsObjects`,
    "rules.status": `${COPY}.enabled`,
  }),
  ...within("server_side_encryption_configuration.rule", {
    "apply_server_side_encryption_by_default.kms_master_key_id": "encryption.kmsKeyId",
    "apply_server_side_encryption_by_default.sse_algorithm": "encryption.algorithm",
    bucket_key_enabled: "encryption.bucketKey",
  }),
  "versioning.enabled": "versioning",
  "versioning.mfa_delete": ignored("only the root user with a device at hand can set it"),
  ...within("website", {
    error_document: "website.errorDocument",
    index_document: "website.indexDocument",
    redirect_all_requests_to: "website.redirectAllRequestsTo",
    routing_rules: "website.routingRules",
  }),
};
