import type { AwsContext } from "../../aws/context.ts";
import { isDenied } from "../../services/faults.ts";
import { glueClient } from "../../services/glue/client.ts";
import { type Progress, progressOf } from "../hudi/progress.ts";
import { isAbsent } from "../problem.ts";
import type { RunTarget } from "../runs/events.ts";
import { OWN, type Measure, type Registry } from "../../lakehouse/registry.ts";
import type { RowBasis } from "./row.ts";
import { differences, parametersOf, ValueSets, wantedOf } from "./parameters.ts";

/** What a job writes, whatever it is called; `table` is undefined where neither config nor script says it. */
interface WrittenTable {
  readonly layer: "bronze" | "silver" | "gold";
  readonly table: string | undefined;
}

/** Where the tables of the layers are, and which job of the config writes which, by the job's key. */
export interface Layers {
  readonly bronze: string;
  readonly silver: string;
  readonly gold: string;
  readonly tables: Readonly<Record<string, WrittenTable>>;
  /** Which Gold tables there are. Default: ours. */
  readonly registry?: Registry;
}

/** A Gold table, the job that writes it, and whether the value set is among its parameters. */
export interface GoldTable extends Pick<Measure, "table" | "valueSet"> {
  /** Keys of the jobs that write it. */
  readonly writers: readonly string[];
}

/** The Gold tables that the registry knows: one a measure, and the accounting, which the job that counts stays writes. */
export function goldTables(layers: Layers): GoldTable[] {
  const { measures, accounting, stays } = layers.registry ?? OWN;
  const known = [...measures.values()].map(({ table, valueSet }) => ({
    table,
    valueSet,
    writers: writersOf(layers, "gold", table),
  }));
  const keeper = [...measures.values()].find(({ figures }) => Object.hasOwn(figures, stays));
  if (!accounting || !keeper) return known;
  return [...known, { table: accounting.table, valueSet: true, writers: writersOf(layers, "gold", keeper.table) }];
}

/** The jobs of the config that write a table. */
export const writersOf = ({ tables }: Layers, layer: string, table: string): string[] =>
  Object.entries(tables).flatMap(([job, one]) => (one.layer === layer && one.table === table ? [job] : []));

/** Newest commits of Silver's tables by dataset; undefined: not there. */
export type Instants = ReadonlyMap<string, string | undefined>;

type Arguments = Readonly<Record<string, string>>;

