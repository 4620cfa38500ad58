import type { FaultRow } from "../../aws/fault-row.ts";

/** What CloudWatch Logs's errors mean. */
export const faults: readonly FaultRow[] = [
  { code: /^ResourceAlreadyExists/, class: "exists" },
  { code: /^ResourceNotFound/, class: "absent" },
  { code: /^OperationAborted/, class: "conflict" },
  {
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Log groups have quotas: remove some, or ask for more in Service Quotas.",
  },
];
