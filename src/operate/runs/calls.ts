import type { WorkflowRun } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import { isRunOn, jobsOf, type JobView, type Verdict, verdictOf } from "./graph.ts";
import { errorName, isAbsent, isPassing, messageOf, OperateProblem } from "../problem.ts";
import { STARTER, starterToken } from "./starter.ts";
import { command } from "../next.ts";
import type { RunTarget } from "./events.ts";
import { glueClient } from "../../services/glue/client.ts";

/** The latest run of the workflow, whatever its state. One call. */
export async function lastRun(ctx: AwsContext, workflow: string): Promise<WorkflowRun | undefined> {
  const glue = await ctx.clients.of(glueClient);
  try {
    return (await glue.getWorkflow({ Name: workflow, IncludeGraph: false })).Workflow?.LastRun;
  } catch (error) {
    if (isAbsent(error)) throw noWorkflow(ctx, workflow);
    throw error;
  }
}

export const noWorkflow = (ctx: AwsContext, workflow: string): OperateProblem =>
  new OperateProblem(
    "no_workflow",
    `The workflow ${workflow} does not exist in ${ctx.account}, ${ctx.region}`,
    command(ctx, "apply"),
    "user",
    workflow,
  );

/** The id of the run that is on; undefined when none is. One call. */
export async function findActive(ctx: AwsContext, workflow: string): Promise<string | undefined> {
  const last = await lastRun(ctx, workflow);
  return last && isRunOn(last.Status) ? last.WorkflowRunId : undefined;
}

/** Id of the last run; a workflow that has not run yet is told as such. */
export async function latestId(ctx: AwsContext, { workflow }: Pick<RunTarget, "workflow">): Promise<string> {
  const last = (await lastRun(ctx, workflow))?.WorkflowRunId;
  if (last) return last;
  throw new OperateProblem("no_run", `${workflow} has not run yet`, command(ctx, "run-workflow"));
}

/** Starts a run and answers its id. A run that is on already is a typed problem that names it. `follows`: its end is waited for. */
export async function startRun(
  ctx: AwsContext,
  workflow: string,
  properties: Readonly<Record<string, string>> = {},
  follows = false,
): Promise<string> {
  const glue = await ctx.clients.of(glueClient);
  const token = starterToken(follows);
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await glue.startWorkflowRun({
        Name: workflow,
        RunProperties: { ...properties, [STARTER]: token },
      });
      if (answer.RunId) return answer.RunId;
      throw new OperateProblem(
        "no_run_id",
        `Glue started a run of ${workflow} and did not say which`,
        command(ctx, "run-workflow --attach"),
        "aws",
      );
    } catch (error) {
      if (isAbsent(error)) throw noWorkflow(ctx, workflow);
      // The answer of our own start may have been lost: the run that is on then carries our token.
      if (errorName(error) === "ConcurrentRunsExceededException")
        return await ownRunOrProblem(ctx, workflow, token, error);
      if (!isPassing(error) || attempt >= 4) throw error;
      const mine = await lastRun(ctx, workflow).catch(() => undefined);
      if (mine?.WorkflowRunId && mine.WorkflowRunProperties?.[STARTER] === token) return mine.WorkflowRunId;
      await ctx.clock.sleep(1000 * 2 ** attempt);
    }
  }
}

async function ownRunOrProblem(ctx: AwsContext, workflow: string, token: string, error: unknown): Promise<string> {
  const last = await lastRun(ctx, workflow);
  if (last?.WorkflowRunId && last.WorkflowRunProperties?.[STARTER] === token) return last.WorkflowRunId;
  const which =
    last?.WorkflowRunId && isRunOn(last.Status)
      ? `: ${last.WorkflowRunId}, since ${last.StartedOn?.toISOString() ?? "a moment ago"}`
      : "";
  throw new OperateProblem(
    "concurrent_runs",
    which
      ? `A run of ${workflow} is on already${which}`
      : `Glue refuses another run of ${workflow}: ${messageOf(error)}`,
    command(ctx, "run-workflow --attach"),
    "user",
    last?.WorkflowRunId,
  );
}

/** Starts a run; one that is on takes nothing new, and the one after it does. */
export async function startUnlessOn(ctx: AwsContext, workflow: string): Promise<string | undefined> {
  try {
    return await startRun(ctx, workflow);
  } catch (error) {
    if (error instanceof OperateProblem && error.code === "concurrent_runs") return undefined;
    throw error;
  }
}

/** One read of a run with its graph. */
export async function readRun(ctx: AwsContext, workflow: string, runId: string): Promise<WorkflowRun> {
  const glue = await ctx.clients.of(glueClient);
  try {
    const { Run } = await glue.getWorkflowRun({ Name: workflow, RunId: runId, IncludeGraph: true });
    if (Run) return Run;
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  throw new OperateProblem(
    "run_vanished",
    `Glue knows no run ${runId} of ${workflow} (it keeps them 90 days)`,
    command(ctx, "runs list"),
    "user",
    runId,
  );
}

/** How a run stands: the state of its jobs, and its verdict once it is over. */
interface Standing {
  readonly status: string;
  readonly views: readonly JobView[];
  readonly verdict: Verdict | null;
}

/** The same of one run; undefined for one that Glue knows no more. */
export async function standingOf(ctx: AwsContext, target: RunTarget, runId: string): Promise<Standing | undefined> {
  try {
    const run = await readRun(ctx, target.workflow, runId);
    const views = jobsOf(run, target.jobs, ctx.clock.now());
    return { status: run.Status ?? "UNKNOWN", views, verdict: isRunOn(run.Status) ? null : verdictOf(run, views) };
  } catch (error) {
    if (error instanceof OperateProblem && error.code === "run_vanished") return undefined;
    throw error;
  }
}

/** Asks Glue to stop a run. One that is over already is fine: answers false. */
export async function stopRun(ctx: AwsContext, workflow: string, runId: string): Promise<boolean> {
  const glue = await ctx.clients.of(glueClient);
  try {
    await glue.stopWorkflowRun({ Name: workflow, RunId: runId });
    return true;
  } catch (error) {
    if (errorName(error) === "IllegalWorkflowStateException") return false;
    if (isAbsent(error))
      throw new OperateProblem(
        "run_vanished",
        `Glue knows no run ${runId} of ${workflow}`,
        command(ctx, "runs list"),
        "user",
        runId,
      );
    throw error;
  }
}
