import { attributeArguments } from "./job-table.ts";
import { ignored, TERRAFORM_COMMON, TERRAFORM_WAITS, type TerraformCoverage } from "../coverage.ts";

const OTHER_CATALOG = ignored(
  "a catalog of another account bears no tags of ours: the mark of ownership could not be set there",
);
const IN_SECRET = ignored(
  "a secret stands in no config: it lies in Secrets Manager, and `authentication.secretArn` names it",
);

const job: TerraformCoverage = {
  resource: "aws_glue_job",
  section: "jobs.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    name: "name",
    ...attributeArguments,
  },
};

const trigger: TerraformCoverage = {
  resource: "aws_glue_trigger",
  section: "triggers.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    name: "name",
    description: "description",
    enabled: "enabled",
    // What is enabled is started as it is made.
    start_on_creation: "enabled",
    schedule: "schedule",
    type: "type",
    // The triggers of a workflow stand inside of it.
    workflow_name: "/workflow.triggers",
    "actions.arguments": "actions[].arguments",
    "actions.crawler_name": "actions[].crawler",
    "actions.job_name": "actions[].job",
    "actions.security_configuration": "actions[].securityConfiguration",
    "actions.timeout": "actions[].timeout",
    "actions.notification_property.notify_delay_after": "actions[].notifyDelayAfter",
    "event_batching_condition.batch_size": "batchSize",
    "event_batching_condition.batch_window": "batchWindow",
    "predicate.logical": "predicate.logical",
    "predicate.conditions.crawl_state": "predicate.conditions[].crawlState",
    "predicate.conditions.crawler_name": "predicate.conditions[].crawler",
    "predicate.conditions.job_name": "predicate.conditions[].job",
    "predicate.conditions.logical_operator": ignored("EQUALS is the only one that AWS has"),
    "predicate.conditions.state": "predicate.conditions[].state",
    timeouts: TERRAFORM_WAITS,
  },
};

const workflow: TerraformCoverage = {
  resource: "aws_glue_workflow",
  section: "workflows.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    name: "name",
    description: "description",
    default_run_properties: "defaultRunProperties",
    max_concurrent_runs: "maxConcurrentRuns",
  },
};

const database: TerraformCoverage = {
  resource: "aws_glue_catalog_database",
  section: "databases.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    catalog_id: OTHER_CATALOG,
    name: "name",
    description: "description",
    location_uri: "locationUri",
    parameters: "parameters",
    "create_table_default_permission.permissions": "createTableDefaultPermissions",
    "create_table_default_permission.principal.data_lake_principal_identifier": "createTableDefaultPermissions",
    "federated_database.connection_name": "federated.connection",
    "federated_database.identifier": "federated.identifier",
    "target_database.catalog_id": "target.catalog",
    "target_database.database_name": "target.database",
    "target_database.region": "target.region",
  },
};

const connection: TerraformCoverage = {
  resource: "aws_glue_connection",
  section: "connections.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    catalog_id: OTHER_CATALOG,
    name: "name",
    description: "description",
    athena_properties: "athenaProperties",
    "authentication_configuration.authentication_type": "authentication.type",
    "authentication_configuration.basic_authentication_credentials.password": IN_SECRET,
    "authentication_configuration.basic_authentication_credentials.username": IN_SECRET,
    "authentication_configuration.custom_authentication_credentials": IN_SECRET,
    "authentication_configuration.kms_key_arn": ignored(
      "encrypts a secret that Glue itself makes of the credentials in the call: ours names one that is there",
    ),
    "authentication_configuration.oauth2_properties.authorization_code_properties.authorization_code": ignored(
      "good for one use within minutes, after somebody has signed in: it stands in no file",
    ),
    "authentication_configuration.oauth2_properties.authorization_code_properties.redirect_uri": ignored(
      "goes with an authorization code, which stands in no file",
    ),
    "authentication_configuration.oauth2_properties.oauth2_client_application.aws_managed_client_application_reference":
      "authentication.oauth2.managedClient",
    "authentication_configuration.oauth2_properties.oauth2_client_application.user_managed_client_application_client_id":
      "authentication.oauth2.clientId",
    "authentication_configuration.oauth2_properties.oauth2_credentials.access_token": IN_SECRET,
    "authentication_configuration.oauth2_properties.oauth2_credentials.jwt_token": IN_SECRET,
    "authentication_configuration.oauth2_properties.oauth2_credentials.refresh_token": IN_SECRET,
    "authentication_configuration.oauth2_properties.oauth2_credentials.user_managed_client_application_client_secret":
      IN_SECRET,
    "authentication_configuration.oauth2_properties.oauth2_grant_type": "authentication.oauth2.grantType",
    "authentication_configuration.oauth2_properties.token_url": "authentication.oauth2.tokenUrl",
    "authentication_configuration.oauth2_properties.token_url_parameters_map":
      "authentication.oauth2.tokenUrlParameters",
    "authentication_configuration.secret_arn": "authentication.secretArn",
    connection_properties: "properties",
    connection_type: "type",
    match_criteria: "matchCriteria",
    "physical_connection_requirements.availability_zone": "network.availabilityZone",
    "physical_connection_requirements.security_group_id_list": "network.securityGroups",
    "physical_connection_requirements.subnet_id": "network.subnet",
  },
};

