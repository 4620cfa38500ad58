import type { AwsContext } from "../../aws/context.ts";
import { isDenied } from "../../services/faults.ts";
import { readHudiTable, type TableRow } from "../hudi/read.ts";
import { isAbsent, OperateProblem } from "../problem.ts";
import { isSmall } from "./suppress.ts";
import { findActive } from "../runs/calls.ts";
import { command, noBucket } from "../next.ts";
import type { MeasureRow } from "./row.ts";
import { isoOf } from "./standing.ts";
import { OWN, type Registry } from "../../lakehouse/registry.ts";
import { CATEGORY, dimensionOf, FACILITY_YEAR, type Stratum, STRATA } from "../../lakehouse/strata.ts";

export { OWN, type Registry } from "../../lakehouse/registry.ts";

interface GoldTarget {
  readonly bucket: string;
  /** Which tables and figures there are: the project's registry. Default: ours. */
  readonly registry?: Registry;
  /** Default: those of the registry. */
  readonly tables?: readonly string[];
}

/** What rows are by: those of today, and the strata that the config asks for. */
export type RowsBy = "overall" | "facility" | "year" | "month" | Stratum;

interface MeasureFilter {
  /** Without it rows by stratum are left out. */
  readonly by?: RowsBy | undefined;
  readonly measure?: string;
  readonly cohort?: string;
  readonly facility?: string;
  readonly period?: string;
  /** Only rows with facility and period `all`. */
  readonly overall?: boolean;
}

export interface Measures {
  /** Those that the filter asks for. */
  readonly rows: readonly MeasureRow[];
  /** All that Gold holds. */
  readonly all: readonly MeasureRow[];
  /** When each table was last written, ISO-8601 UTC. */
  readonly written: Readonly<Record<string, string>>;
  /** Gold tables that are not there: no run has come so far yet. */
  readonly missing: readonly string[];
}

function toMeasure(row: TableRow): MeasureRow {
  const numerator = Number(row["numerator"] ?? 0);
  const denominator = Number(row["denominator"] ?? 0);
  const rate = row["rate"];
  return {
    measure: String(row["measure"]),
    cohort: String(row["cohort"]),
    facility: String(row["facility"]),
    period: String(row["period"]),
    ...(typeof row["stratum"] === "string" ? { stratum: row["stratum"] } : {}),
    numerator,
    denominator,
    rate: typeof rate === "number" && Number.isFinite(rate) ? rate : null,
  };
}

/** Figures that tell how many stays stand behind a rate over days: 19 patient days may be one stay. */
const behindOf = ({ figures, stays }: Registry, measure: string): readonly string[] => {
  const figure = figures.get(measure);
  return figure?.counts[1] === "days" ? [stays, ...figure.bundle.filter((one) => one !== measure)] : [];
};

const cellOf = (measure: string, { cohort, facility, period, stratum = "" }: MeasureRow): string =>
  [measure, cohort, facility, period, stratum].join("\u0000");

/** Whose stays stand behind a row: those at risk of one category are those at risk of all. */
function atRisk({ stratum, ...row }: MeasureRow): MeasureRow {
  return stratum === undefined || dimensionOf(stratum) === CATEGORY ? row : { ...row, stratum };
}

/** Marks rows with a small count in them, or behind them. */
export function marked(rows: readonly MeasureRow[], registry: Registry = OWN): MeasureRow[] {
  const cells = new Map(rows.map((row) => [cellOf(row.measure, row), row]));
  const hasSmall = (row: MeasureRow | undefined): boolean =>
    row !== undefined && (isSmall(row.numerator) || isSmall(row.denominator));
  return rows.map((row) => {
    const behind = behindOf(registry, row.measure).map((measure) => cells.get(cellOf(measure, atRisk(row))));
    return hasSmall(row) || behind.some(hasSmall) ? { ...row, suppressed: true } : row;
  });
}

/** Position in a list, what is not in it last. */
const rank = (list: readonly string[], value: string): number => {
  const at = list.indexOf(value);
  return at < 0 ? list.length : at;
};

type Place = Pick<MeasureRow, "facility" | "period" | "stratum">;

/** What a row is by. */
export function groupingOf({ facility, period, stratum }: Place): RowsBy | undefined {
  if (stratum !== undefined) return STRATA.find((one) => one === dimensionOf(stratum));
  if (period === "all") return facility === "all" ? "overall" : "facility";
  if (facility !== "all") return FACILITY_YEAR;
  return period.length <= 4 ? "year" : "month";
}

