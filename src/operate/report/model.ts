import type { Registry } from "../../lakehouse/registry.ts";
import type { AuditFinding } from "../audit/events.ts";
import type { recordsOf } from "../ledger/stats.ts";
import type { Measures } from "../measures/read.ts";
import type { Standing } from "../measures/standing.ts";
import { type PublishedRow, publishable } from "../measures/publishable.ts";
import type { RunDetail, RunRow } from "../runs/history.ts";
import { type AccountLine, type Block, blocksOf, publicBlocks } from "./accounting.ts";
import { type FigureKind, type Interval, intervalOf, kindOf } from "./interval.ts";
import { type CheckResult, publicChecks } from "./checks.ts";
import type { ReportPart } from "./part.ts";
import { type Stand, standsOf } from "./stand.ts";

export type { ReportPart } from "./part.ts";

export const valueOf = <T>(part: ReportPart<T>): T | undefined => ("value" in part ? part.value : undefined);

/** The ledger in counts: no key of a file, because keys may name patients. */
export interface LedgerCounts {
  readonly files: number;
  readonly bytes: number;
  readonly records: ReturnType<typeof recordsOf>;
  readonly by_status: Readonly<Record<string, number>>;
  readonly by_dataset: Readonly<Record<string, number>>;
  readonly oldest_pending: string | null;
  /** Failed files by the word that their error begins with. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What the environment's tables, ledger and runs say, as it was read. */
export interface ReportData {
  readonly measures: Measures;
  readonly accounting: ReportPart<readonly AccountLine[]>;
  readonly runs: ReportPart<readonly RunRow[]>;
  readonly last: ReportPart<RunDetail>;
  readonly ledger: ReportPart<LedgerCounts>;
  /** Messages of files that are not in the ledger yet. */
  readonly undelivered: ReportPart<number>;
  /** Silver and Gold against what is below them. */
  readonly layers: ReportPart<readonly AuditFinding[]>;
  /** What each Gold table was computed with, and whether it is stale. */
  readonly standing: ReportPart<ReadonlyMap<string, Standing>>;
  readonly checks: readonly CheckResult[];
}

export type Grouping = "overall" | "facility" | "year" | "month" | "other";

/** A row with what follows from it. */
export interface ReportRow extends PublishedRow {
  readonly grouping: Grouping;
  readonly interval: Interval | undefined;
}

/** One figure with all of its rows. */
export interface FigurePart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly factor: number;
  readonly decimals: number;
  readonly kind: FigureKind;
  /** The measure that it is a part of, and the rules that define it. */
  readonly measure: { readonly id: string; readonly title: string; readonly rules: readonly string[] };
  readonly rows: readonly ReportRow[];
}

/** Where and when, and how. */
export interface ReportHead {
  readonly project: string;
  readonly env: string;
  readonly account: string;
  readonly region: string;
  readonly made_at: string;
  readonly publishable: boolean;
  /** Nothing is billed here. */
  readonly free: boolean;
}

/** Everything that the page says. */
export interface ReportModel extends Omit<ReportData, "measures" | "accounting" | "standing"> {
  readonly head: ReportHead;
  readonly stands: readonly Stand[];
  /** When each Gold table was last written. */
  readonly written: Readonly<Record<string, string>>;
  /** Gold tables that are not there. */
  readonly missing: readonly string[];
  readonly cohorts: readonly string[];
  readonly figures: readonly FigurePart[];
  readonly accounting: ReportPart<readonly Block[]>;
}

const groupingOf = ({ facility, period, stratum }: PublishedRow): Grouping => {
  if (stratum !== undefined) return "other";
  if (facility !== "all") return period === "all" ? "facility" : "other";
  if (period === "all") return "overall";
  return /^\d{4}$/.test(period) ? "year" : /^\d{4}-\d\d$/.test(period) ? "month" : "other";
};

function figureOf(id: string, rows: readonly PublishedRow[], registry: Registry): FigurePart {
  const figure = registry.figures.get(id);
  const measure = [...registry.measures.values()].find((one) => Object.hasOwn(one.figures, id));
  return {
    id,
    title: figure?.title ?? id,
    unit: figure?.unit ?? "",
    factor: figure?.factor ?? 1,
    decimals: figure?.decimals ?? 4,
    kind: kindOf(figure),
    measure: { id: measure?.id ?? id, title: measure?.title ?? id, rules: measure?.rules ?? [] },
    rows: rows.map((row) => ({
      ...row,
      grouping: groupingOf(row),
      interval: intervalOf(figure, row.numerator, row.denominator),
    })),
  };
}

/** Figures in the registry's order (the rows are in it), those without any row left out. */
const figuresOf = (rows: readonly PublishedRow[], registry: Registry): FigurePart[] =>
  [...new Set(rows.map(({ measure }) => measure))].map((id) =>
    figureOf(
      id,
      rows.filter(({ measure }) => measure === id),
      registry,
    ),
  );

const accountingOf = (
  found: ReportData,
  rows: readonly PublishedRow[],
  head: ReportHead,
): ReportPart<readonly Block[]> => {
  if ("missing" in found.accounting) return found.accounting;
  const blocks = blocksOf(found.accounting.value);
  if (!head.publishable) return { value: blocks };
  const shown = publicBlocks(blocks, rows);
  return shown.length > 0 || blocks.length === 0
    ? { value: shown }
    : { missing: "It is not published: figures that are blank here could be computed from it." };
};

/** The page's contents. With `publishable` nothing of a blank row is in them: neither its numbers nor what they follow from. */
export function modelOf(head: ReportHead, found: ReportData, registry: Registry): ReportModel {
  const { measures, accounting: _, standing: __, ...rest } = found;
  const rows: readonly PublishedRow[] = head.publishable ? publishable(measures.all, registry) : measures.all;
  return {
    ...rest,
    checks: head.publishable ? publicChecks(found.checks) : found.checks,
    head,
    stands: standsOf(found.standing, measures.written, registry),
    written: measures.written,
    missing: measures.missing,
    cohorts: registry.cohorts.filter((one) => rows.some(({ cohort }) => cohort === one)),
    figures: figuresOf(rows, registry),
    accounting: accountingOf(found, rows, head),
  };
}
