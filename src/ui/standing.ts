import type { Standing } from "../operate/measures/standing.ts";

/** A hash is told apart by its beginning. */
const short = (hash: string): string => hash.slice(0, 12);

function basis({ as_of, time_zone, computed_at, run_id, rules, value_set }: Standing): string {
  return [
    `As of ${as_of ?? "an unknown day"} (${time_zone ?? "time zone unknown"})`,
    `computed at ${computed_at}${run_id === null ? "" : ` by run ${run_id}`}`,
    `rules ${rules ?? "unknown"}`,
    ...(value_set === null ? [] : [`value set ${short(value_set)}`]),
  ].join(", ");
}

const grouped = (pairs: readonly (readonly [string, string])[]): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const [table, text] of pairs) found.set(text, [...(found.get(text) ?? []), table]);
  return found;
};

/** What the tables stand on, one line for those that say the same; then which of them are stale, and why. */
export function standingLines(all: ReadonlyMap<string, Standing>): string[] {
  const said = grouped([...all].map(([table, one]) => [table, basis(one)] as const));
  return [...said].map(([text, tables]) => `${text}: ${tables.join(", ")}`).concat(staleLines(all));
}

/** One line for each reason; nothing where all of them are fresh. */
export function staleLines(all: ReadonlyMap<string, Standing>): string[] {
  const reasons = grouped(
    [...all].flatMap(([table, { stale, because }]) =>
      because.map((why) => [table, `${stale === null ? "May be stale" : "Stale"}: %: ${why}`] as const),
    ),
  );
  return [...reasons].map(([text, tables]) => text.replace("%", tables.join(", ")));
}
