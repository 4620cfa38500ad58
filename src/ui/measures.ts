import { OWN } from "../operate/measures/read.ts";
import type { PublishedRow } from "../operate/measures/publishable.ts";
import type { Registry } from "../operate/measures/read.ts";
import { table } from "./table.ts";

/** Titles, units and decimals of the figures. */
type Named = Pick<Registry, "figures" | "stays">;
type Figures = Registry["figures"];

const rateText = (row: PublishedRow, figures: Figures): string | null =>
  row.rate === null ? null : row.rate.toFixed(figures.get(row.measure)?.decimals ?? 4);

const FIRST = [{ title: "measure" }, { title: "cohort" }, { title: "facility" }, { title: "period" }];
const COUNTS = [
  { title: "count", align: "right" as const },
  { title: "rate", align: "right" as const },
  { title: "of" },
  { title: "note" },
];

/** The rows as a table, and what everybody must know who reads it. */
export function measureLines(rows: readonly PublishedRow[], { figures, stays }: Named = OWN): string[] {
  const divided = rows.some(({ stratum }) => stratum !== undefined);
  const cells = rows.map((row) => [
    row.measure,
    row.cohort,
    row.facility,
    row.period,
    ...(divided ? [row.stratum ?? null] : []),
    row.numerator === null ? null : `${row.numerator}/${row.denominator}`,
    rateText(row, figures),
    figures.get(row.measure)?.unit,
    row.suppressed ? "suppressed" : null,
  ]);
  return [
    ...table([...FIRST, ...(divided ? [{ title: "stratum" }] : []), ...COUNTS], cells),
    ...headline(rows, { figures, stays }),
    rows.some((row) => row.numerator === null)
      ? "Crude, not risk-adjusted, not a CMS result. Blank rows hold a count of 1 to 10, or one could be computed from them."
      : "Crude, not risk-adjusted, not a CMS result. Do not publish rows marked suppressed (counts of 1 to 10).",
  ];
}

/** The overall figures of all patients in one sentence, where the rows hold them: of those that go together, the first. */
function headline(rows: readonly PublishedRow[], { figures, stays }: Named): string[] {
  const overall = new Map(
    rows
      .filter(({ cohort, facility, period, stratum }) =>
        [cohort, facility, period, stratum ?? "all"].every((one) => one === "all"),
      )
      .map((row) => [row.measure, row]),
  );
  const told = (row: PublishedRow, text: string): string => (row.suppressed ? `${text} (suppressed)` : text);
  const leading = [...figures.values()].filter(({ id, bundle }) => bundle[0] === id);
  const parts = leading.flatMap(({ id, title }) => {
    const row = overall.get(id);
    if (!row || row.numerator === null) return [];
    const counts = `${row.numerator}/${row.denominator}`;
    return [
      told(row, id === stays ? `discharges ${row.denominator}, ${title} ${row.numerator}` : `${title} ${counts}`),
    ];
  });
  return parts.length > 1 ? [`All patients: ${parts.join(", ")}.`] : [];
}
