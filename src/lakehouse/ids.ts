import { addressText } from "../engine/types.ts";
import { WORKFLOW_ID } from "../services/glue/workflow-triggers.ts";
import { LEDGER_ID } from "../services/dynamodb/props.ts";
import { BOUNDARY_ID } from "../services/iam/props.ts";

/** Ids of what the pipeline has one of, and which stands in a section of its own in the config. */
export { BOUNDARY_ID, LEDGER_ID, WORKFLOW_ID };
export const FUNCTION_ID = "trigger_glue_workflow";
export const TOPIC_ID = "alerts";
/** The queue of what the function could not record. */
export const UNDELIVERED_ID = "undelivered";

/** What roles stand on goes when all else is gone, the lease too: who came meanwhile has roles on it, and IAM keeps it. */
export const BOUNDARY_ADDRESS = addressText({ kind: "iam.policy", id: BOUNDARY_ID });

/** The bucket that carries the lease; made first in an empty account, deleted last. */
export const leaseHomeOf = ({ scriptsBucket }: { readonly scriptsBucket: string }): string =>
  addressText({ kind: "s3.bucket", id: scriptsBucket });
