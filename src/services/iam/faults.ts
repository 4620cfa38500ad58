import { budget, type FaultRow, namesTouched } from "../../aws/fault-row.ts";

const BOUNDARY = /scope arn|permissions ?boundary/i;

/** What IAM's errors mean. */
export const faults: readonly FaultRow[] = [
  // "Scope ARN: arn:aws:iam::…:policy/… does not exist or is not attachable."
  {
    code: /^NoSuchEntity/,
    text: BOUNDARY,
    when: namesTouched,
    class: "propagation",
    is: "boundary_not_ready",
  },
  {
    code: /^NoSuchEntity/,
    text: BOUNDARY,
    class: "user",
    is: "boundary_missing",
    fix: ({ text }) => {
      const env = /_boundary_([\w-]+)/.exec(text)?.[1];
      return env === undefined
        ? "The policy that `permissionsBoundary` names must be there first."
        : `The roles need it, and you may not make it: \`metriccare iam-policy boundary --env ${env}\` prints it for whoever may. Then run the same command again.`;
    },
  },
  { code: /^NoSuchEntity/, class: "absent" },
  { code: /^EntityAlreadyExists/, class: "exists" },
  { code: /^(DeleteConflict|EntityTemporarilyUnmodifiable)/, class: "conflict" },
  { code: /^ConcurrentModification/, class: "conflict", budget: budget(30_000) },
  {
    code: /^LimitExceeded/,
    class: "quota",
    is: "quota_exceeded",
    fix: "A role takes 10 managed policies and 10,240 characters of inline policies; accounts have quotas of roles. Reduce, or ask for more in Service Quotas.",
  },
];
