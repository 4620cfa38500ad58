import { ignored, TERRAFORM_WAITS, type TerraformCoverage, within } from "../coverage.ts";
import { owner, part } from "./terraform-part.ts";

const abac = part("abac", "", {
  expected_bucket_owner: owner,
  "abac_status.status": ignored("with it S3 refuses PutBucketTagging, by which the mark of ownership is kept"),
});

const JOURNAL = ignored(
  "lists every key, and keys may name patients, in tables of AWS's own that bear no mark and forget no file: `inventory` lists them in a bucket of the config",
);
const metadata = part("metadata_configuration", "", {
  expected_bucket_owner: owner,
  timeouts: TERRAFORM_WAITS,
  ...within("metadata_configuration", {
    "inventory_table_configuration.configuration_state": JOURNAL,
    "inventory_table_configuration.encryption_configuration.kms_key_arn": JOURNAL,
    "inventory_table_configuration.encryption_configuration.sse_algorithm": JOURNAL,
    "journal_table_configuration.encryption_configuration.kms_key_arn": JOURNAL,
    "journal_table_configuration.encryption_configuration.sse_algorithm": JOURNAL,
    "journal_table_configuration.record_expiration.days": JOURNAL,
    "journal_table_configuration.record_expiration.expiration": JOURNAL,
  }),
});

/** Settings of a bucket that the provider has and that no bucket of ours gets. */
export const never: readonly TerraformCoverage[] = [abac, metadata];
