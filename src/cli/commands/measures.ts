import { COHORTS, type MeasureRow, MEASURES, readMeasures } from "../../operate/measures.ts";
import { measureLines } from "../../ui/measures.ts";
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
  for (const line of measureLines(rows)) cli.term.line(line);
  return EXIT.ok;
};