/** Arguments of the Gold jobs as they are in AWS, by key: a config that is not applied yet counts from the apply on. */
export async function argumentsOf(
  ctx: AwsContext,
  { tables }: Layers,
  { jobs }: RunTarget,
): Promise<ReadonlyMap<string, Arguments>> {
  const gold = Object.entries(jobs).filter(([key]) => tables[key]?.layer === "gold");
  const found = new Map<string, Arguments>();
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

interface Behind {
  readonly dataset: string;
  /** Null: Silver's table is gone. */
  readonly wanted: string | null;
  readonly read: string | null;
}

/** The first dataset of which a Gold table has not the newest Silver commit. */
export function behindSilver(basis: string | undefined, silver: Instants): Behind | undefined {
  return Object.entries(instantsOf(basis))
    .filter(([dataset]) => silver.has(dataset))
    .filter(([dataset, instant]) => instant !== (silver.get(dataset) ?? null))
    .map(([dataset, read]) => ({ dataset, read, wanted: silver.get(dataset) ?? null }))[0];
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

/** A layer whose bucket is not there has no table. */
export async function tableAt(ctx: AwsContext, bucket: string, name: string): ReturnType<typeof progressOf> {
  try {
    return await progressOf(ctx, `s3://${bucket}/${name}/`);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** What else a table's parameters are than its job has now, in words; undefined where one of the two is not known. */
export async function otherThanWanted(
  ctx: AwsContext,
  table: Progress | undefined,
  { valueSet }: Pick<Measure, "valueSet">,
  args: Arguments | undefined,
  contents: ValueSets,
): Promise<string[] | undefined> {
  const said = parametersOf(await table?.said("parameters"));
  if (!args || !said) return undefined;
  return differences(said, await wantedOf(ctx, args, { valueSet }, contents), ctx.clock.now());
}

/** What a table stands on; why it is stale, or why that cannot be told. */
export interface Standing extends Omit<RowBasis, "stale_because"> {
  readonly because: readonly string[];
}

/** `20240501101530123` as ISO-8601. Hudi's instants are UTC where the writer's clock zone is, as on Glue. */
export const isoOf = (instant: string): string =>
  `${instant.slice(0, 4)}-${instant.slice(4, 6)}-${instant.slice(6, 8)}T${instant.slice(8, 10)}:${instant.slice(10, 12)}:${instant.slice(12, 14)}Z`;

/** What each Gold table that is there stands on, by table. */
export async function standings(
  ctx: AwsContext,
  layers: Layers,
  run: Pick<RunTarget, "jobs"> & Partial<RunTarget>,
): Promise<ReadonlyMap<string, Standing>> {
  const applied = await seen(() => appliedOf(ctx, layers, { workflow: "", ...run }));
  const contents = new ValueSets();
  const found = await Promise.all(
    goldTables(layers).map(async (one): Promise<[string, Standing][]> => {
      const table = await tableAt(ctx, layers.gold, one.table);
      if (!table) return [];
      const why = await seen(() => staleBecause(ctx, table, one, applied, contents));
      return [[one.table, { ...(await basisOf(table)), ...(why ?? unknown(DENIED)) }]];
    }),
  );
  return new Map(found.flat());
}

/** What the commit of the kept stays says. */
interface KeptBasis {
  readonly instant: string;
  readonly silver: Readonly<Record<string, string | null>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rules: string;
}

/** The same of what the jobs keep of stays; it is stale when their keeper would keep something else now. */
export async function standingOfKept(
  ctx: AwsContext,
  layers: Layers,
  run: Pick<RunTarget, "jobs"> & Partial<RunTarget>,
  { instant, rules, ...kept }: KeptBasis,
): Promise<Standing> {
  const { measures, stays } = layers.registry ?? OWN;
  const keeper = [...measures.values()].find(({ figures }) => Object.hasOwn(figures, stays));
  const table: Progress = {
    instant,
    said: async (name) =>
      name === "rules" ? rules : name === "silver" || name === "parameters" ? JSON.stringify(kept[name]) : undefined,
  };
  const applied = await seen(() => appliedOf(ctx, layers, { workflow: "", ...run }));
  const writers = keeper ? writersOf(layers, "gold", keeper.table) : [];
  const one = { table: "stays", valueSet: true, writers };
  const why = await seen(() => staleBecause(ctx, table, one, applied, new ValueSets()));
  return { ...(await basisOf(table)), ...(why ?? unknown(DENIED)) };
}

/** Gold tables of another Silver, or of other parameters, than this; those that may not be read are not among them. */
export async function elsewhere(ctx: AwsContext, layers: Layers, kept: KeptBasis): Promise<string[]> {
  const parameters = parametersOf(JSON.stringify(kept.parameters)) ?? {};
  const found = await Promise.all(
    [...(layers.registry ?? OWN).measures.values()].map(async ({ table: name }) => {
      const table = await seen(() => tableAt(ctx, layers.gold, name));
      const silver = Object.entries(instantsOf(await table?.said("silver")));
      const other = Object.entries(parametersOf(await table?.said("parameters")) ?? {});
      const same =
        silver.every(
          ([dataset, instant]) => !Object.hasOwn(kept.silver, dataset) || kept.silver[dataset] === instant,
        ) && other.every(([key, value]) => parameters[key] === undefined || parameters[key] === value);
      return same ? [] : [name];
    }),
  );
  return found.flat();
}

interface Applied {
  readonly jobs: ReadonlyMap<string, Arguments>;
  readonly silver: Instants;
}

async function appliedOf(ctx: AwsContext, layers: Layers, run: RunTarget): Promise<Applied> {
  const datasets = Object.keys((layers.registry ?? OWN).datasets);
  const [jobs, ...silver] = await Promise.all([
    argumentsOf(ctx, layers, run),
    ...datasets.map(async (name) => [name, (await tableAt(ctx, layers.silver, name))?.instant] as const),
  ]);
  return { jobs, silver: new Map(silver) };
}

/** Undefined where whoever asks may not look. */
async function seen<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

const DENIED = "the jobs' arguments or Silver's commits may not be read";

type Verdict = Pick<Standing, "stale" | "because">;

const unknown = (because: string): Verdict => ({ stale: null, because: [because] });

async function staleBecause(
  ctx: AwsContext,
  table: Progress,
  one: GoldTable,
  applied: Applied | undefined,
  contents: ValueSets,
): Promise<Verdict | undefined> {
  if (!applied) return undefined;
  const read = await table.said("silver");
  const behind = behindSilver(read, applied.silver);
  const args = applied.jobs.get(one.writers[0] ?? "");
  const other = await otherThanWanted(ctx, table, one, args, contents);
  const because = [...(other ?? []), ...(behind ? [behindText(behind)] : [])];
  if (because.length > 0) return { stale: true, because };
  if (args === undefined)
    return unknown(one.writers.length === 0 ? "no job of the config writes it" : "its job is not in AWS");
  if (other === undefined) return unknown("its commits do not say what it was computed with");
  return read === undefined ? unknown("its commits do not say which of Silver it has read") : { stale: false, because };
}

const behindText = ({ dataset, wanted }: Behind): string =>
  wanted === null
    ? `Silver's ${dataset}, which it was computed from, is not there any more`
    : `Silver's ${dataset} has a commit of ${isoOf(wanted)} that is not taken up`;

async function basisOf(table: Progress): Promise<Omit<Standing, "stale" | "because">> {
  const said = parametersOf(await table.said("parameters")) ?? {};
  return {
    as_of: said["as_of"] ?? null,
    time_zone: said["time_zone"] ?? null,
    computed_at: (await table.said("computed_at")) ?? isoOf(table.instant),
    rules: (await table.said("rules")) ?? null,
    value_set: said["hai_value_set"] ?? null,
    run_id: (await table.said("run_id")) || null,
  };
}
