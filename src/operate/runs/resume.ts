import type { Node, WorkflowRun } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import { isRunOn, jobsOf, verdictOf } from "./graph.ts";
import { errorName, messageOf, OperateProblem } from "../problem.ts";
import { lastRun, readRun } from "./calls.ts";
import type { FollowOptions, RunEvent, RunTarget } from "./events.ts";
import { finished, reasonsOf } from "./report.ts";
import { followRun } from "./follow.ts";
import { shellWord } from "../shell.ts";
import { command } from "../next.ts";
import { glueClient } from "../../services/glue/client.ts";

/** What a resume runs again, told before it does. */
interface ResumePlan {
  readonly type: "resume";
  readonly runId: string;
  /** Keys of the jobs that failed: these are restarted. */
  readonly restart: readonly string[];
  /** Keys of the jobs that run after them. */
  readonly behind: readonly string[];
}

/** The jobs of the run (the newest of its chain) succeeded: nothing runs again, and `finished` follows with that run's own jobs. */
interface NothingToResume {
  readonly type: "nothing_to_resume";
  readonly runId: string;
}

export type ResumeEvent = ResumePlan | NothingToResume | RunEvent;

/** The newest run of a chain of resumes: Glue links only backwards, so the later runs are looked through. */
async function newestOfChain(ctx: AwsContext, workflow: string, runId: string): Promise<string> {
  const glue = await ctx.clients.of(glueClient);
  const next = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await glue.getWorkflowRuns({
      Name: workflow,
      IncludeGraph: false,
      MaxResults: 100,
      ...(token ? { NextToken: token } : {}),
    });
    for (const run of page.Runs ?? [])
      if (run.PreviousRunId && run.WorkflowRunId) next.set(run.PreviousRunId, run.WorkflowRunId);
    token = page.NextToken || undefined;
  } while (token);
  let at = runId;
  for (let hop = next.get(at); hop; hop = next.get(at)) at = hop;
  return at;
}

/** Job names behind the given nodes, by the graph's edges (through the triggers). */
function after(run: WorkflowRun, from: readonly Node[]): Set<string> {
  const nodes = new Map((run.Graph?.Nodes ?? []).map((node) => [node.UniqueId ?? "", node]));
  const names = new Set<string>();
  const seen = new Set<string>();
  const queue = from.map((node) => node.UniqueId ?? "");
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    for (const edge of run.Graph?.Edges ?? []) {
      const to = edge.DestinationId ?? "";
      if (edge.SourceId !== id || seen.has(to)) continue;
      seen.add(to);
      queue.push(to);
      const node = nodes.get(to);
      if (node?.Type === "JOB" && node.Name) names.add(node.Name);
    }
  }
  return names;
}

/**
 * Runs the failed jobs of a run again and everything after them, as a new run that keeps the rest. Without `runId`, the
 * last run of the workflow. A run that succeeded is left as it is, and said to be good.
 */
export async function* resumeWorkflow(
  ctx: AwsContext,
  target: RunTarget,
  options: FollowOptions & { readonly runId?: string; readonly noWait?: boolean } = {},
): AsyncGenerator<ResumeEvent> {
  const begun = { at: ctx.clock.now(), calls: ctx.calls.total };
  const asked = options.runId ?? (await lastRun(ctx, target.workflow))?.WorkflowRunId;
  if (!asked) throw new OperateProblem("no_run", `${target.workflow} has not run yet`, command(ctx, "run-workflow"));
  const runId = options.runId ? await newestOfChain(ctx, target.workflow, options.runId) : asked;
  const run = await readRun(ctx, target.workflow, runId);
  if (isRunOn(run.Status))
    throw new OperateProblem(
      "run_is_on",
      `The run ${runId} is still on`,
      command(ctx, `run-workflow --run ${shellWord(runId)}`),
      "user",
      runId,
    );
  const views = jobsOf(run, target.jobs, ctx.clock.now());
  const failed = new Set(
    views.filter((view) => view.state !== "SUCCEEDED" && view.state !== "NOT_RUN").map((view) => view.name),
  );
  const nodes = (run.Graph?.Nodes ?? []).filter((node) => node.Type === "JOB" && failed.has(node.Name ?? ""));
  if (nodes.length === 0) {
    if (views.length === 0 || views.some((view) => view.state !== "SUCCEEDED")) throw noFailedJob(ctx, runId);
    yield { type: "nothing_to_resume", runId };
    const verdict = verdictOf(run, views);
    yield finished(ctx, begun, runId, views, verdict, reasonsOf(ctx, run, views, verdict));
    return;
  }
  // A failed job behind another failed one runs again by itself.
  const behind = after(run, nodes);
  const first = nodes.filter((node) => !behind.has(node.Name ?? ""));
  const restart = first.length > 0 ? first : nodes;
  const keys = new Map(views.map((view) => [view.name, view.key]));
  const keysOf = (names: Iterable<string>): string[] => [...names].map((name) => keys.get(name) ?? name);
  yield { type: "resume", runId, restart: keysOf(restart.map((node) => node.Name ?? "")), behind: keysOf(behind) };
  const resumed = await resume(ctx, target.workflow, runId, restart);
  yield { type: "started", runId: resumed, workflow: target.workflow, previousRunId: runId };
  if (!options.noWait) yield* followRun(ctx, target, resumed, options, begun);
}

function noFailedJob(ctx: AwsContext, runId: string): OperateProblem {
  return new OperateProblem(
    "nothing_to_resume",
    `No job of the run ${runId} failed after it started: Glue resumes only jobs that ran`,
    command(ctx, "run-workflow"),
    "user",
    runId,
  );
}

async function resume(ctx: AwsContext, workflow: string, runId: string, nodes: readonly Node[]): Promise<string> {
  const glue = await ctx.clients.of(glueClient);
  try {
    const answer = await glue.resumeWorkflowRun({
      Name: workflow,
      RunId: runId,
      NodeIds: nodes.map((node) => node.UniqueId ?? ""),
    });
    if (answer.RunId) return answer.RunId;
  } catch (error) {
    const name = errorName(error);
    if (name === "ConcurrentRunsExceededException")
      throw new OperateProblem(
        "concurrent_runs",
        `Another run of ${workflow} is on`,
        command(ctx, "run-workflow --attach"),
        "user",
        runId,
      );
    if (name === "IllegalWorkflowStateException")
      throw new OperateProblem(
        "not_resumable",
        `Glue cannot resume ${runId}: ${messageOf(error)}`,
        command(ctx, `runs show ${shellWord(runId)}`),
        "user",
        runId,
      );
    throw error;
  }
  throw new OperateProblem(
    "no_run_id",
    `Glue resumed ${runId} and did not say as which run`,
    command(ctx, "run-workflow --attach"),
    "aws",
  );
}
