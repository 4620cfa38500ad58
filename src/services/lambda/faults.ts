import { budget, type FaultRow, forRole, MINUTE, TRUST_FIX } from "../../aws/fault-row.ts";

/** What Lambda's errors mean. */
export const faults: readonly FaultRow[] = [
  {
    text: /cannot be assumed by Lambda|execution role does not have permissions|KMS key is invalid for CreateGrant/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { text: /throttled by EC2/i, class: "throttle" },
  { code: /^ResourceConflict/, text: /concurrent update operation/i, class: "conflict" },
  {
    code: /^ResourceConflict/,
    text: /update is in progress|in the following state|is currently being|cannot be performed at this time/i,
    class: "conflict",
    is: "update_in_progress",
    budget: budget(10 * MINUTE),
  },
  { code: /^ResourceConflict/, text: /already exists?/i, class: "exists" },
  {
    code: /^(PolicyLengthExceeded|CodeStorageExceeded|RequestTooLarge)/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Remove old function versions or statements, or ask for more in Service Quotas.",
  },
];
