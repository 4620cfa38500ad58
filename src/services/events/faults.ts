import { budget, type FaultRow, forRole, TRUST_FIX } from "../../aws/fault-row.ts";

/** What EventBridge's errors mean. */
export const faults: readonly FaultRow[] = [
  {
    text: /cannot be assumed by principal/i,
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
    budget: forRole,
  },
  { code: /^ConcurrentModification/, class: "conflict", budget: budget(30_000) },
  {
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "A rule takes 5 targets, a bus 300 rules: reduce, or ask for more in Service Quotas.",
  },
  {
    text: /since it has targets/i,
    class: "user",
    is: "rule_has_targets",
    fix: "Other people's targets keep it alive: remove them first.",
  },
  {
    code: /^ManagedRule/,
    class: "denied",
    is: "managed_rule",
    fix: "AWS itself manages this rule: choose another name.",
  },
  { code: /^ResourceNotFound/, class: "absent" },
  { code: /^ValidationException$/, text: / not found\.?$/i, class: "absent" },
];
