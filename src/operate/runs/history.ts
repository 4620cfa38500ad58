import type { WorkflowRun } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import { type Cost, costOf } from "./cost.ts";
import { becauseOf, isOver, isRunOn, type JobView, jobsOf, type Verdict, verdictOf } from "./graph.ts";
import { qualityOf, type RunQuality } from "../quality/said.ts";
import { readingItemId, runItemId } from "../ledger/file-id.ts";
import { failedCount, frozenFiles } from "../ledger/item.ts";
import { isNoLedger, type Ledger } from "../ledger/ledger.ts";
import { isAbsent } from "../problem.ts";
import { safeCause } from "../safe/index.ts";
import { noWorkflow, readRun, stopRun, latestId } from "./calls.ts";
import type { RunTarget } from "./events.ts";
import { glueClient } from "../../services/glue/client.ts";

/** One run in the history. */
export interface RunRow {
  readonly run_id: string;
  readonly previous_run_id: string | null;
  /** `running` while it is on. */
  readonly verdict: Verdict | "running";
  /** `quality`: all jobs succeeded, and a quality check of level error failed. */
  readonly because: "quality" | null;
  /** Glue's own word, which says COMPLETED after failures too. */
  readonly status: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly seconds: number;
  /** Files that the run froze as its set; null when the ledger no longer knows. */
  readonly files: number | null;
  /** How many of them ended as `failed` in it; null when the ledger no longer knows. */
  readonly failed_files: number | null;
  /** Keys of the jobs that did not succeed. */
  readonly failed: readonly string[];
  readonly dpu_seconds: number;
  /** List price; null on an AWS that bills nothing. */
  readonly cost_usd: number | null;
}

export interface RunDetail extends RunRow {
  readonly jobs: readonly {
    readonly key: string;
    readonly name: string;
    readonly state: string;
    readonly attempt: number;
    readonly seconds: number;
    readonly job_run_id: string | null;
    readonly dpu_seconds: number;
    readonly error: string | null;
  }[];
  /** Ids of the frozen files. */
  readonly file_ids: readonly string[];
  readonly cost: Cost | null;
  /** How its quality checks went; null where none were made. */
  readonly quality: RunQuality | null;
}

function rowOf(
  run: WorkflowRun,
  views: readonly JobView[],
  set: FrozenSet | undefined,
  now: number,
  free: boolean,
): RunRow {
  const dpuSeconds = views.reduce((sum, view) => sum + view.dpuSeconds, 0);
  const on = isRunOn(run.Status);
  const from = run.StartedOn?.getTime();
  const to = run.CompletedOn?.getTime() ?? (on ? now : from);
  return {
    run_id: run.WorkflowRunId ?? "",
    previous_run_id: run.PreviousRunId ?? null,
    verdict: on ? "running" : verdictOf(run, views),
    because: on ? null : becauseOf(run, views),
    status: run.Status ?? "",
    started_at: run.StartedOn?.toISOString() ?? null,
    ended_at: run.CompletedOn?.toISOString() ?? null,
    seconds: from === undefined || to === undefined ? 0 : Math.max(0, Math.round((to - from) / 1000)),
    files: set?.files.length ?? null,
    failed_files: set?.failed ?? null,
    failed: on
      ? views.filter((view) => isOver(view.state) && view.state !== "SUCCEEDED").map((view) => view.key)
      : views.filter((view) => view.state !== "SUCCEEDED").map((view) => view.key),
    dpu_seconds: Math.round(dpuSeconds),
    cost_usd: free ? null : costOf(dpuSeconds).usd,
  };
}

/** What the ledger knows of a run. */
interface FrozenSet {
  readonly files: readonly string[];
  readonly failed: number;
}

/** The frozen sets of runs, from the ledger. A ledger that is not there knows nothing; a denied one is an error. */
async function frozen(ledger: Ledger | undefined, runIds: readonly string[]): Promise<Map<string, FrozenSet>> {
  if (!ledger || runIds.length === 0) return new Map();
  try {
    const items = await ledger.items(runIds.flatMap((id) => [runItemId(id), readingItemId(id)]));
    return new Map(
      runIds.flatMap((id) => {
        const item = items.get(runItemId(id));
        if (!item) return [];
        return [[id, { files: frozenFiles(item) ?? [], failed: failedCount(items.get(readingItemId(id))) }] as const];
      }),
    );
  } catch (error) {
    if (isNoLedger(error)) return new Map();
    throw error;
  }
}

const startOf = (run: WorkflowRun): number => run.StartedOn?.getTime() ?? 0;

export interface RunsOptions {
  /** Where the files of a run are known. */
  readonly ledger?: Ledger;
  /** Nothing is billed here: no price is told. */
  readonly free?: boolean;
}

/** History, newest first. Glue does not promise an order, so all pages are read (90 days), `limit` then cuts. */
export async function listRuns(
  ctx: AwsContext,
  target: RunTarget,
  options: RunsOptions & { readonly limit?: number } = {},
): Promise<RunRow[]> {
  const glue = await ctx.clients.of(glueClient);
  const runs: WorkflowRun[] = [];
  let token: string | undefined;
  try {
    do {
      const page = await glue.getWorkflowRuns({
        Name: target.workflow,
        IncludeGraph: true,
        MaxResults: 25,
        ...(token ? { NextToken: token } : {}),
      });
      runs.push(...(page.Runs ?? []));
      token = page.NextToken || undefined;
    } while (token);
  } catch (error) {
    throw isAbsent(error) ? noWorkflow(ctx, target.workflow) : error;
  }
  const newest = runs.sort((a, b) => startOf(b) - startOf(a)).slice(0, options.limit ?? runs.length);
  const files = await frozen(
    options.ledger,
    newest.flatMap((run) => run.WorkflowRunId ?? []),
  );
  const now = ctx.clock.now();
  return newest.map((run) =>
    rowOf(run, jobsOf(run, target.jobs, now), files.get(run.WorkflowRunId ?? ""), now, options.free === true),
  );
}

/** One run in full; without `runId` the last one. */
export async function showRun(
  ctx: AwsContext,
  target: RunTarget,
  options: RunsOptions & { readonly runId?: string } = {},
): Promise<RunDetail> {
  const runId = options.runId ?? (await latestId(ctx, target));
  const run = await readRun(ctx, target.workflow, runId);
  const now = ctx.clock.now();
  const views = jobsOf(run, target.jobs, now);
  const set = (await frozen(options.ledger, [runId])).get(runId);
  return {
    ...rowOf({ ...run, WorkflowRunId: runId }, views, set, now, options.free === true),
    jobs: views.map((view) => ({
      key: view.key,
      name: view.name,
      state: view.state,
      attempt: view.attempt,
      seconds: view.seconds,
      job_run_id: view.runId ?? null,
      dpu_seconds: Math.round(view.dpuSeconds),
      error: view.error === undefined ? null : safeCause(view.error),
    })),
    file_ids: set?.files ?? [],
    cost: options.free ? null : costOf(views.reduce((sum, view) => sum + view.dpuSeconds, 0)),
    quality: qualityOf(run),
  };
}

/** Stops a run (the one that is on, when none is named). Answers which, and whether it was on. */
export async function stop(
  ctx: AwsContext,
  target: RunTarget,
  runId?: string,
): Promise<{ readonly runId: string; readonly stopped: boolean }> {
  const id = runId ?? (await latestId(ctx, target));
  return { runId: id, stopped: await stopRun(ctx, target.workflow, id) };
}
