import type { Problem } from "./problem.ts";
import { canBeTarget, sectionsWith } from "../../services/events/target.ts";
import { mapsOf } from "../maps.ts";
import type { RuleConfig } from "../sections.ts";
import { scheduleProblem } from "../../services/glue/cron.ts";
import { missing } from "./reference.ts";
import type { LakehouseConfig } from "../schema.ts";

const SOURCES = ["schedule", "jobEvents", "pattern"] as const;

/** Rules: one source each, a schedule that AWS takes, jobs that exist. Then the settings of where calls go. */
export function checkRules(config: LakehouseConfig): Problem[] {
  return [...Object.entries(config.rules).flatMap(([id, rule]) => checkRule(id, rule, config)), ...checkPlace(config)];
}

function checkRule(id: string, rule: RuleConfig, config: LakehouseConfig): Problem[] {
  const at = ["rules", id];
  const given = SOURCES.filter((key) => rule[key] !== undefined);
  const problems: Problem[] = [];
  if (given.length !== 1)
    problems.push({
      path: given[1] === undefined ? at : [...at, given[1]],
      message: `a rule has exactly one of schedule, jobEvents and pattern, this one has ${given.length === 0 ? "none" : given.join(" and ")}`,
    });
  const wrong = rule.schedule === undefined ? undefined : scheduleProblem(rule.schedule);
  if (wrong) problems.push({ path: [...at, "schedule"], message: wrong });
  for (const [i, event] of (rule.jobEvents ?? []).entries()) {
    const path = [...at, "jobEvents", i];
    for (const [j, job] of (event.jobs ?? []).entries())
      problems.push(...missing([...path, "jobs", j], "job", job, config.jobs, "jobs"));
    if (event.layer !== undefined && event.jobs !== undefined)
      problems.push({ path: [...path, "layer"], message: "`layer` and `jobs` both choose jobs: keep one" });
    if (event.layer !== undefined && !Object.values(config.jobs).some((job) => job.layer === event.layer))
      problems.push({ path: [...path, "layer"], message: `no job is of layer ${event.layer}`, because: [["jobs"]] });
  }
  for (const [i, target] of rule.targets.entries())
    problems.push(...checkTarget([...at, "targets", i], target, i, rule, config));
  return problems;
}

/** Words of the pipeline, ids of what can be called, ARNs. */
function checkTarget(
  path: Problem["path"],
  target: RuleConfig["targets"][number],
  i: number,
  rule: RuleConfig,
  config: LakehouseConfig,
): Problem[] {
  if (typeof target !== "string") {
    const named = (["function", "topic", "queue", "workflow", "arn"] as const).filter((key) => target[key]);
    return named.length === 1
      ? checkCallable([...path, "arn"], target.arn)
      : [{ path, message: "a target names one of function, topic, queue, workflow and arn" }];
  }
  if (rule.targets.indexOf(target) < i) return [{ path, message: `\`${target}\` stands there twice` }];
  const word = target === "function" ? "function" : target === "alerts" ? "alerts" : undefined;
  if (word && config.made.includes(word)) return [];
  if (target.startsWith("arn:")) return checkCallable(path, target);
  const maps = mapsOf(config);
  const found = sectionsWith({ has: (section, id) => Object.hasOwn(maps[section] ?? {}, id) }, target);
  if (found.length === 1) return [];
  if (found.length > 1)
    return [
      {
        path,
        message: `\`${target}\` stands in ${found.join(" and ")}`,
        suggestion: "Say which one: `{function: …}`, `{topic: …}`, `{queue: …}` or `{workflow: …}`.",
      },
    ];
  const { functions = {}, topics = {}, queues = {}, workflows = {} } = maps;
  const words = Object.fromEntries(
    config.made.flatMap((key) => (key === "function" || key === "alerts" ? [[key, 1]] : [])),
  );
  return missing(path, "function, topic, queue or workflow", target, {
    ...words,
    ...functions,
    ...topics,
    ...queues,
    ...workflows,
  }).map((problem) => ({ ...problem, otherwise: Object.keys(maps).map((section) => [section, target]) }));
}

/** An ARN of what EventBridge does not call. */
const checkCallable = (path: Problem["path"], arn: string | undefined): Problem[] =>
  arn === undefined || canBeTarget(arn)
    ? []
    : [
        {
          path,
          message: `${arn} is nothing that a rule can call`,
          suggestion:
            "Name a function, topic, queue or workflow by its id, or something that EventBridge calls by its ARN.",
        },
      ];

function checkPlace(config: LakehouseConfig): Problem[] {
  const { embedded, account, region } = config.aws;
  if (!embedded) return [];
  return (["account", "region"] as const)
    .filter((key) => ({ account, region })[key] !== undefined)
    .map((key) => ({
      path: ["aws", key],
      message: `the embedded AWS has its own ${key}`,
      suggestion: `Remove \`${key}\`, or \`embedded\`.`,
    }));
}
