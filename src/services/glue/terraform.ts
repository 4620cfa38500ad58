import { TERRAFORM_COMMON, type TerraformCoverage } from "../coverage.ts";

/** What Terraform lets a user set of a Glue workflow. */
const workflow: TerraformCoverage = {
  resource: "aws_glue_workflow",
  section: "workflow",
  arguments: {
    ...TERRAFORM_COMMON,
    name: "name",
    description: "description",
    default_run_properties: "defaultRunProperties",
    max_concurrent_runs: "maxConcurrentRuns",
  },
};

/** The Glue resources of Terraform's AWS provider that we make. */
export const glueTerraform: readonly TerraformCoverage[] = [workflow];
