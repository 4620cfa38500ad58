import type { TableProps } from "../../src/services/dynamodb/props.ts";
import type { BucketProps, NotificationProps, ObjectProps } from "../../src/services/s3/props.ts";
import { tlsOnly } from "../../src/services/statements.ts";
import { block, mapping, maybe, type Mapping, ref, statementsText } from "./blocks.ts";

const tls = (bucket: string): string => {
  const of = `arn:aws:s3:::${bucket}`;
  return statementsText({ TlsOnly: tlsOnly("S3:*", [of, `${of}/*`]) });
};

const rule = (id: string, prefix: string, more: object): object => ({ id, enabled: true, prefix, ...more });

const lifecycle = (props: BucketProps): object[] => [
  ...(props.noncurrentDays === null
    ? []
    : [rule("noncurrent", "", { noncurrent_version_expiration: { days: props.noncurrentDays } })]),
  ...(props.abortMultipartDays === null
    ? []
    : [rule("abort", "", { abort_incomplete_multipart_upload_days: props.abortMultipartDays })]),
  ...Object.entries(props.expireDays).map(([prefix, days]) =>
    rule(`expire-${prefix}`, prefix, { expiration: { days } }),
  ),
];

const bucket = mapping<BucketProps>((props, { address: { name }, tags }, { label }) => {
  const of = { bucket: ref("aws_s3_bucket", label, "id") };
  const { publicAccess: access } = props;
  const part = (type: string, body: object) => block(`aws_s3_bucket_${type}`, { ...of, ...body });
  return [
    // Emptied as it is destroyed: the case has data in it. Rules of the lifecycle stand in it, as they used to: for those of a
    // resource of their own the provider waits most of a minute.
    block("aws_s3_bucket", { bucket: name, force_destroy: true, lifecycle_rule: lifecycle(props), tags }),
    part("versioning", { versioning_configuration: { status: props.versioning ? "Enabled" : "Suspended" } }),
    part("server_side_encryption_configuration", {
      rule: { apply_server_side_encryption_by_default: { sse_algorithm: props.encryption } },
    }),
    part("public_access_block", {
      block_public_acls: access.blockPublicAcls,
      ignore_public_acls: access.ignorePublicAcls,
      block_public_policy: access.blockPublicPolicy,
      restrict_public_buckets: access.restrictPublicBuckets,
    }),
    part("ownership_controls", { rule: { object_ownership: props.ownership } }),
    ...(props.tlsOnly ? [part("policy", { policy: tls(name) })] : []),
  ];
});

const notification = mapping<NotificationProps>((props) => [
  block("aws_s3_bucket_notification", {
    bucket: props.bucket,
    lambda_function: Object.entries(props.entries).map(([id, entry]) => ({
      id,
      lambda_function_arn: entry.targetArn,
      events: entry.events,
      filter_prefix: entry.prefix,
      filter_suffix: entry.suffix,
    })),
  }),
]);

const object = mapping<ObjectProps>((props, { tags }, { file }) => [
  block("aws_s3_object", {
    bucket: props.bucket,
    key: props.key,
    source: file,
    source_hash: props.sha256,
    content_type: props.contentType,
    tags,
  }),
]);

const table = mapping<TableProps>((props, { address: { name }, tags }) => {
  const indexes = Object.entries(props.indexes);
  const keys = new Map([
    [props.hashKey, props.hashKeyType],
    ...indexes.map(([, index]) => [index.hashKey, index.hashKeyType] as const),
    ...indexes.flatMap(([, { rangeKey, rangeKeyType }]) =>
      rangeKey ? [[rangeKey, rangeKeyType ?? "S"] as const] : [],
    ),
  ]);
  return [
    block("aws_dynamodb_table", {
      name,
      billing_mode: props.billing,
      hash_key: props.hashKey,
      ...maybe("range_key", props.rangeKey),
      ...maybe("read_capacity", props.readCapacity),
      ...maybe("write_capacity", props.writeCapacity),
      attribute: [...keys].map(([key, type]) => ({ name: key, type })),
      global_secondary_index: indexes.map(([index, one]) => ({
        name: index,
        hash_key: one.hashKey,
        ...maybe("range_key", one.rangeKey),
        projection_type: one.projection,
        ...maybe("read_capacity", one.readCapacity),
        ...maybe("write_capacity", one.writeCapacity),
      })),
      ...(props.ttlAttribute ? { ttl: { attribute_name: props.ttlAttribute, enabled: true } } : {}),
      point_in_time_recovery: { enabled: props.pointInTimeRecovery },
      deletion_protection_enabled: props.deletionProtection,
      table_class: props.tableClass,
      tags,
    }),
  ];
});

export const storage: Readonly<Record<string, Mapping>> = {
  "s3.bucket": bucket,
  "s3.notification": notification,
  "s3.object": object,
  "dynamodb.table": table,
};
