import type { FindingCode } from "../codes/index.ts";
import { nextTime, parseCron } from "../aws/cron.ts";
import type { Finding } from "../engine/types.ts";
import { earlyStarts } from "./check/data-flow.ts";
import { silentRules } from "./check/loop.ts";
import { actionsOf, waitsFor } from "./check/workflow.ts";
import { outsideBoundary } from "./boundary.ts";
import { runCost } from "../services/glue/price.ts";
import { UNDELIVERED_ID } from "./ids.ts";
import type { LakehouseConfig } from "./schema.ts";

/** What is allowed, and may still surprise: findings on the config as a whole, and on its scripts where the folder is given. */
export const advice = (config: LakehouseConfig, projectDir?: string): Finding[] => [
  ...concurrency(config),
  ...overlaps(config),
  ...cost(config),
  ...size(config),
  ...unheard(config),
  ...(projectDir === undefined ? [] : early(config, projectDir)),
  ...outsideBoundary(config),
  ...unbounded(config),
  ...shortQueue(config),
];

const warning = (code: FindingCode, at: string, text: string, fix: string): Finding => ({
  code,
  level: "warning",
  at,
  text,
  fix,
});

function concurrency({ workflow }: LakehouseConfig): Finding[] {
  if (workflow.maxConcurrentRuns === 1) return [];
  return [
    warning(
      "workflow_writers",
      "glue.workflow/etl_workflow",
      `${workflow.maxConcurrentRuns} runs at a time write the same Hudi tables, which have one writer each`,
      "Set workflow.maxConcurrentRuns to 1: files that arrive meanwhile are taken by the next run.",
    ),
  ];
}

/** Minutes of the longest way through the workflow when every job and every retry uses up its time. */
export function longestRun(config: LakehouseConfig): number {
  const triggers = Object.values(config.workflow.triggers);
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
function overlaps(config: LakehouseConfig): Finding[] {
  const longest = longestRun(config);
  return Object.entries(config.workflow.triggers).flatMap(([id, { schedule, enabled }]): Finding[] => {
    const every = schedule === undefined || !enabled ? undefined : shortestGap(schedule);
    if (every === undefined || every >= longest) return [];
    return [
      warning(
        "schedule_overlap",
        `glue.trigger/${id}`,
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

function cost(config: LakehouseConfig): Finding[] {
  const most = Object.values(config.jobs).reduce((sum, job) => sum + runCost({ ...job, timeout: job.timeout ?? 0 }), 0);
  const { costCeiling } = config.workflow;
  if (most <= costCeiling) return [];
  return [
    warning(
      "workflow_cost",
      "glue.workflow/etl_workflow",
      `one run may cost up to $${most.toFixed(2)} when every job and retry uses up its time; the ceiling is $${costCeiling}`,
      "Lower the jobs' timeout, numberOfWorkers or maxRetries, or raise workflow.costCeiling.",
    ),
  ];
}

/** AWS's own advice, no limit: it starts and shows larger workflows too. Jobs of no trigger are not part of it. */
const ADVISED = 100;

function size(config: LakehouseConfig): Finding[] {
  const triggers = Object.values(config.workflow.triggers);
  const jobs = new Set(triggers.flatMap((trigger) => [...actionsOf(trigger), ...waitsFor(trigger)]));
  const count = jobs.size + triggers.length;
  if (count <= ADVISED) return [];
  return [
    warning(
      "workflow_size",
      "glue.workflow/etl_workflow",
      `${count} jobs and triggers; AWS advises ${ADVISED} or fewer a workflow`,
      "Let fewer jobs do more of the work, or leave it: apply goes on.",
    ),
  ];
}

const early = (config: LakehouseConfig, projectDir: string): Finding[] =>
  earlyStarts(config, projectDir).map(({ trigger, text }) =>
    warning(
      "reads_early",
      `glue.trigger/${trigger}`,
      text,
      "Add the jobs to its `after`, or leave it: what they write then counts from the next run.",
    ),
  );

/** Rules that do not call the function because nobody knows what its code would do with the end of a job. */
const unheard = (config: LakehouseConfig): Finding[] =>
  silentRules(config).map((id) =>
    warning(
      "function_job_events",
      `events.rule/${id}`,
      "does not call the function: its code lies in a bucket, and code that starts a run on every event would go on for ever",
      "Say `function.jobEvents: true` when the code knows the ends of jobs (ours does), or take `function` out of the rule.",
    ),
  );

/** Roles without a boundary are as strong as whoever may write their policies wants them to be. */
function unbounded({ permissionsBoundary, roles }: LakehouseConfig): Finding[] {
  const free = Object.keys(roles).filter((id) => (roles[id]?.permissionsBoundary ?? permissionsBoundary) === "none");
  if (permissionsBoundary !== "none" || free.length === 0) return [];
  return [
    {
      code: "no_boundary",
      level: "note",
      at: "permissionsBoundary",
      text: `none: nothing bounds what ${free.length === 1 ? "the role" : "the roles"} ${free.join(", ")} may be given`,
      fix: "Leave it out, and the environment makes a boundary of its own; or name one.",
    },
  ];
}

/** The longest that SQS keeps a message. */
const LONGEST_DAYS = 14;

function shortQueue({ queues }: LakehouseConfig): Finding[] {
  const days = queues[UNDELIVERED_ID]?.retentionDays ?? LONGEST_DAYS;
  if (days >= LONGEST_DAYS) return [];
  return [
    warning(
      "undelivered_retention",
      `sqs.queue/${UNDELIVERED_ID}`,
      `keeps what the function could not record ${days} ${days === 1 ? "day" : "days"}: SQS drops it then, perhaps before somebody looks`,
      `Leave retentionDays out: SQS keeps a message ${LONGEST_DAYS} days at most.`,
    ),
  ];
}
