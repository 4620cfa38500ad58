import type { AwsContext } from "../../aws/context.ts";
import { type AuditFinding, finding } from "./events.ts";
import { differences, parametersOf, ValueSets, wantedOf } from "./parameters.ts";
import { DATASETS } from "./tables.ts";
import { isRunOn } from "../runs/graph.ts";
import { type Progress, progressOf } from "../hudi/progress.ts";
import { OWN, type Registry } from "../../lakehouse/registry.ts";
import { isAbsent } from "../problem.ts";
import { lastRun } from "../runs/calls.ts";
import type { RunTarget } from "../runs/events.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { glueClient } from "../../services/glue/client.ts";

/** What a job writes, whatever it is called; `table` is undefined where neither config nor script says it. */
interface WrittenTable {
  readonly layer: "bronze" | "silver" | "gold";
  readonly table: string | undefined;
}

export interface Layers {
  readonly bronze: string;
  readonly silver: string;
  readonly gold: string;
  /** What each job of the config writes, by the job's key. */
  readonly tables: Readonly<Record<string, WrittenTable>>;
  /** Which Gold tables there are. Default: ours. */
  readonly registry?: Registry;
}

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

type Instants = ReadonlyMap<string, string | undefined>;

async function* goldFindings(
  ctx: AwsContext,
  layers: Layers,
  run: RunTarget,
  silver: Instants,
): AsyncGenerator<AuditFinding> {
  const jobs = await argumentsOf(ctx, layers, run);
  const contents = new ValueSets();
  for (const measure of (layers.registry ?? OWN).measures.values()) {
    const name = measure.table;
    const writers = writersOf(layers, "gold", name);
    const table = await tableAt(ctx, layers.gold, name);
    if (writers.length === 0) {
      if (table) yield withoutJob(`gold/${name}`);
      continue;
    }
    const stale = staleOf(await table?.said("silver"), silver);
    if (stale) yield behind(`gold/${name}`, `Silver's commit ${stale.wanted} of ${stale.dataset}`, stale.read);
    else if (!table && [...silver.values()].some((instant) => instant !== undefined))
      yield behind(`gold/${name}`, "Silver", null);
    const args = jobs.get(writers[0] ?? "");
    const said = parametersOf(await table?.said("parameters"));
    if (!args || !said) continue;
    const other = differences(said, await wantedOf(ctx, args, measure, contents), ctx.clock.now());
    if (other.length > 0) yield otherParameters(name, other);
  }
}

const writersOf = ({ tables }: Layers, layer: string, table: string): string[] =>
  Object.entries(tables).flatMap(([job, one]) => (one.layer === layer && one.table === table ? [job] : []));

/** Arguments of the Gold jobs as they are in AWS, by key: a config that is not applied yet counts from the apply on. */
async function argumentsOf(
  ctx: AwsContext,
  { tables }: Layers,
  { jobs }: RunTarget,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const gold = Object.entries(jobs).filter(([key]) => tables[key]?.layer === "gold");
  const found = new Map<string, Readonly<Record<string, string>>>();
  // One call takes 25 names.
  for (let at = 0; at < gold.length; at += 25) {
    const part = gold.slice(at, at + 25);
    const answer = await (await ctx.clients.of(glueClient)).batchGetJobs({ JobNames: part.map(([, name]) => name) });
    for (const [key, name] of part) {
      const job = answer.Jobs?.find((one) => one.Name === name);
      if (job) found.set(key, { ...job.DefaultArguments, ...job.NonOverridableArguments });
    }
  }
  return found;
}

interface Stale {
  readonly dataset: string;
  readonly wanted: string;
  readonly read: string | null;
}

/** The first dataset of which a Gold table has not the newest Silver commit. */
function staleOf(basis: string | undefined, silver: Instants): Stale | undefined {
  return Object.entries(instantsOf(basis))
    .filter(([dataset]) => silver.has(dataset))
    .filter(([dataset, instant]) => instant !== (silver.get(dataset) ?? null))
    .map(([dataset, read]) => ({ dataset, read, wanted: silver.get(dataset) ?? "none" }))[0];
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