const securityConfiguration: TerraformCoverage = {
  resource: "aws_glue_security_configuration",
  section: "securityConfigurations.<id>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    name: "name",
    "encryption_configuration.cloudwatch_encryption.cloudwatch_encryption_mode": "cloudWatch.mode",
    "encryption_configuration.cloudwatch_encryption.kms_key_arn": "cloudWatch.kmsKeyArn",
    "encryption_configuration.job_bookmarks_encryption.job_bookmarks_encryption_mode": "jobBookmarks.mode",
    "encryption_configuration.job_bookmarks_encryption.kms_key_arn": "jobBookmarks.kmsKeyArn",
    "encryption_configuration.s3_encryption.kms_key_arn": "s3.kmsKeyArn",
    "encryption_configuration.s3_encryption.s3_encryption_mode": "s3.mode",
  },
};

const crawler: TerraformCoverage = {
  resource: "aws_glue_crawler",
  section: "crawlers.<id>",
  arguments: {
    ...TERRAFORM_COMMON,
    name: "name",
    description: "description",
    classifiers: "classifiers",
    configuration: "configuration",
    database_name: "database",
    role: "role",
    schedule: "schedule",
    security_configuration: "securityConfiguration",
    table_prefix: "tablePrefix",
    "catalog_target.connection_name": "targets.catalog[].connection",
    "catalog_target.database_name": "targets.catalog[].database",
    "catalog_target.dlq_event_queue_arn": "targets.catalog[].deadLetterQueue",
    "catalog_target.event_queue_arn": "targets.catalog[].eventQueue",
    "catalog_target.tables": "targets.catalog[].tables",
    "delta_target.connection_name": "targets.delta[].connection",
    "delta_target.create_native_delta_table": "targets.delta[].createNativeTable",
    "delta_target.delta_tables": "targets.delta[].tables",
    "delta_target.write_manifest": "targets.delta[].writeManifest",
    "dynamodb_target.path": "targets.dynamodb[].table",
    "dynamodb_target.scan_all": "targets.dynamodb[].scanAll",
    "dynamodb_target.scan_rate": "targets.dynamodb[].scanRate",
    "hudi_target.connection_name": "targets.hudi[].connection",
    "hudi_target.exclusions": "targets.hudi[].exclusions",
    "hudi_target.maximum_traversal_depth": "targets.hudi[].maxDepth",
    "hudi_target.paths": "targets.hudi[].paths",
    "iceberg_target.connection_name": "targets.iceberg[].connection",
    "iceberg_target.exclusions": "targets.iceberg[].exclusions",
    "iceberg_target.maximum_traversal_depth": "targets.iceberg[].maxDepth",
    "iceberg_target.paths": "targets.iceberg[].paths",
    "jdbc_target.connection_name": "targets.jdbc[].connection",
    "jdbc_target.enable_additional_metadata": "targets.jdbc[].additionalMetadata",
    "jdbc_target.exclusions": "targets.jdbc[].exclusions",
    "jdbc_target.path": "targets.jdbc[].path",
    "lake_formation_configuration.account_id": "lakeFormation.account",
    "lake_formation_configuration.use_lake_formation_credentials": "lakeFormation.useCredentials",
    "lineage_configuration.crawler_lineage_settings": "lineage",
    "mongodb_target.connection_name": "targets.mongodb[].connection",
    "mongodb_target.path": "targets.mongodb[].path",
    "mongodb_target.scan_all": "targets.mongodb[].scanAll",
    "recrawl_policy.recrawl_behavior": "recrawl",
    "s3_target.connection_name": "targets.s3[].connection",
    "s3_target.dlq_event_queue_arn": "targets.s3[].deadLetterQueue",
    "s3_target.event_queue_arn": "targets.s3[].eventQueue",
    "s3_target.exclusions": "targets.s3[].exclusions",
    "s3_target.path": "targets.s3[].path",
    "s3_target.sample_size": "targets.s3[].sampleSize",
    "schema_change_policy.delete_behavior": "schemaChangePolicy.delete",
    "schema_change_policy.update_behavior": "schemaChangePolicy.update",
  },
};

const classifier: TerraformCoverage = {
  resource: "aws_glue_classifier",
  section: "classifiers.<id>",
  arguments: {
    region: TERRAFORM_COMMON.region,
    name: "name",
    "csv_classifier.allow_single_column": "csv.allowSingleColumn",
    "csv_classifier.contains_header": "csv.containsHeader",
    // On where there are any.
    "csv_classifier.custom_datatype_configured": "csv.datatypes",
    "csv_classifier.custom_datatypes": "csv.datatypes",
    "csv_classifier.delimiter": "csv.delimiter",
    "csv_classifier.disable_value_trimming": "csv.disableValueTrimming",
    "csv_classifier.header": "csv.header",
    "csv_classifier.quote_symbol": "csv.quote",
    "csv_classifier.serde": "csv.serde",
    "grok_classifier.classification": "grok.classification",
    "grok_classifier.custom_patterns": "grok.customPatterns",
    "grok_classifier.grok_pattern": "grok.pattern",
    "json_classifier.json_path": "json.path",
    "xml_classifier.classification": "xml.classification",
    "xml_classifier.row_tag": "xml.rowTag",
  },
};

/** The Glue resources of Terraform's AWS provider that we make. */
export const glueTerraform: readonly TerraformCoverage[] = [
  job,
  trigger,
  workflow,
  database,
  connection,
  securityConfiguration,
  crawler,
  classifier,
];
