import { budget, type FaultRow, forRole, MINUTE, TRUST_FIX } from "../../aws/fault-row.ts";

/** What EventBridge Scheduler's errors mean. */
export const faults: readonly FaultRow[] = [
  {
    text: /must allow AWS EventBridge Scheduler to assume/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { code: /^Conflict/, text: /already exists/i, class: "exists" },
  { code: /^Conflict/, class: "conflict", budget: budget(2 * MINUTE) },
  {
    code: /^ServiceQuotaExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Schedules and their groups have quotas: remove some, or ask for more in Service Quotas.",
  },
  { code: /^ResourceNotFound/, class: "absent" },
];
