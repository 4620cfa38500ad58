import type { PublishedRow } from "../measures/publishable.ts";

/** What figures stand on: the parameters and the run that computed them, as their rows say. */
export interface Stand {
  readonly measures: readonly string[];
  readonly as_of: string | null;
  readonly time_zone: string | null;
  readonly computed_at: string | null;
  readonly rules: string | null;
  readonly run_id: string | null;
  /** Why they are no longer what the applied config and Silver would give; empty where they are. */
  readonly stale: readonly string[];
}

const wordOf = (value: unknown): string | null =>
  typeof value === "string" || typeof value === "number" ? String(value) : null;

/** A word, several of them, or that it is so. */
function staleOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === "string" && value !== "") return [value];
  return value === true ? ["other parameters, or an older Silver, than the applied config's"] : [];
}

/** Rows of tables that say nothing of it (of older jobs) have no such keys. */
const said = (row: PublishedRow): Omit<Stand, "measures"> => {
  const of: Readonly<Record<string, unknown>> = { ...row };
  return {
    as_of: wordOf(of["as_of"]),
    time_zone: wordOf(of["time_zone"]),
    computed_at: wordOf(of["computed_at"]),
    rules: wordOf(of["rules"]),
    run_id: wordOf(of["run_id"]),
    stale: staleOf(of["stale"]),
  };
};

/** What the figures stand on, those together that stand on the same. */
export function standsOf(rows: readonly PublishedRow[]): Stand[] {
  const found = new Map<string, { readonly one: Omit<Stand, "measures">; readonly measures: Set<string> }>();
  for (const row of rows) {
    const one = said(row);
    // Gold jobs end one after another: that alone makes no other basis.
    const key = JSON.stringify({ ...one, computed_at: null });
    const before = found.get(key);
    if (before) before.measures.add(row.measure);
    else found.set(key, { one, measures: new Set([row.measure]) });
  }
  return [...found.values()].map(({ one, measures }) => ({ measures: [...measures], ...one }));
}
