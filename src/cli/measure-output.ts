import type { Registry } from "../lakehouse/registry.ts";
import { isStratum } from "../lakehouse/strata.ts";
import { bundleOf, measureReports, type ReportedBy } from "../operate/measures/measure-report.ts";
import { parquetOf } from "../operate/measures/parquet.ts";
import type { PublishedRow } from "../operate/measures/publishable.ts";
import type { RowsBy } from "../operate/measures/read.ts";
import { csvLines } from "../ui/csv.ts";
import type { Cli } from "./cli.ts";
import { usage } from "./errors.ts";
import { checkFolder, PRIVATE, writeReport } from "./report-file.ts";

interface Output {
  readonly format?: "table" | "csv" | "json" | "parquet" | "measure-report" | undefined;
  readonly out?: string | undefined;
  readonly publishable?: boolean | undefined;
  readonly by?: RowsBy | undefined;
}

/** What the rows mean, for the formats that say it. */
interface Meant {
  readonly registry: Registry;
  readonly standing: ReportedBy;
  /** The rows as text for people. */
  lines(): readonly string[];
}

/** What cannot be together, and a place that takes no file, is told before anything is asked of AWS. */
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
  if (out !== undefined) checkFolder(cli.cwd, out);
}

/** Those that any row may have: files and pipes have the same ones every day, one more with rows by stratum. */
const FIRST = ["measure", "cohort", "facility", "period"];
const COUNTS = [
  "numerator",
  "denominator",
  "rate",
  "suppressed",
  "as_of",
  "time_zone",
  "computed_at",
  "rules",
  "value_set",
  "run_id",
  "stale",
  "stale_because",
];
const columnsOf = ({ by }: Output): string[] => [...FIRST, ...(isStratum(by) ? ["stratum"] : []), ...COUNTS];

async function contentOf(rows: readonly PublishedRow[], output: Output, meant: Meant): Promise<string | Uint8Array> {
  const { format, out = "" } = output;
  if (format === "parquet") return parquetOf(rows, columnsOf(output));
  if (format === "measure-report") return reportText(rows, meant, /\.ndjson$/i.test(out));
  if (format === "csv") return ended(csvLines(rows, columnsOf(output)).join("\r\n"), "\r\n");
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
    const content = await contentOf(rows, output, meant);
    writeReport(checkFolder(cli.cwd, out), content, output.publishable ? undefined : PRIVATE);
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
  if (cli.term.json) return;
  for (const line of textLines(rows, output, meant)) cli.term.line(line);
}

/** CSV has its header without any row too: whoever reads it by names finds them. */
function textLines(rows: readonly PublishedRow[], output: Output, meant: Meant): readonly string[] {
  const { format } = output;
  if (format === "csv") return csvLines(rows, columnsOf(output));
  if (rows.length === 0) return [];
  return format === "json" ? rows.map((row) => JSON.stringify(row)) : meant.lines();
}
