import type { PublishedRow } from "../operate/measures/publishable.ts";
import { table } from "./table.ts";

const DECIMALS: Record<string, number> = { length_of_stay: 2, length_of_stay_midnights: 2, hai: 2 };
const rateText = (row: PublishedRow): string | null =>
  row.rate === null ? null : row.rate.toFixed(DECIMALS[row.measure] ?? 4);

/** What a rate counts, in words: numerator over denominator. */
const UNIT: Record<string, string> = {
  readmission_30d: "stays readmitted / index stays",
  mortality_in_hospital: "deaths / discharges",
  mortality_30d: "deaths / admissions",
  hai: "events / patient days, per 1,000",
  hai_stays: "stays with an event / stays at risk",
  length_of_stay: "days / discharges",
  length_of_stay_midnights: "midnights / discharges",
};

const COLUMNS = [
  { title: "measure" },
  { title: "cohort" },
  { title: "facility" },
  { title: "period" },
  { title: "count", align: "right" as const },
  { title: "rate", align: "right" as const },
  { title: "of" },
  { title: "note" },
];

/** The rows as a table, and what everybody must know who reads it. */
export function measureLines(rows: readonly PublishedRow[]): string[] {
  const cells = rows.map((row) => [
    row.measure,
    row.cohort,
    row.facility,
    row.period,
    row.numerator === null ? null : `${row.numerator}/${row.denominator}`,
    rateText(row),
    UNIT[row.measure],
    row.suppressed ? "suppressed" : null,
  ]);
  return [
    ...table(COLUMNS, cells),
    ...headline(rows),
    rows.some((row) => row.numerator === null)
      ? "Crude, not risk-adjusted, not a CMS result. Blank rows hold a count of 1 to 10, or one could be computed from them."
      : "Crude, not risk-adjusted, not a CMS result. Do not publish rows marked suppressed (counts of 1 to 10).",
  ];
}

/** The overall figures of all patients in one sentence, where the rows hold them. */
function headline(rows: readonly PublishedRow[]): string[] {
  const overall = new Map(
    rows
      .filter((row) => row.cohort === "all" && row.facility === "all" && row.period === "all")
      .map((row) => [row.measure, row]),
  );
  const told = (row: PublishedRow, text: string): string => (row.suppressed ? `${text} (suppressed)` : text);
  const part = (measure: string, words: string): string[] => {
    const row = overall.get(measure);
    return row && row.numerator !== null ? [told(row, `${words} ${row.numerator}/${row.denominator}`)] : [];
  };
  const stays = overall.get("length_of_stay");
  const parts = [
    ...part("readmission_30d", "readmission"),
    ...part("mortality_in_hospital", "in-hospital death"),
    ...part("mortality_30d", "30-day death"),
    ...part("hai", "HAI"),
    ...(stays && stays.numerator !== null
      ? [told(stays, `discharges ${stays.denominator}, days ${stays.numerator}`)]
      : []),
  ];
  return parts.length > 1 ? [`All patients: ${parts.join(", ")}.`] : [];
}
