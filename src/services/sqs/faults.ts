import { budget, type FaultRow, MINUTE } from "../../aws/fault-row.ts";

/** What SQS's errors mean. */
export const faults: readonly FaultRow[] = [
  {
    code: /QueueDeletedRecently/,
    class: "conflict",
    is: "queue_deleted_recently",
    budget: budget(2 * MINUTE),
    fix: "SQS keeps the name of a deleted queue for a minute: run the same command again.",
  },
  { code: /QueueDoesNotExist|NonExistentQueue/, class: "absent" },
  { code: /QueueAlreadyExists|QueueNameExists/, class: "exists" },
  {
    text: /Dead letter target does not exist/i,
    class: "propagation",
    is: "queue_not_ready",
    budget: budget(MINUTE),
    fix: "If it stays: `redrive` names a queue that is not there.",
  },
  {
    code: /^(OverLimit|KmsThrottled)/,
    class: "throttle",
  },
];
