import type { Registry } from "../../lakehouse/registry.ts";
import type { Standing } from "../measures/standing.ts";
import type { ReportPart } from "./part.ts";

/** What the figures of a table stand on: what they were computed with, and by which run, as its newest commit says. */
export interface Stand extends Omit<Standing, "value_set" | "stale" | "because"> {
  readonly table: string;
  readonly measures: readonly string[];
  /** Why they are no longer what the applied config and Silver would give; empty where they are, null where nobody can tell. */
  readonly stale: readonly string[] | null;
  /** Why it cannot be told, where it cannot. */
  readonly untold: string | null;
}

const UNSAID = { as_of: null, time_zone: null, rules: null, run_id: null } as const;

/** What each table that is there stands on, with the figures that are shown of it. */
export function standsOf(
  read: ReportPart<ReadonlyMap<string, Standing>>,
  written: Readonly<Record<string, string>>,
  { measures }: Registry,
): Stand[] {
  return [...measures.values()].flatMap(({ table, figures }) => {
    const found = "value" in read ? read.value.get(table) : undefined;
    const computed_at = found?.computed_at ?? written[table] ?? null;
    if (!found && computed_at === null) return [];
    const of = { table, measures: Object.keys(figures) };
    if (!found) {
      const untold = "missing" in read ? read.missing : "It was not there when it was looked for.";
      return { ...of, ...UNSAID, computed_at, stale: null, untold };
    }
    const { as_of, time_zone, rules, run_id, stale, because } = found;
    const told = stale === null ? { stale, untold: because.join("; ") } : { stale: because, untold: null };
    return { ...of, as_of, time_zone, computed_at, rules, run_id, ...told };
  });
}
