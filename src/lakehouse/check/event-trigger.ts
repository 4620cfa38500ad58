import { targetMap } from "../../services/events/target.ts";
import { namesOf, WORKFLOW_ID } from "../naming.ts";
import type { LakehouseConfig } from "../schema.ts";
import { scopeOf } from "../scope.ts";
import type { Problem } from "./problem.ts";
import { type Graph, graphsOf } from "./workflow.ts";

/**
 * Glue has no events of its own for a workflow: an event trigger fires when an EventBridge rule has the workflow as its
 * target, under a role that may glue:NotifyEvent. Without such a rule the workflow never runs, and nothing tells.
 */
export const checkEventTriggers = (config: LakehouseConfig, env: string): Problem[] =>
  graphsOf(config).flatMap((graph) => checkGraph(config, env, graph));

function checkGraph(config: LakehouseConfig, env: string, graph: Graph): Problem[] {
  const waiting = Object.entries(graph.triggers).filter(([, trigger]) => trigger.type === "event");
  if (waiting.length === 0) return [];
  const names = namesOf(config, scopeOf(config, env));
  const id = graph.main ? WORKFLOW_ID : (graph.path.at(-1) ?? "");
  const { name } = names.named("workflows", id);
  const targets = Object.entries(config.rules).flatMap(([rule, { targets: all, enabled }]) =>
    all.flatMap((one, i) => {
      const target = targetMap(names, one);
      return target.workflow === id || isWorkflow(target.arn ?? "", name)
        ? [{ path: ["rules", rule, "targets", i], enabled, role: target.roleArn }]
        : [];
    }),
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
    ...waiting.map(([key]) => ({
      path: [...graph.path, "triggers", key, "type"],
      message: `nothing fires it: no rule${off} has the workflow ${name} as its target`,
      suggestion:
        "Add a rule with the workflow's ARN and a roleArn as its target, or let it be on_demand: the function then starts it.",
    })),
  ];
}

const isWorkflow = (arn: string, name: string): boolean =>
  /^arn:[^:]+:glue:[^:]*:\d*:workflow\//.test(arn) && arn.slice(arn.indexOf("/") + 1) === name;
