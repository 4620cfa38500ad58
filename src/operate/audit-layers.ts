import type { AwsContext } from "../aws/context.ts";
import type { AuditFinding } from "./audit-events.ts";
import { DATASETS } from "./audit-tables.ts";
import { isRunOn } from "./graph.ts";
import { progressOf } from "./hudi/progress.ts";
import { GOLD_TABLES } from "./measures.ts";
import { isAbsent } from "./problem.ts";
import { lastRun } from "./run-calls.ts";
import type { RunTarget } from "./run-events.ts";

export interface Layers {
  readonly bronze: string;
  readonly silver: string;
  readonly gold: string;
}

/**
 * Silver and Gold say in their commits how far they have read. A run that died after Bronze leaves them behind, with every
 * file `processed`: no file waits then, and nothing else would tell.
 */
export async function* layerFindings(ctx: AwsContext, layers: Layers, run: RunTarget): AsyncGenerator<AuditFinding> {
  // A run that is on is about to change that.
  if (isRunOn((await lastRun(ctx, run.workflow))?.Status)) return;
  const silver = new Map<string, string | undefined>();
  for (const dataset of DATASETS) {
    const bronze = await tableAt(ctx, layers.bronze, dataset);
    const table = await tableAt(ctx, layers.silver, dataset);
    silver.set(dataset, table?.instant);
    if (!bronze || !(`silver_${dataset}` in run.jobs)) continue;
    const read = await table?.said("bronze_instant");
    if (read === undefined || read < bronze.instant)
      yield behind(`silver/${dataset}`, `Bronze's commit ${bronze.instant}`, read);
  }
  for (const name of GOLD_TABLES) {
    if (!(`gold_${name}` in run.jobs)) continue;
    const table = await tableAt(ctx, layers.gold, name);
    const basis = instantsOf(await table?.said("silver"));
    const used = Object.entries(basis).filter(([dataset]) => silver.has(dataset));
    const stale = used.find(([dataset, instant]) => instant !== (silver.get(dataset) ?? null));
    if (stale)
      yield behind(`gold/${name}`, `Silver's commit ${silver.get(stale[0]) ?? "none"} of ${stale[0]}`, stale[1]);
    else if (!table && [...silver.values()].some((instant) => instant !== undefined))
      yield behind(`gold/${name}`, "Silver", null);
  }
}

const behind = (table: string, wanted: string, read: string | null | undefined): AuditFinding => ({
  type: "finding",
  code: "behind",
  level: "error",
  key: table,
  file_id: null,
  text: `It has not taken up ${wanted}${read ? ` (it has read up to ${read})` : ""}: a run ended before it came to that`,
  repair: "run-workflow",
});

/** A layer whose bucket is not there has no table. */
async function tableAt(ctx: AwsContext, bucket: string, name: string): ReturnType<typeof progressOf> {
  try {
    return await progressOf(ctx, `s3://${bucket}/${name}/`);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Which Silver commits a Gold table was computed from, by dataset; null: that table was not there. */
function instantsOf(text: string | undefined): Record<string, string | null> {
  const parsed: unknown = text === undefined ? {} : JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) return {};
  return Object.fromEntries(
    Object.entries(parsed).filter(
      (pair): pair is [string, string | null] => pair[1] === null || typeof pair[1] === "string",
    ),
  );
}