const ORDER: readonly (RowsBy | undefined)[] = ["overall", "facility", "year", "month", ...STRATA];

/** The place that a stratum divides: overall, a facility, a year. */
const placeOf = ({ facility, period }: Place): number => ORDER.indexOf(groupingOf({ facility, period }));

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
/** Bands of ages by their ages. */
const padded = (text: string): string => text.replaceAll(/\d+/g, (digits) => digits.padStart(6, "0"));

/** By the registry's order, then overall, facilities, years, months; strata after all that. */
function ordered({ figures, cohorts }: Registry): (a: MeasureRow, b: MeasureRow) => number {
  const measures = [...figures.keys()];
  return (a, b) =>
    rank(measures, a.measure) - rank(measures, b.measure) ||
    compareText(a.measure, b.measure) ||
    rank(cohorts, a.cohort) - rank(cohorts, b.cohort) ||
    compareText(a.cohort, b.cohort) ||
    ORDER.indexOf(groupingOf(a)) - ORDER.indexOf(groupingOf(b)) ||
    placeOf(a) - placeOf(b) ||
    compareText(a.facility, b.facility) ||
    compareText(a.period, b.period) ||
    compareText(padded(a.stratum ?? ""), padded(b.stratum ?? ""));
}

/** Whether a row is one of those that there are without strata. */
const isPlain = (row: Place): boolean => !STRATA.some((one) => one === groupingOf(row)) && row.stratum === undefined;

/** Whether a row is asked for. */
export const wanted =
  (filter: MeasureFilter) =>
  (row: Pick<MeasureRow, "measure" | "cohort"> & Place): boolean =>
    (filter.by === undefined ? isPlain(row) : groupingOf(row) === filter.by) &&
    (filter.measure === undefined || row.measure === filter.measure) &&
    (filter.cohort === undefined || row.cohort === filter.cohort) &&
    (filter.facility === undefined || row.facility === filter.facility) &&
    (filter.period === undefined ||
      row.period === filter.period ||
      (filter.period.length === 4 && row.period.startsWith(`${filter.period}-`))) &&
    (!filter.overall || groupingOf(row) === "overall");

/** A table without strata has no `stratum`. */
const COLUMNS = ["measure", "cohort", "facility", "period", "stratum", "numerator", "denominator", "rate"];

/** Reads the Gold tables from S3, without Spark or Athena. Tables that are not there are named, not an error. */
export async function readMeasures(ctx: AwsContext, gold: GoldTarget, filter: MeasureFilter = {}): Promise<Measures> {
  const { registry = OWN } = gold;
  const tables = gold.tables ?? [...registry.measures.values()].map(({ table }) => table);
  const read = await Promise.all(
    tables.map(async (table) => ({
      table,
      data: await readHudiTable(ctx, `s3://${gold.bucket}/${table}/`, COLUMNS).catch(absentBucket(ctx, gold.bucket)),
    })),
  );
  const all = marked(
    read.flatMap(({ data }) => (data?.rows ?? []).map(toMeasure)),
    registry,
  ).sort(ordered(registry));
  return {
    rows: all.filter(wanted(filter)),
    all,
    written: Object.fromEntries(read.flatMap(({ table, data }) => (data ? [[table, isoOf(data.instant)]] : []))),
    missing: read.filter(({ data }) => !data).map(({ table }) => table),
  };
}

/** For reads of Gold: without its bucket nothing has been applied. */
export const absentBucket =
  (ctx: AwsContext, bucket: string) =>
  (error: unknown): never => {
    if (!isAbsent(error)) throw error;
    throw noBucket(ctx, bucket.split("/")[0] ?? bucket);
  };

/** What to say of Gold tables that are not there yet: whether a run is needed, or one is on that makes them. */
export const missingText = async (ctx: AwsContext, workflow: string, missing: readonly string[]): Promise<string> =>
  `No Gold table yet: ${missing.join(", ")}. ${await madeBy(ctx, workflow)}`;

/** Which run makes what is not there yet. */
export async function madeBy(ctx: AwsContext, workflow: string): Promise<string> {
  const active = workflow === "" ? Promise.resolve(undefined) : findActive(ctx, workflow);
  const on = await active.catch((error: unknown) => {
    // Without a workflow there is no run; who may not look is told of the tables all the same.
    if (error instanceof OperateProblem || isDenied(error)) return undefined;
    throw error;
  });
  return on === undefined
    ? `A run of the workflow makes them: ${command(ctx, "run-workflow")}`
    : `The run ${on} is on and makes them; ${command(ctx, "run-workflow --attach")} follows it.`;
}
