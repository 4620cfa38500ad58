import {
  AGAIN,
  budget,
  type FaultRow,
  forRole,
  MINUTE,
  touchedRole,
  touchedTarget,
  TRUST_FIX,
} from "../../aws/fault-row.ts";

const GLUE_ROLE =
  /unable to assume (provided |the )?role|verify (the )?role'?s TrustPolicy|should be given assume role permissions|enable AWS Security Token Service/i;

/** What Glue's errors mean. */
export const faults: readonly FaultRow[] = [
  {
    text: GLUE_ROLE,
    class: "propagation",
    is: "role_not_ready",
    fix: `${TRUST_FIX} STS must be active in this region.`,
    budget: forRole,
  },
  {
    text: /is not authorized to perform: glue:GetConnection|Insufficient Lake Formation permission/i,
    when: (_, call) => touchedRole(call),
    class: "propagation",
    is: "role_not_ready",
    fix: TRUST_FIX,
  },
  {
    text: /SQS queue .* does not exist or the role provided does not have access/i,
    when: (_, call) => touchedRole(call) || touchedTarget(call),
    class: "propagation",
    is: "queue_not_ready",
    fix: "If it stays: the crawler's role must be allowed to read the queue that its target names.",
  },
  {
    text: /Insufficient Lake Formation permission/i,
    class: "denied",
    is: "access_denied",
    fix: "Grant it in Lake Formation, or let IAM alone decide for these databases.",
  },
  {
    // A trigger is minutes on its way out, and whatever else of its workflow is changed meanwhile is refused.
    code: /^ConcurrentModification/,
    operation: /^Delete|Trigger$/,
    class: "conflict",
    budget: budget(5 * MINUTE),
  },
  {
    code: /^(ConcurrentModification|CrawlerRunning|SchedulerTransitioning|VersionMismatch)/,
    class: "conflict",
  },
  {
    operation: /^StopTrigger$/,
    text: /in state:? (CREATED|DEACTIVATED)/i,
    class: "exists",
    done: true,
  },
  { operation: /^StartTrigger$/, text: /in state:? ACTIVATED/i, class: "exists", done: true },
  {
    operation: /^(Update|Delete)Trigger$/,
    text: /ACTIVATED|(?:in|current) state|must be (stopped|deactivated)/i,
    class: "conflict",
    is: "trigger_active",
    budget: budget(MINUTE),
  },
  {
    code: /^ConcurrentRunsExceeded/,
    class: "conflict",
    is: "concurrent_runs_exceeded",
    fix: "Wait for the running one, or follow it with `run-workflow --attach`.",
  },
  {
    code: /^IllegalWorkflowState/,
    class: "user",
    is: "illegal_workflow_state",
    fix: "Look at the run again: it is still running, or already over.",
  },
  {
    code: /^ResourceNumberLimitExceeded/,
    operation: /^Start/,
    class: "conflict",
    is: "quota_exceeded",
    budget: budget(3 * MINUTE),
    fix: "Concurrent runs and DPUs have quotas: wait, or ask for more in Service Quotas.",
  },
  {
    code: /^ResourceNumberLimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "Jobs, triggers and databases have quotas: remove some, or ask for more in Service Quotas.",
  },
  {
    text: /Request size limit exceeded/i,
    class: "user",
    is: "arguments_too_large",
    fix: "Job arguments hold some 180 kB: pass a reference instead.",
  },
  { code: /^(AlreadyExists|IdempotentParameterMismatch)/, class: "exists" },
  { code: /^EntityNotFound/, class: "absent" },
  {
    code: /^(OperationTimeout|InternalService)/,
    class: "ambiguous",
    is: "aws_internal_error",
    fix: AGAIN,
  },
];
