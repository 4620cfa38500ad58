import { ignored, type TerraformCoverage } from "../coverage.ts";

const COMPUTED = ignored("names are computed from project, id and environment, so that they are known before");
const WITHIN = ignored("the role is the entry that it stands in");

/** The IAM resources of Terraform's AWS provider that we make. IAM is global: they have no region. */
export const iamTerraform: readonly TerraformCoverage[] = [
  {
    resource: "aws_iam_role",
    section: "roles.<id>",
    arguments: {
      assume_role_policy: "trust",
      description: "description",
      force_detach_policies: ignored(
        "a role of ours is ours alone: what else is attached to it is drift, and goes with it",
      ),
      "inline_policy.name": "policies",
      "inline_policy.policy": "policies",
      managed_policy_arns: "managedPolicies",
      max_session_duration: "maxSessionDuration",
      name: "name",
      name_prefix: COMPUTED,
      path: "path",
      permissions_boundary: "permissionsBoundary",
      tags: "tags",
    },
  },
  {
    resource: "aws_iam_role_policy",
    section: "roles.<id>",
    arguments: { name: "policies", name_prefix: COMPUTED, policy: "policies", role: WITHIN },
  },
  {
    resource: "aws_iam_role_policies_exclusive",
    section: "roles.<id>",
    arguments: { policy_names: "policies", role_name: WITHIN },
  },
  {
    resource: "aws_iam_role_policy_attachments_exclusive",
    section: "roles.<id>",
    arguments: { policy_arns: "managedPolicies", role_name: WITHIN },
  },
  {
    resource: "aws_iam_role_policy_attachment",
    section: "roles.<id>",
    arguments: { policy_arn: "managedPolicies", role: WITHIN },
  },
  {
    resource: "aws_iam_policy",
    section: "policies.<id>",
    arguments: {
      delay_after_policy_creation_in_ms: ignored("what waits for IAM is waited for until IAM says so"),
      description: "description",
      name: "name",
      name_prefix: COMPUTED,
      path: "path",
      policy: "document",
      tags: "tags",
    },
  },
];
