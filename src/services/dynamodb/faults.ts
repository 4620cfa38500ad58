import { budget, type FaultRow, MINUTE } from "../../aws/fault-row.ts";

/** What DynamoDB's errors mean. */
export const faults: readonly FaultRow[] = [
  { code: /^ResourceInUse/, text: /already exists/i, class: "exists" },
  { code: /^ResourceInUse/, operation: /^CreateTable$/, class: "exists" },
  {
    code: /^(ResourceInUse|TableInUse)/,
    class: "conflict",
    is: "table_busy",
    budget: budget(10 * MINUTE),
  },
  {
    code: /^LimitExceeded/,
    text: /simultaneously/i,
    class: "conflict",
    is: "tables_busy",
    budget: budget(10 * MINUTE),
  },
  {
    code: /^LimitExceeded/,
    text: /once in/i,
    class: "quota",
    is: "billing_change_too_soon",
    fix: "AWS takes a switch to on-demand only so often: run the same command again tomorrow, the rest is done.",
  },
  {
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Tables and indexes have quotas: reduce, or ask for more in Service Quotas.",
  },
  { text: /TimeToLive is already (disabled|enabled)/i, class: "exists", done: true },
  {
    text: /Time to live has been modified multiple times/i,
    class: "quota",
    is: "ttl_change_too_soon",
    fix: "AWS takes one change of TTL an hour: run the same command again in an hour, the rest is done.",
  },
  {
    text: /TimeToLive is active on a different AttributeName/i,
    class: "user",
    is: "ttl_attribute_change",
    fix: "Two steps: apply with TTL off, and an hour later with the new attribute.",
  },
  {
    code: /^ContinuousBackupsUnavailable/,
    class: "conflict",
    is: "backups_busy",
    budget: budget(20 * MINUTE),
  },
  { code: /^ConditionalCheckFailed/, class: "exists", is: "condition_failed" },
  { code: /^TransactionConflict/, class: "conflict" },
  { code: /^(ResourceNotFound|TableNotFound)/, class: "absent" },
];
