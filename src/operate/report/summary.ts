import { valueOf, type ReportModel } from "./model.ts";
import type { Stand } from "./stand.ts";

/** What a page holds, in a few words for a program. */
export interface ReportSummary {
  readonly file: string;
  readonly bytes: number;
  readonly publishable: boolean;
  readonly made_at: string;
  readonly stands: readonly Stand[];
  /** How many of each are on it. */
  readonly figures: number;
  readonly rows: number;
  readonly suppressed: number;
  readonly facilities: number;
  readonly accounting:
    | readonly { readonly measure: string; readonly total: number; readonly rules: Readonly<Record<string, number>> }[]
    | null;
  readonly runs: number;
  readonly last_verdict: string | null;
  /** Gold tables that are not there. */
  readonly missing: readonly string[];
  readonly unread: Readonly<Record<string, string>>;
}

const PARTS = ["accounting", "runs", "last", "ledger", "undelivered", "layers"] as const;

/** The summary of a page that was written. */
export function summaryOf(model: ReportModel, file: string, bytes: number): ReportSummary {
  const rows = model.figures.flatMap((figure) => figure.rows);
  const unread = PARTS.flatMap((name) => {
    const part = model[name];
    return "missing" in part ? [[name, part.missing] as const] : [];
  });
  return {
    file,
    bytes,
    publishable: model.head.publishable,
    made_at: model.head.made_at,
    stands: model.stands,
    figures: model.figures.length,
    rows: rows.length,
    suppressed: rows.filter(({ suppressed }) => suppressed).length,
    facilities: new Set(rows.flatMap(({ grouping, facility }) => (grouping === "facility" ? [facility] : []))).size,
    accounting:
      valueOf(model.accounting)?.map(({ id, total, rules }) => ({
        measure: id,
        total,
        rules: Object.fromEntries(rules.map(({ rule, count }) => [rule, count])),
      })) ?? null,
    runs: valueOf(model.runs)?.length ?? 0,
    last_verdict: valueOf(model.last)?.verdict ?? null,
    missing: model.missing,
    unread: Object.fromEntries(unread),
  };
}
