import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Registry } from "../lakehouse/registry.ts";
import { bundleOf, measureReports, type ReportedBy } from "../operate/measures/measure-report.ts";
import { parquetOf } from "../operate/measures/parquet.ts";
import type { PublishedRow } from "../operate/measures/publishable.ts";
import { csvLines } from "../ui/csv.ts";
import type { Cli } from "./cli.ts";
import { usage } from "./errors.ts";

interface Output {
  readonly format?: "table" | "csv" | "json" | "parquet" | "measure-report" | undefined;
  readonly out?: string | undefined;
}

/** What the rows mean, for the formats that say it. */
interface Meant {
  readonly registry: Registry;
  readonly standing: ReportedBy;
  /** The rows as text for people. */
  lines(): readonly string[];
}

/** What cannot be together is told before anything is asked of AWS. */
export function checkOutput(cli: Cli, { format, out }: Output): void {
  if (format === "parquet" && out === undefined)
    throw usage("usage", "Parquet is no text", "Say where the file goes: --format parquet --out measures.parquet.");
  const text = format === "table" || format === "csv" || format === "parquet";
  if (cli.term.json && text && out === undefined)
    throw usage(
      "usage",
      `--json and --format ${format} exclude each other`,
      "Leave one of the two away, or add --out.",
    );
}

const COLUMNS = ["measure", "cohort", "facility", "period", "numerator", "denominator", "rate", "suppressed"];

async function contentOf(
  rows: readonly PublishedRow[],
  { format, out = "" }: Output,
  meant: Meant,
): Promise<string | Uint8Array> {
  if (format === "parquet") return parquetOf(rows, COLUMNS);
  if (format === "measure-report") return reportText(rows, meant, /\.ndjson$/i.test(out));
  if (format === "csv") return ended(csvLines(rows).join("\r\n"), "\r\n");
  if (format === "json") return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  return ended(meant.lines().join("\n"), "\n");
}

const ended = (text: string, end: string): string => (text === "" ? "" : text + end);

function reportText(rows: readonly PublishedRow[], { registry, standing }: Meant, lines: boolean): string {
  const reports = measureReports(rows, registry, standing);
  return lines
    ? reports.map((report) => `${JSON.stringify(report)}\n`).join("")
    : `${JSON.stringify(bundleOf(reports), null, 2)}\n`;
}

/** Writes the rows: to a file, or to the terminal in the format that is asked for. */
export async function writeMeasures(
  cli: Cli,
  rows: readonly PublishedRow[],
  output: Output,
  meant: Meant,
): Promise<void> {
  const { format, out } = output;
  if (out !== undefined) {
    writeFileSync(resolve(cli.cwd, out), await contentOf(rows, output, meant));
    cli.term.note(`${rows.length} rows written to ${out}.`);
    cli.term.emit({ out, format: format ?? "table", rows: rows.length });
    return;
  }
  if (format === "measure-report") {
    const bundle = bundleOf(measureReports(rows, meant.registry, meant.standing));
    cli.term.emit(bundle);
    if (!cli.term.json) cli.term.block(JSON.stringify(bundle, null, 2));
    return;
  }
  for (const row of rows) cli.term.emit(row);
  if (rows.length === 0 || cli.term.json) return;
  const lines =
    format === "json" ? rows.map((row) => JSON.stringify(row)) : format === "csv" ? csvLines(rows) : meant.lines();
  for (const line of lines) cli.term.line(line);
}
