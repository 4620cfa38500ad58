import { type FaultRow, forRole, MINUTE, STRANGER, touchedRole, TRUST_FIX } from "../../aws/fault-row.ts";

/** What SNS's errors mean. */
export const faults: readonly FaultRow[] = [
  { operation: /^Unsubscribe$/, text: /pending confirmation/i, class: "exists", done: true },
  {
    text: /PrincipalNotFound/,
    class: "propagation",
    is: "principal_not_ready",
    budget: (_, call) => (touchedRole(call) ? MINUTE : STRANGER),
    fix: "If it stays: the policy names a role or user that does not exist.",
  },
  {
    text: /not a valid role to allow SNS/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { text: /already exists with different/i, class: "exists" },
  { code: /^(ConcurrentAccess|StaleTag)/, class: "conflict" },
  { code: /^NotFound/, class: "absent" },
  {
    code: /LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Topics, subscriptions and tags have quotas: reduce, or ask for more in Service Quotas.",
  },
];
