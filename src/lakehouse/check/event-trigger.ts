import { namesOf } from "../naming.ts";
import type { LakehouseConfig } from "../schema.ts";
import { scopeOf } from "../scope.ts";
import type { Problem } from "./problem.ts";

/**
 * Glue has no events of its own for a workflow: an event trigger fires when an EventBridge rule has the workflow as its
 * target, under a role that may glue:NotifyEvent. Without such a rule the workflow never runs, and nothing tells.
 */
export function checkEventTriggers(config: LakehouseConfig, env: string): Problem[] {
  const waiting = Object.entries(config.workflow.triggers).filter(([, trigger]) => trigger.type === "event");
  if (waiting.length === 0) return [];
  const { name } = namesOf(config, scopeOf(config, env)).workflow;
  const targets = Object.entries(config.rules).flatMap(([id, rule]) =>
    rule.targets.flatMap((target, i) =>
      typeof target !== "string" && isWorkflow(target.arn, name)
        ? [{ path: ["rules", id, "targets", i], enabled: rule.enabled, role: target.roleArn }]
        : [],
    ),
  );
  const withoutRole = targets
    .filter(({ role }) => role === undefined)
    .map(({ path }) => ({
      path,
      message: "a workflow as target needs `roleArn`: EventBridge hands it the event under that role",
      suggestion: "Its trust names events.amazonaws.com, its policy allows glue:NotifyEvent on the workflow.",
    }));
  if (targets.some(({ enabled }) => enabled)) return withoutRole;
  const off = targets.length > 0 ? " that is enabled" : "";
  return [
    ...withoutRole,
    ...waiting.map(([id]) => ({
      path: ["workflow", "triggers", id, "type"],
      message: `nothing fires it: no rule${off} has the workflow ${name} as its target`,
      suggestion:
        "Add a rule with the workflow's ARN and a roleArn as its target, or let it be on_demand: the function then starts it.",
    })),
  ];
}

const isWorkflow = (arn: string, name: string): boolean =>
  /^arn:[^:]+:glue:[^:]*:\d*:workflow\//.test(arn) && arn.slice(arn.indexOf("/") + 1) === name;
