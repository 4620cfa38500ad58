import type { Problem } from "./problem.ts";
import { cronProblem } from "../../services/glue/cron.ts";
import type { TriggerConfig } from "../../services/glue/section.ts";
import { missing } from "./reference.ts";
import type { LakehouseConfig } from "../schema.ts";

/** Jobs that a trigger starts. */
export const actionsOf = (trigger: TriggerConfig): string[] =>
  trigger.actions.map((action) => (typeof action === "string" ? action : action.job));

/** Jobs that a trigger waits for. */
export const waitsFor = (trigger: TriggerConfig): string[] => [
  ...(trigger.after ?? []),
  ...(trigger.predicate?.conditions.map((one) => one.job) ?? []),
];

/** The workflow's graph: references, one start trigger, no cycle, every job reachable. */
export function checkWorkflow(config: LakehouseConfig): Problem[] {
  const triggers = Object.entries(config.workflow.triggers);
  const shapes = triggers.flatMap(([id, trigger]) => [...checkTypes(id, trigger), ...checkJobsOf(id, trigger, config)]);
  return [...shapes, ...checkStart(config), ...checkCycle(config), ...checkReach(config)];
}

const at = (id: string, ...rest: (string | number)[]): (string | number)[] => ["workflow", "triggers", id, ...rest];

function checkTypes(id: string, trigger: TriggerConfig): Problem[] {
  const problems: Problem[] = [];
  if (trigger.type === "conditional") {
    if (trigger.after === undefined && trigger.predicate === undefined)
      problems.push({ path: at(id), message: "a conditional trigger needs `after` or `predicate`" });
    if (trigger.after !== undefined && trigger.predicate !== undefined)
      problems.push({ path: at(id, "after"), message: "`after` and `predicate` say the same thing: keep one" });
    if (trigger.after?.length === 0) problems.push({ path: at(id, "after"), message: "names no job" });
  } else {
    for (const key of ["after", "predicate"] as const)
      if (trigger[key] !== undefined)
        problems.push({
          path: at(id, key),
          message: `only a conditional trigger waits for jobs; this one is ${trigger.type}`,
        });
  }
  if (trigger.type === "scheduled") {
    const wrong =
      trigger.schedule === undefined ? "a scheduled trigger needs `schedule`" : cronProblem(trigger.schedule);
    if (wrong) problems.push({ path: at(id, ...(trigger.schedule === undefined ? [] : ["schedule"])), message: wrong });
  } else if (trigger.schedule !== undefined) {
    problems.push({
      path: at(id, "schedule"),
      message: `only a scheduled trigger has one; this one is ${trigger.type}`,
    });
  }
  return problems;
}

function checkJobsOf(id: string, trigger: TriggerConfig, config: LakehouseConfig): Problem[] {
  const problems = trigger.actions.flatMap((action, i) =>
    typeof action === "string"
      ? missing(at(id, "actions", i), "job", action, config.jobs)
      : missing(at(id, "actions", i, "job"), "job", action.job, config.jobs),
  );
  for (const [i, job] of (trigger.after ?? []).entries())
    problems.push(...missing(at(id, "after", i), "job", job, config.jobs));
  for (const [i, one] of (trigger.predicate?.conditions ?? []).entries())
    problems.push(...missing(at(id, "predicate", "conditions", i, "job"), "job", one.job, config.jobs));
  const actions = actionsOf(trigger);
  for (const [i, job] of actions.entries())
    if (actions.indexOf(job) < i) problems.push({ path: at(id, "actions", i), message: `starts \`${job}\` twice` });
  // AWS: "Job cannot be a Predicate and Action for Conditional Trigger."
  for (const [i, job] of actions.entries())
    if (waitsFor(trigger).includes(job))
      problems.push({
        path: at(id, "actions", i),
        message: `\`${job}\` cannot be both waited for and started by one trigger`,
      });
  return problems;
}

function checkStart(config: LakehouseConfig): Problem[] {
  const starts = Object.entries(config.workflow.triggers).filter(([, trigger]) => trigger.type !== "conditional");
  if (starts.length === 1) return [];
  if (starts.length === 0)
    return [
      {
        path: ["workflow", "triggers"],
        message: "the workflow has no start trigger",
        suggestion: "Add one of type on_demand with the first jobs as its actions.",
      },
    ];
  const names = starts.map(([id]) => `\`${id}\``).join(", ");
  return starts.slice(1).map(([id]) => ({
    path: at(id, "type"),
    message: `a workflow has one start trigger, this one has ${starts.length} (${names})`,
    suggestion: "Make the others conditional.",
  }));
}

/** Edges job → job that the conditional triggers make. */
function edges(config: LakehouseConfig): { from: string; to: string; trigger: string }[] {
  return Object.entries(config.workflow.triggers).flatMap(([trigger, one]) =>
    waitsFor(one).flatMap((from) => actionsOf(one).map((to) => ({ from, to, trigger }))),
  );
}

function checkCycle(config: LakehouseConfig): Problem[] {
  const all = edges(config);
  const problems: Problem[] = [];
  const done = new Set<string>();
  // Loops that share a job are one mistake: taking out one edge may open them all.
  const told = new Set<string>();
  const visit = (job: string, path: readonly string[]): void => {
    if (path.includes(job)) {
      const loop = [...path.slice(path.indexOf(job)), job];
      const closing = all.find((edge) => edge.from === path.at(-1) && edge.to === job && edge.from !== edge.to);
      if (!closing || loop.some((one) => told.has(one))) return;
      for (const one of loop) told.add(one);
      problems.push({ path: at(closing.trigger), message: `the jobs wait for each other: ${loop.join(" -> ")}` });
      return;
    }
    if (done.has(job)) return;
    for (const edge of all.filter((one) => one.from === job)) visit(edge.to, [...path, job]);
    done.add(job);
  };
  for (const job of Object.keys(config.jobs)) visit(job, []);
  return problems;
}

/** Jobs that no chain from the start trigger reaches never run in the workflow. */
function checkReach(config: LakehouseConfig): Problem[] {
  const triggers = Object.values(config.workflow.triggers);
  const starts = triggers.filter((trigger) => trigger.type !== "conditional");
  if (starts.length === 0) return [];
  const reached = new Set(starts.flatMap(actionsOf));
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    for (const trigger of triggers) {
      const waits = waitsFor(trigger);
      if (trigger.type !== "conditional" || waits.length === 0 || !trigger.enabled) continue;
      const fires =
        trigger.predicate?.logical === "ANY"
          ? waits.some((job) => reached.has(job))
          : waits.every((job) => reached.has(job));
      if (fires) for (const job of actionsOf(trigger)) reached.add(job);
    }
  }
  // A job that takes part in a cycle is told of there; one that is misspelt in a trigger, too.
  const misspelt = triggers.some((one) => [...actionsOf(one), ...waitsFor(one)].some((job) => !(job in config.jobs)));
  if (misspelt || checkCycle(config).length > 0) return [];
  return Object.keys(config.jobs)
    .filter((job) => !reached.has(job))
    .map((job) => ({
      path: ["jobs", job],
      message: "no trigger reaches this job from the workflow's start",
      suggestion: "Add it to the `actions` of a trigger (and check that the triggers before it are enabled).",
    }));
}
