import type { FindingCode } from "../codes/index.ts";
import { nextTime, parseCron } from "../aws/cron.ts";
import type { Finding } from "../engine/types.ts";
import { runCost } from "../services/glue/price.ts";
import { triggerId } from "../services/glue/workflow-triggers.ts";
import { actionsOf, type Graph, jobsOfGraph, waitsFor } from "./check/workflow.ts";
import { triggersOf } from "./complete.ts";
import type { LakehouseConfig } from "./schema.ts";

/** What is allowed of a workflow, and may still surprise. */
export const workflowAdvice = (config: LakehouseConfig, graph: Graph): Finding[] =>
  [concurrency, overlaps, cost, size, idleStagger].flatMap((of) => of(config, graph));

export const warning = (code: FindingCode, at: string, text: string, fix: string): Finding => ({
  code,
  level: "warning",
  at,
  text,
  fix,
});

function concurrency(config: LakehouseConfig, graph: Graph): Finding[] {
  const { maxConcurrentRuns } = graph.settings;
  // What jobs of one's own write to is not known.
  const layered = jobsOfGraph(graph).some((job) => config.jobs[job]?.layer !== undefined);
  if (maxConcurrentRuns === 1 || !layered) return [];
  return [
    warning(
      "workflow_writers",
      `glue.workflow/${graph.id}`,
      `${maxConcurrentRuns} runs at a time write the same Hudi tables, which have one writer each`,
      `Set ${graph.path.join(".")}.maxConcurrentRuns to 1: files that arrive meanwhile are taken by the next run.`,
    ),
  ];
}

/** Minutes of the longest way through the workflow when every job and every retry uses up its time. */
export function longestRun(config: LakehouseConfig, graph: Pick<Graph, "triggers">): number {
  const triggers = Object.values(graph.triggers);
  const own = (job: string): number => {
    const found = config.jobs[job];
    return found ? (found.timeout ?? 0) * (found.maxRetries + 1) : 0;
  };
  const ends = new Map<string, number>();
  const endOf = (job: string, seen: readonly string[]): number => {
    const known = ends.get(job);
    if (known !== undefined || seen.includes(job)) return known ?? 0;
    const starts = triggers
      .filter((trigger) => actionsOf(trigger).includes(job))
      .map((trigger) => Math.max(0, ...waitsFor(trigger).map((one) => endOf(one, [...seen, job]))));
    const end = Math.max(0, ...starts) + own(job);
    ends.set(job, end);
    return end;
  };
  return Math.max(0, ...Object.keys(config.jobs).map((job) => endOf(job, [])));
}

/** Schedules that start the next run while the last may still be on. A rule that asks the function is no danger: it looks first. */
function overlaps(config: LakehouseConfig, graph: Graph): Finding[] {
  const longest = longestRun(config, graph);
  return Object.entries(graph.triggers).flatMap(([id, { schedule, enabled }]): Finding[] => {
    const every = schedule === undefined || !enabled ? undefined : shortestGap(schedule);
    if (every === undefined || every >= longest) return [];
    return [
      warning(
        "schedule_overlap",
        `glue.trigger/${triggerId(graph.id, id)}`,
        `starts every ${every} minutes, and a run may take ${longest}: AWS drops the start while one is on (ConcurrentRunsExceeded)`,
        "Start it less often, or lower the jobs' `timeout`.",
      ),
    ];
  });
}

/** Where a schedule starts to be looked at: any year with all of its months ahead. */
const FROM = Date.UTC(2027, 0, 1);
const LOOKED_AT = 400;

/** Shortest time between two starts, minutes; undefined for a schedule that fires once or never. */
export function shortestGap(expression: string): number | undefined {
  const cron = parseCron(expression);
  let gap: number | undefined;
  let last = nextTime(cron, FROM);
  for (let i = 0; i < LOOKED_AT && last !== undefined; i += 1) {
    const next = nextTime(cron, last);
    if (next === undefined) break;
    gap = Math.min(gap ?? Number.POSITIVE_INFINITY, (next - last) / 60_000);
    last = next;
  }
  return gap;
}

function cost(config: LakehouseConfig, graph: Graph): Finding[] {
  const jobs = jobsOfGraph(graph).flatMap((job) => config.jobs[job] ?? []);
  const most = jobs.reduce((sum, job) => sum + runCost({ ...job, timeout: job.timeout ?? 0 }), 0);
  const { costCeiling } = graph.settings;
  if (most <= costCeiling) return [];
  return [
    warning(
      "workflow_cost",
      `glue.workflow/${graph.id}`,
      `one run may cost up to $${most.toFixed(2)} when every job and retry uses up its time; the ceiling is $${costCeiling}`,
      `Lower the jobs' timeout, numberOfWorkers or maxRetries, or raise ${graph.path.join(".")}.costCeiling.`,
    ),
  ];
}

/** Triggers that are written out have their order in them: `stagger` changes nothing. */
function idleStagger(config: LakehouseConfig, graph: Graph): Finding[] {
  if (!graph.settings.stagger || same(graph.triggers, triggersOf(config.jobs, true))) return [];
  const at = graph.path.join(".");
  return [
    warning(
      "stagger_idle",
      `glue.workflow/${graph.id}`,
      `${at}.stagger has no effect beside ${at}.triggers, which say what runs after what`,
      `Take the triggers away (\`triggers: null\` in an environment's file), and they follow from the jobs' layers; or take \`stagger\` away.`,
    ),
  ];
}

/** True where two values of a config say the same. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** AWS's own advice, no limit: it starts and shows larger workflows too. Jobs of no trigger are not part of it. */
const ADVISED = 100;

function size(_config: LakehouseConfig, graph: Graph): Finding[] {
  const count = jobsOfGraph(graph).length + Object.keys(graph.triggers).length;
  if (count <= ADVISED) return [];
  return [
    warning(
      "workflow_size",
      `glue.workflow/${graph.id}`,
      `${count} jobs and triggers; AWS advises ${ADVISED} or fewer a workflow`,
      "Let fewer jobs do more of the work, or leave it: apply goes on.",
    ),
  ];
}
