import type { AwsContext } from "../../aws/context.ts";
import { type AuditFinding, finding } from "./events.ts";
import { ValueSets } from "../measures/parameters.ts";
import {
  argumentsOf,
  behindSilver,
  goldTables,
  type Instants,
  type Layers,
  otherThanWanted,
  tableAt,
  writersOf,
} from "../measures/standing.ts";
import { DATASETS } from "./tables.ts";
import { isRunOn } from "../runs/graph.ts";
import type { Progress } from "../hudi/progress.ts";
import { lastRun } from "../runs/calls.ts";
import type { RunTarget } from "../runs/events.ts";
import type { Pipeline } from "../runs/pipeline.ts";

export type { Layers } from "../measures/standing.ts";

/**
 * Silver and Gold say in their commits how far they have read, and under which parameters. A run that died after Bronze
 * leaves them behind, with every file `processed`: no file waits then, and nothing else would tell. Which job writes which
 * table is asked of the jobs, not of their names; what cannot be told is told as that.
 */
export async function* layerFindings(
  { ctx, run }: Pick<Pipeline, "ctx" | "run">,
  layers: Layers,
): AsyncGenerator<AuditFinding> {
  // A run that is on is about to change that.
  if (isRunOn((await lastRun(ctx, run.workflow))?.Status)) return;
  for (const [job, { layer, table }] of Object.entries(layers.tables))
    if (table === undefined && layer !== "bronze") yield unknownTable(job, layer);
  const silver = new Map<string, string | undefined>();
  for (const dataset of DATASETS) {
    const bronze = await tableAt(ctx, layers.bronze, dataset);
    const table = await tableAt(ctx, layers.silver, dataset);
    silver.set(dataset, table?.instant);
    if (writersOf(layers, "silver", dataset).length === 0) {
      if (table && bronze) yield withoutJob(`silver/${dataset}`);
    } else if (bronze) yield* silverFindings(dataset, bronze, table);
  }
  yield* goldFindings(ctx, layers, run, silver);
}

async function* silverFindings(
  dataset: string,
  bronze: Progress,
  table: Progress | undefined,
): AsyncGenerator<AuditFinding> {
  const read = await table?.said("bronze_instant");
  if (read === undefined || read < bronze.instant)
    yield behind(`silver/${dataset}`, `Bronze's commit ${bronze.instant}`, read);
}

async function* goldFindings(
  ctx: AwsContext,
  layers: Layers,
  run: RunTarget,
  silver: Instants,
): AsyncGenerator<AuditFinding> {
  const jobs = await argumentsOf(ctx, layers, run);
  const contents = new ValueSets();
  for (const one of goldTables(layers)) {
    const { table: name, writers } = one;
    const table = await tableAt(ctx, layers.gold, name);
    if (writers.length === 0) {
      if (table) yield withoutJob(`gold/${name}`);
      continue;
    }
    const stale = behindSilver(await table?.said("silver"), silver);
    if (stale) {
      const wanted = stale.wanted === null ? "that there is no table any more" : `Silver's commit ${stale.wanted}`;
      yield behind(`gold/${name}`, `${wanted} of ${stale.dataset}`, stale.read);
    } else if (!table && [...silver.values()].some((instant) => instant !== undefined))
      yield behind(`gold/${name}`, "Silver", null);
    const other = await otherThanWanted(ctx, table, one, jobs.get(writers[0] ?? ""), contents);
    if (other && other.length > 0) yield otherParameters(name, other);
  }
}

const behind = (table: string, wanted: string, read: string | null | undefined): AuditFinding => {
  const upTo = read ? ` (it has read up to ${read})` : "";
  return finding("behind", { key: table }, `It has not taken up ${wanted}${upTo}: a run ended before it came to that`);
};

const otherParameters = (table: string, other: readonly string[]): AuditFinding =>
  finding(
    "other_parameters",
    { key: `gold/${table}` },
    `It was computed with other parameters than its job has now: ${other.join("; ")}`,
  );

const unchecked = (key: string, text: string): AuditFinding => finding("unchecked", { key }, text);

const withoutJob = (table: string): AuditFinding =>
  unchecked(table, "No job of the config writes it, so whether it is behind is not checked");

const unknownTable = (job: string, layer: string): AuditFinding =>
  unchecked(
    `${layer}/?`,
    layer === "gold"
      ? `Which table the job ${job} writes is not told by its \`measure\`, nor by its script, so that table is not checked`
      : `Which table the job ${job} writes is not told by its \`dataset\`, so that table is not checked`,
  );
