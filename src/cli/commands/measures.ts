import { COHORTS, type MeasureRow, MEASURES, readMeasures } from "../../operate/measures.ts";
import { table } from "../../ui/table.ts";
import type { Run } from "../cli.ts";
import { EXIT, usage } from "../errors.ts";
import { nearest } from "../../config/index.ts";
import { openSession } from "../session.ts";

interface Options {
  measure?: string;
  cohort?: string;
  by?: string;
  facility?: string;
  period?: string;
}

const GROUPINGS = ["overall", "facility", "year", "month"] as const;

const groupingOf = (row: MeasureRow): (typeof GROUPINGS)[number] =>
  row.period === "all" ? (row.facility === "all" ? "overall" : "facility") : row.period.length === 4 ? "year" : "month";

function known(option: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || words.includes(word)) return;
  const guess = nearest(word, words);
  throw usage(
    "usage",
    `unknown ${option} \`${word}\``,
    guess ? `Did you mean \`${guess}\`?` : `Use one of: ${words.join(", ")}.`,
  );
}

const DECIMALS: Record<string, number> = { length_of_stay: 2, length_of_stay_midnights: 2, hai: 2 };
const rateText = (row: MeasureRow): string | null =>
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

/** Reads the Gold tables from S3 and prints one row a measure, cohort and group. */
export const run: Run<Options> = async (cli, options) => {
  known("measure", options.measure, MEASURES);
  known("cohort", options.cohort, COHORTS);
  known("grouping", options.by, GROUPINGS);
  const session = await openSession(cli, options, { readOnly: true });
  const gold = session.outputs.buckets.gold?.name ?? "";
  const { by, measure, cohort, facility, period } = options;
  const found = await readMeasures(session.aws, { bucket: gold }, { measure, cohort, facility, period });
  const rows = by === undefined ? found.rows : found.rows.filter((row) => groupingOf(row) === by);
  for (const row of rows) cli.term.emit(row);
  if (found.missing.length > 0) {
    cli.term.note(
      `No Gold table yet: ${found.missing.join(", ")}. A run of the workflow makes them: metriccare run-workflow --env ${session.env}`,
    );
  }
  if (rows.length === 0 || cli.term.json) return EXIT.ok;
  const columns = [
    { title: "measure" },
    { title: "cohort" },
    { title: "facility" },
    { title: "period" },
    { title: "numerator", align: "right" as const },
    { title: "denominator", align: "right" as const },
    { title: "rate", align: "right" as const },
    { title: "of" },
    { title: "note" },
  ];
  const cells = rows.map((row) => [
    row.measure,
    row.cohort,
    row.facility,
    row.period,
    row.numerator,
    row.denominator,
    rateText(row),
    UNIT[row.measure],
    row.suppressed ? "suppressed" : null,
  ]);
  for (const line of table(columns, cells)) cli.term.line(line);
  cli.term.line(
    "Crude, not risk-adjusted, not a CMS result. Do not publish rows marked suppressed (counts of 1 to 10).",
  );
  return EXIT.ok;
};
