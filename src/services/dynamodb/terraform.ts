import {
  ignored,
  TERRAFORM_COMMON,
  TERRAFORM_WAITS,
  type TerraformArgument,
  type TerraformCoverage,
} from "../coverage.ts";
import { scalingTerraform } from "./terraform-scaling.ts";

const REGIONS = ignored(
  "a global table writes in several regions: an environment lives in one (`aws.region`), and what its items tell of patients' files stays there",
);
const RESTORED = ignored(
  "whoever restores a table says from what and when; the restored one is then adopted, or declared with `existing`",
);
const IMPORTED = ignored(
  "fills a table as it is made: items come from jobs, functions and `ledger`, and never from an apply",
);
const PARTS = ignored(
  "keys of several attributes are unknown to the boto3 of Glue 5.0 (1.34.131), with which jobs write: they join them in one attribute",
);
const WARMS = ignored(
  "AWS raises it with what the index has served and no call lowers it: the table's own is declared (`warmThroughput`)",
);

const all = (names: readonly string[], place: TerraformArgument): Record<string, TerraformArgument> =>
  Object.fromEntries(names.map((name) => [name, place]));

const table: TerraformCoverage = {
  resource: "aws_dynamodb_table",
  section: "tables.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    "attribute.name": "attributes",
    "attribute.type": "attributes",
    billing_mode: "billing",
    deletion_protection_enabled: "deletionProtection",
    "global_secondary_index.hash_key": "indexes.<name>.hashKey",
    "global_secondary_index.key_schema.attribute_name": PARTS,
    "global_secondary_index.key_schema.key_type": PARTS,
    "global_secondary_index.name": "indexes",
    "global_secondary_index.non_key_attributes": "indexes.<name>.nonKeyAttributes",
    "global_secondary_index.on_demand_throughput.max_read_request_units": "indexes.<name>.onDemandThroughput.read",
    "global_secondary_index.on_demand_throughput.max_write_request_units": "indexes.<name>.onDemandThroughput.write",
    "global_secondary_index.projection_type": "indexes.<name>.projection",
    "global_secondary_index.range_key": "indexes.<name>.rangeKey",
    "global_secondary_index.read_capacity": "indexes.<name>.readCapacity",
    "global_secondary_index.warm_throughput.read_units_per_second": WARMS,
    "global_secondary_index.warm_throughput.write_units_per_second": WARMS,
    "global_secondary_index.write_capacity": "indexes.<name>.writeCapacity",
    "global_table_witness.region_name": REGIONS,
    hash_key: "hashKey",
    ...all(
      [
        "import_table.input_compression_type",
        "import_table.input_format",
        "import_table.input_format_options.csv.delimiter",
        "import_table.input_format_options.csv.header_list",
        "import_table.s3_bucket_source.bucket",
        "import_table.s3_bucket_source.bucket_owner",
        "import_table.s3_bucket_source.key_prefix",
      ],
      IMPORTED,
    ),
    "local_secondary_index.name": "localIndexes",
    "local_secondary_index.non_key_attributes": "localIndexes.<name>.nonKeyAttributes",
    "local_secondary_index.projection_type": "localIndexes.<name>.projection",
    "local_secondary_index.range_key": "localIndexes.<name>.rangeKey",
    name: "name",
    "on_demand_throughput.max_read_request_units": "onDemandThroughput.read",
    "on_demand_throughput.max_write_request_units": "onDemandThroughput.write",
    "point_in_time_recovery.enabled": "pointInTimeRecovery",
    "point_in_time_recovery.recovery_period_in_days": "recoveryPeriodDays",
    range_key: "rangeKey",
    read_capacity: "readCapacity",
    ...all(
      [
        "replica.consistency_mode",
        "replica.deletion_protection_enabled",
        "replica.kms_key_arn",
        "replica.point_in_time_recovery",
        "replica.propagate_tags",
        "replica.region_name",
      ],
      REGIONS,
    ),
    ...all(
      [
        "restore_backup_arn",
        "restore_date_time",
        "restore_source_name",
        "restore_source_table_arn",
        "restore_to_latest_time",
      ],
      RESTORED,
    ),
    // With a key of KMS or without one.
    "server_side_encryption.enabled": "kmsKeyId",
    "server_side_encryption.kms_key_arn": "kmsKeyId",
    stream_enabled: "stream",
    stream_view_type: "stream",
    table_class: "tableClass",
    timeouts: TERRAFORM_WAITS,
    "ttl.attribute_name": "ttlAttribute",
    "ttl.enabled": "ttl",
    "warm_throughput.read_units_per_second": "warmThroughput.read",
    "warm_throughput.write_units_per_second": "warmThroughput.write",
    write_capacity: "writeCapacity",
  },
};

const policy: TerraformCoverage = {
  resource: "aws_dynamodb_resource_policy",
  section: "tables.<id>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    confirm_remove_self_resource_access: ignored(
      "an apply that takes its own access away could not put it back: DynamoDB's guard stays on",
    ),
    policy: "statements",
    resource_arn: "name",
  },
};

const insights: TerraformCoverage = {
  resource: "aws_dynamodb_contributor_insights",
  section: "tables.<id>",
  arguments: all(
    ["index_name", "mode", "region", "table_name", "timeouts"],
    ignored("shows in CloudWatch the keys that are asked for most, and keys may name patients' files"),
  ),
};

const replica: TerraformCoverage = {
  resource: "aws_dynamodb_table_replica",
  section: "tables.<id>",
  arguments: all(
    [
      "deletion_protection_enabled",
      "global_table_arn",
      "kms_key_arn",
      "point_in_time_recovery",
      "region",
      "table_class_override",
      "tags",
      "timeouts",
    ],
    REGIONS,
  ),
};

/** An index as a resource of its own; here it stands in its table. */
const index: TerraformCoverage = {
  resource: "aws_dynamodb_global_secondary_index",
  section: "tables.<id>.indexes.<name>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    index_name: "/tables.<id>.indexes",
    table_name: "/tables.<id>.name",
    "key_schema.attribute_name": "hashKey",
    "key_schema.attribute_type": "/tables.<id>.attributes",
    "key_schema.key_type": "rangeKey",
    "on_demand_throughput.max_read_request_units": "onDemandThroughput.read",
    "on_demand_throughput.max_write_request_units": "onDemandThroughput.write",
    "projection.non_key_attributes": "nonKeyAttributes",
    "projection.projection_type": "projection",
    "provisioned_throughput.read_capacity_units": "readCapacity",
    "provisioned_throughput.write_capacity_units": "writeCapacity",
    timeouts: TERRAFORM_WAITS,
    "warm_throughput.read_units_per_second": WARMS,
    "warm_throughput.write_units_per_second": WARMS,
  },
};

const kinesis: TerraformCoverage = {
  resource: "aws_dynamodb_kinesis_streaming_destination",
  section: "tables.<id>",
  arguments: all(
    ["approximate_creation_date_time_precision", "region", "stream_arn", "table_name"],
    ignored("`stream` tells the same changes, to functions of ours that are told where they come from"),
  ),
};

/** The DynamoDB resources of Terraform's AWS provider that concern tables that we make. */
export const dynamodbTerraform: readonly TerraformCoverage[] = [
  table,
  policy,
  insights,
  replica,
  index,
  kinesis,
  ...scalingTerraform,
];
