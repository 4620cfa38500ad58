import type { Problem } from "./problem.ts";
import { cronProblem } from "../../services/glue/cron.ts";
import type { TriggerConfig } from "../../services/glue/section.ts";
import { missing } from "./reference.ts";
import type { EtlConfig } from "../complete.ts";
import { WORKFLOW_ID } from "../ids.ts";
import type { LakehouseConfig } from "../schema.ts";

interface Node {
  readonly job?: string | undefined;
  readonly crawler?: string | undefined;
}

/** A job by its key, a crawler by its key behind a word that no key of a job begins with. */
const nodeOf = ({ job = "", crawler }: Node): string => (crawler === undefined ? job : `crawler:${crawler}`);
const isCrawler = (node: string): boolean => node.startsWith("crawler:");

/** Jobs and crawlers that a trigger starts. */
export const actionsOf = (trigger: TriggerConfig): string[] =>
  trigger.actions.map((action) => (typeof action === "string" ? action : nodeOf(action)));

/** Jobs and crawlers that a trigger waits for. */
export const waitsFor = (trigger: TriggerConfig): string[] => [
  ...(trigger.after ?? []),
  ...(trigger.predicate?.conditions.map(nodeOf) ?? []),
];

/** A workflow, and where it stands. */
export interface Graph {
  readonly path: readonly string[];
  readonly triggers: Readonly<Record<string, TriggerConfig>>;
  /** Id among all workflows. */
  readonly id: string;
  readonly settings: Pick<EtlConfig, "maxConcurrentRuns" | "costCeiling" | "stagger">;
  /** The pipeline's own. */
  readonly main: boolean;
}

/** Every workflow of the config. */
export const graphsOf = (config: LakehouseConfig): Graph[] => [
  ...(config.made.includes("workflow") ? [graphOf(["workflow"], WORKFLOW_ID, config.workflow, true)] : []),
  ...Object.entries(config.workflows).map(([id, one]) => graphOf(["workflows", id], id, one, false)),
];

const graphOf = (path: readonly string[], id: string, settings: EtlConfig, main: boolean): Graph => ({
  path,
  id,
  triggers: settings.triggers,
  settings,
  main,
});

/** Jobs that a workflow starts or waits for. */
export const jobsOfGraph = ({ triggers }: Pick<Graph, "triggers">): string[] => [
  ...new Set(Object.values(triggers).flatMap((one) => [...actionsOf(one), ...waitsFor(one)])),
];

/** The graphs of the workflows: references, one start trigger, no cycle, every job reachable. And triggers of no workflow. */
export const checkWorkflow = (config: LakehouseConfig): Problem[] => [
  ...graphsOf(config).flatMap((graph) => checkGraph(graph, config)),
  ...Object.entries(config.triggers).flatMap(([id, trigger]) => {
    const at: At = (...rest) => ["triggers", id, ...rest];
    const event = { path: at("type"), message: "an event starts workflows: this trigger belongs to none" };
    return [
      ...checkTypes(at, trigger),
      ...checkJobsOf(at, trigger, config),
      ...(trigger.type === "event" ? [event] : []),
    ];
  }),
];

function checkGraph(graph: Graph, config: LakehouseConfig): Problem[] {
  const shapes = Object.entries(graph.triggers).flatMap(([id, trigger]) => {
    const at: At = (...rest) => [...graph.path, "triggers", id, ...rest];
    return [...checkTypes(at, trigger), ...checkJobsOf(at, trigger, config)];
  });
  // A trigger with a mistake of its own starts nothing: that its jobs are not reached is no second one.
  const reach = shapes.length > 0 ? [] : checkReach(graph, config);
  return [...shapes, ...checkStart(graph, config), ...checkCycle(graph, config), ...reach];
}

type At = (...rest: (string | number)[]) => (string | number)[];

const within = (graph: Graph, id: string, ...rest: string[]): string[] => [...graph.path, "triggers", id, ...rest];

function checkTypes(at: At, trigger: TriggerConfig): Problem[] {
  const problems: Problem[] = [];
  if (trigger.type === "conditional") {
    if (trigger.after === undefined && trigger.predicate === undefined)
      problems.push({ path: at(), message: "a conditional trigger needs `after` or `predicate`" });
    if (trigger.after !== undefined && trigger.predicate !== undefined)
      problems.push({ path: at("after"), message: "`after` and `predicate` say the same thing: keep one" });
    if (trigger.after?.length === 0) problems.push({ path: at("after"), message: "names no job" });
  } else {
    for (const key of ["after", "predicate"] as const)
      if (trigger[key] !== undefined)
        problems.push({
          path: at(key),
          message: `only a conditional trigger waits for jobs; this one is ${trigger.type}`,
        });
  }
  if (trigger.type === "scheduled") {
    const wrong =
      trigger.schedule === undefined ? "a scheduled trigger needs `schedule`" : cronProblem(trigger.schedule);
    if (wrong) problems.push({ path: at(...(trigger.schedule === undefined ? [] : ["schedule"])), message: wrong });
  } else if (trigger.schedule !== undefined) {
    problems.push({
      path: at("schedule"),
      message: `only a scheduled trigger has one; this one is ${trigger.type}`,
    });
  }
  return problems;
}

/** An action or a condition names a job or a crawler. A crawler may be one that is not ours. */
function checkNode(at: At, { job, crawler }: Node, config: LakehouseConfig): Problem[] {
  if ((job === undefined) === (crawler === undefined))
    return [{ path: at(), message: "names either `job` or `crawler`" }];
  return job === undefined ? [] : missing(at("job"), "job", job, config.jobs, "jobs");
}

