import type { RuleConfig as PlainRule, TargetConfig } from "../services/events/section.ts";
import type { Scope } from "../aws/arn.ts";
import { calleeOf, targetMap } from "../services/events/target.ts";
import { targetsOf } from "./check/loop.ts";
import type { Expansion } from "./expansion.ts";
import { jobPattern } from "./job-events.ts";
import { FUNCTION_ID, TOPIC_ID, UNDELIVERED_ID } from "./ids.ts";
import { mapsOf } from "./maps.ts";
import { namesOf } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";
import type { RuleConfig } from "./sections.ts";

/** The text of an alert. Never the event's `message`: an exception may quote the data that it failed on. */
function alertText({ config, names, scope }: Expansion): NonNullable<TargetConfig["transformer"]> {
  const text = [
    `${config.project} ${scope.env}: Glue job <job> of workflow ${names.workflow.name} ended <state>.`,
    "Job run: <run>.",
    `More: metriccare runs show --env ${scope.env}`,
  ];
  return {
    paths: { job: "$.detail.jobName", state: "$.detail.state", run: "$.detail.jobRunId" },
    template: JSON.stringify(text.join(" ")),
  };
}

/** The words of the pipeline for its own function and topic, as targets. */
function targetEntry(all: Expansion, rule: RuleConfig, target: string | TargetConfig): TargetConfig {
  const { config, names } = all;
  // What could not be delivered to ours is looked at by the function. Other people's targets have their own.
  const deadLetter = config.made.includes("function") ? { deadLetter: UNDELIVERED_ID } : {};
  if (target === "function" && config.made.includes("function"))
    return { id: "function", function: FUNCTION_ID, ...deadLetter };
  if (target === "alerts" && config.made.includes("alerts")) {
    const transformer = rule.jobEvents && rule.input === undefined ? { transformer: alertText(all) } : {};
    return { id: "alerts", topic: TOPIC_ID, ...deadLetter, ...transformer };
  }
  return targetMap(names, target);
}

/** The entry that a rule's target names, the pipeline's own by its word in the config; undefined for what lies outside. */
export function calledEntry(
  config: LakehouseConfig,
  target: RuleConfig["targets"][number],
): { readonly section: string; readonly id: string } | "function" | "alerts" | "workflow" | undefined {
  if ((target === "function" || target === "alerts") && config.made.includes(target)) return target;
  const maps = mapsOf(config);
  const map = targetMap({ has: (section, id) => Object.hasOwn(maps[section] ?? {}, id) }, target);
  const callee = calleeOf(map);
  if (callee) return { section: callee.section, id: callee.reference };
  return map.arn?.includes(":workflow/") && config.made.includes("workflow") ? "workflow" : undefined;
}

/** ARN of what a rule's target is. */
export function targetArn(config: LakehouseConfig, scope: Scope, target: RuleConfig["targets"][number]): string {
  const names = namesOf(config, scope);
  if (target === "function" && config.made.includes("function")) return names.function.arn;
  if (target === "alerts" && config.made.includes("alerts")) return names.topic.arn;
  const map = targetMap(names, target);
  const callee = calleeOf(map);
  return callee ? names.named(callee.section, callee.reference).arn : (map.arn ?? "");
}

/** A rule as a plain one. */
export function ruleEntry(all: Expansion, rule: RuleConfig): PlainRule {
  const { jobEvents, ...own } = rule;
  return {
    ...own,
    ...(jobEvents ? { pattern: { ...jobPattern(all, jobEvents) } } : {}),
    targets: targetsOf(all.config, rule).map((target) => targetEntry(all, rule, target)),
  };
}
