import { ignored, TERRAFORM_COMMON, TERRAFORM_NAMES, type TerraformCoverage } from "../coverage.ts";

/** The CloudWatch Logs resources of Terraform's AWS provider that we make. */
export const logsTerraform: readonly TerraformCoverage[] = [
  {
    resource: "aws_cloudwatch_log_group",
    section: "logGroups.<id>",
    arguments: {
      ...TERRAFORM_COMMON,
      deletion_protection_enabled: "deletionProtection",
      kms_key_id: "kmsKeyId",
      log_group_class: "logClass",
      name: "name",
      name_prefix: TERRAFORM_NAMES,
      retention_in_days: "retentionDays",
      skip_destroy: ignored(
        "leaves lines behind that nobody remembers; `deletionProtection` keeps a group until `destroy --include-data`",
      ),
    },
  },
];
