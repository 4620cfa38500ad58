import type { AwsContext } from "../../aws/context.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { pendingFiles } from "../ledger/pending.ts";
import { isAbsent } from "../problem.ts";
import type { Intake } from "../runs/pipeline.ts";
import { isRunOn } from "../runs/graph.ts";
import { glueClient } from "../../services/glue/client.ts";

/** A row that may be put back, and why. */
export interface Candidate {
  readonly file: LedgerFile;
  readonly why: string;
  /** Set when it must not be touched. */
  readonly leave?: boolean;
}

/** Claims that nobody works on any more: their lease is over, or their run is. With evidence; a live claim is left. */
export async function* orphanClaims({ ctx, ledger, run }: Intake): AsyncGenerator<Candidate> {
  const states = new Map<string, Promise<string | undefined>>();
  const stateOf = (id: string): Promise<string | undefined> => {
    const known = states.get(id) ?? runState(ctx, run.workflow, id);
    states.set(id, known);
    return known;
  };
  for await (const file of pendingFiles(ledger)) {
    if (file.status !== "claimed") continue;
    const runId = file.runId ?? "";
    const until = file.leaseUntil ?? new Date(0).toISOString();
    if (Date.parse(until) < ctx.clock.now()) yield { file, why: `its lease ended at ${until} (${runId})` };
    else if (!runId.startsWith("wr_")) yield { file, why: `${runId} holds it until ${until}`, leave: true };
    else {
      const state = await stateOf(runId);
      if (isRunOn(state)) yield { file, why: `the run ${runId} is ${state}`, leave: true };
      else
        yield { file, why: state === undefined ? `Glue knows no run ${runId}` : `the run ${runId} is over (${state})` };
    }
  }
}

async function runState(ctx: AwsContext, workflow: string, runId: string): Promise<string | undefined> {
  const glue = await ctx.clients.of(glueClient);
  try {
    return (await glue.getWorkflowRun({ Name: workflow, RunId: runId, IncludeGraph: false })).Run?.Status;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
