import {
  ignored,
  TERRAFORM_COMMON,
  TERRAFORM_NAMES,
  TERRAFORM_WAITS,
  type TerraformCoverage,
  within,
} from "../coverage.ts";

const PUBLIC = ignored("a function URL is an address of the internet; what calls functions here is in AWS and signs");

const alias: TerraformCoverage = {
  resource: "aws_lambda_alias",
  section: "functions.<id>.aliases.<name>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    description: "description",
    function_name: "/functions.<id>.name",
    function_version: "version",
    name: "/functions.<id>.aliases",
    "routing_config.additional_version_weights": "routing",
    timeouts: TERRAFORM_WAITS,
  },
};

const warm: TerraformCoverage = {
  resource: "aws_lambda_provisioned_concurrency_config",
  section: "functions.<id>.aliases.<name>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    function_name: "/functions.<id>.name",
    provisioned_concurrent_executions: "provisionedConcurrency",
    qualifier: "/functions.<id>.aliases",
    skip_destroy: ignored("leaves instances that cost while nothing runs, and that nobody remembers"),
    timeouts: TERRAFORM_WAITS,
  },
};

const permission: TerraformCoverage = {
  resource: "aws_lambda_permission",
  section: "functions.<id>.permissions.<id>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    action: ignored("lambda:InvokeFunction is the one that a caller needs: the others change functions"),
    event_source_token: "eventSourceToken",
    function_name: "/functions.<id>.name",
    function_url_auth_type: PUBLIC,
    invoked_via_function_url: PUBLIC,
    principal: "principal",
    principal_org_id: "organization",
    qualifier: "alias",
    source_account: "sourceAccount",
    source_arn: "sourceArn",
    statement_id: "/functions.<id>.permissions",
    statement_id_prefix: TERRAFORM_NAMES,
    timeouts: TERRAFORM_WAITS,
  },
};

const kafka = {
  consumer_group_id: "consumerGroup",
  "schema_registry_config.access_config.type": "schemaRegistry.access[].type",
  "schema_registry_config.access_config.uri": "schemaRegistry.access[].uri",
  "schema_registry_config.event_record_format": "schemaRegistry.eventRecordFormat",
  "schema_registry_config.schema_registry_uri": "schemaRegistry.uri",
  "schema_registry_config.schema_validation_config.attribute": "schemaRegistry.validate",
};

const mapping: TerraformCoverage = {
  resource: "aws_lambda_event_source_mapping",
  section: "eventSources.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    ...within("amazon_managed_kafka_event_source_config", kafka),
    ...within("self_managed_kafka_event_source_config", kafka),
    batch_size: "batchSize",
    bisect_batch_on_function_error: "bisectOnError",
    "destination_config.on_failure.destination_arn": "onFailure",
    "document_db_event_source_config.collection_name": "documentDb.collection",
    "document_db_event_source_config.database_name": "documentDb.database",
    "document_db_event_source_config.full_document": "documentDb.fullDocument",
    enabled: "enabled",
    event_source_arn: "arn",
    "filter_criteria.filter.pattern": "filters",
    function_name: "function",
    function_response_types: "reportFailures",
    kms_key_arn: "kmsKeyArn",
    maximum_batching_window_in_seconds: "batchWindow",
    maximum_record_age_in_seconds: "maxRecordAge",
    maximum_retry_attempts: "maxRetryAttempts",
    "metrics_config.metrics": "metrics",
    parallelization_factor: "parallelization",
    "provisioned_poller_config.maximum_pollers": "pollers.max",
    "provisioned_poller_config.minimum_pollers": "pollers.min",
    "provisioned_poller_config.poller_group_name": "pollers.group",
    queues: "mqQueues",
    "scaling_config.maximum_concurrency": "maxConcurrency",
    "self_managed_event_source.endpoints": "kafka",
    "source_access_configuration.type": "access[].type",
    "source_access_configuration.uri": "access[].uri",
    starting_position: "startingPosition",
    starting_position_timestamp: "startAt",
    timeouts: TERRAFORM_WAITS,
    topics: "topics",
    tumbling_window_in_seconds: "tumblingWindow",
    use_resource_timeout_for_propagation: TERRAFORM_WAITS,
  },
};

/** Lambda's resources that say who calls functions, and as which version. */
export const callers: readonly TerraformCoverage[] = [alias, warm, permission, mapping];
