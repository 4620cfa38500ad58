import type { Gap } from "./gaps.ts";

/** moto 5.2.5 has no UpdateJob and no UpdateTrigger at all, and cannot take away what a workflow has. */
const JOB_PROPS = [
  "description",
  "roleArn",
  "command",
  "scriptLocation",
  "pythonVersion",
  "glueVersion",
  "workerType",
  "numberOfWorkers",
  "timeoutMinutes",
  "maxRetries",
  "maxConcurrentRuns",
  "executionClass",
  "queuing",
  "arguments",
  "nonOverridableArguments",
  "connections",
  "securityConfiguration",
  "notifyDelayAfterMinutes",
  "maintenanceWindow",
  "maxCapacity",
  "jobMode",
  "logUri",
  "sourceControl",
];

const TRIGGER_PROPS = ["description", "predicate", "actions", "schedule"];

const both = (kind: string, props: readonly string[], reason: string): Gap[] =>
  props.flatMap((prop) =>
    (["update", "outside"] as const).map(
      (what) => ({ emulator: "moto", kind, check: `${what}:${prop}`, reason }) as const,
    ),
  );

export const GLUE_GAPS: readonly Gap[] = [
  { emulator: "moto", kind: "glue.database", check: "prop:federated", reason: "moto drops FederatedDatabase" },
  ...both("glue.job", JOB_PROPS, "UpdateJob is not implemented"),
  ...both("glue.trigger", TRIGGER_PROPS, "UpdateTrigger is not implemented"),
  ...["description", "defaultRunProperties"].map((prop): Gap => ({
    emulator: "moto",
    kind: "glue.workflow",
    check: `update:${prop}`,
    reason: "UpdateWorkflow takes an empty value for no value",
  })),
];