function checkJobsOf(at: At, trigger: TriggerConfig, config: LakehouseConfig): Problem[] {
  const problems = trigger.actions.flatMap((action, i) =>
    typeof action === "string"
      ? missing(at("actions", i), "job", action, config.jobs, "jobs")
      : checkNode((...rest) => at("actions", i, ...rest), action, config),
  );
  for (const [i, job] of (trigger.after ?? []).entries())
    problems.push(...missing(at("after", i), "job", job, config.jobs, "jobs"));
  for (const [i, one] of (trigger.predicate?.conditions ?? []).entries())
    problems.push(...checkNode((...rest) => at("predicate", "conditions", i, ...rest), one, config));
  const actions = actionsOf(trigger);
  for (const [i, job] of actions.entries())
    if (actions.indexOf(job) < i) problems.push({ path: at("actions", i), message: `starts \`${job}\` twice` });
  // AWS: "Job cannot be a Predicate and Action for Conditional Trigger."
  for (const [i, job] of actions.entries())
    if (waitsFor(trigger).includes(job))
      problems.push({
        path: at("actions", i),
        message: `\`${job}\` cannot be both waited for and started by one trigger`,
      });
  return problems;
}

function checkStart(graph: Graph, { pipeline }: LakehouseConfig): Problem[] {
  // A config whose jobs have no layers has no pipeline to chain. Without a pipeline somebody has asked for the workflow.
  if (graph.main && pipeline === "fhir" && Object.keys(graph.triggers).length === 0) return [];
  const starts = Object.entries(graph.triggers).filter(([, trigger]) => trigger.type !== "conditional");
  if (starts.length === 1) return [];
  if (starts.length === 0)
    return [
      {
        path: [...graph.path, "triggers"],
        because: [[...graph.path, "triggers"]],
        message: "the workflow has no start trigger",
        suggestion: "Add one of type on_demand with the first jobs as its actions.",
      },
    ];
  const names = starts.map(([id]) => `\`${id}\``).join(", ");
  return starts.slice(1).map(([id]) => ({
    path: within(graph, id, "type"),
    message: `a workflow has one start trigger, this one has ${starts.length} (${names})`,
    suggestion: "Make the others conditional.",
  }));
}

/** Edges job → job that the conditional triggers make. */
function edges(graph: Graph): { from: string; to: string; trigger: string }[] {
  return Object.entries(graph.triggers).flatMap(([trigger, one]) =>
    waitsFor(one).flatMap((from) => actionsOf(one).map((to) => ({ from, to, trigger }))),
  );
}

function checkCycle(graph: Graph, config: LakehouseConfig): Problem[] {
  const all = edges(graph);
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
      problems.push({
        path: within(graph, closing.trigger),
        message: `the jobs wait for each other: ${loop.join(" -> ")}`,
      });
      return;
    }
    if (done.has(job)) return;
    for (const edge of all.filter((one) => one.from === job)) visit(edge.to, [...path, job]);
    done.add(job);
  };
  for (const node of [...Object.keys(config.jobs), ...all.map(({ from }) => from).filter(isCrawler)]) visit(node, []);
  return problems;
}

/** Jobs that a run of the workflow comes to. */
function reachedBy(triggers: readonly TriggerConfig[]): ReadonlySet<string> {
  const reached = new Set(triggers.filter((trigger) => trigger.type !== "conditional").flatMap(actionsOf));
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
  return reached;
}

/** Jobs of the workflow that no chain from its start trigger reaches: they never run in it. */
function checkReach(graph: Graph, config: LakehouseConfig): Problem[] {
  const triggers = Object.values(graph.triggers);
  if (triggers.every((trigger) => trigger.type === "conditional")) return [];
  // A job that takes part in a cycle is told of there; one that is misspelt in a trigger, too.
  const misspelt = jobsOfGraph(graph).some((one) => !isCrawler(one) && !(one in config.jobs));
  if (misspelt || checkCycle(graph, config).length > 0) return [];
  const reached = reachedBy(triggers);
  // What waits for a job that is not reached is not reached because of that.
  const waits = (job: string): boolean =>
    triggers.some((one) => actionsOf(one).includes(job) && waitsFor(one).some((before) => !reached.has(before)));
  const [job, ...more] = jobsOfGraph(graph).filter((one) => !isCrawler(one) && !reached.has(one) && !waits(one));
  if (job === undefined) return [];
  const others = more.length > 0 ? ` (nor ${more.map((one) => `\`${one}\``).join(", ")})` : "";
  return [
    {
      path: ["jobs", job],
      because: [[...graph.path, "triggers"]],
      message: `no trigger reaches this job from the workflow's start${others}`,
      suggestion: "Add it to the `actions` of a trigger (and check that the triggers before it are enabled).",
    },
  ];
}

/** Jobs of layers that no trigger starts: whoever declares the pipeline's triggers may have forgotten one. */
export function unchained(config: LakehouseConfig): string[] {
  if (!config.made.includes("workflow")) return [];
  const started = new Set([
    ...graphsOf(config).flatMap(jobsOfGraph),
    ...Object.values(config.triggers).flatMap(actionsOf),
  ]);
  return Object.keys(config.jobs).filter((id) => config.jobs[id]?.layer !== undefined && !started.has(id));
}
