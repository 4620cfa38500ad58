import { checkName } from "../operate/quality/said.ts";
import { isBad, type QualityRow } from "../operate/quality/results.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A result: a sign and a word beside the colour. */
function resultText({ paint }: Terminal, row: QualityRow): string {
  if (!isBad(row)) return row.status === "passed" ? paint.green("✓ passed") : paint.dim("- skipped");
  const text = `${row.level === "error" ? "✗" : "!"} ${row.status}`;
  return row.level === "error" ? paint.red(text) : paint.yellow(text);
}

const COLUMNS = [{ title: "check" }, { title: "level" }, { title: "result" }, { title: "what was found" }];

/** The rows that are shown, and of all of them how it stands. */
export function qualityLines(term: Terminal, shown: readonly QualityRow[], all: readonly QualityRow[]): string[] {
  const [first] = all;
  if (first === undefined) return ["No run has checked the data yet."];
  const count = (level: QualityRow["level"]): number => all.filter((row) => row.level === level && isBad(row)).length;
  const passed = all.filter(({ status }) => status === "passed").length;
  return [
    ...table(
      COLUMNS,
      shown.map((row) => [checkName(row), row.level, resultText(term, row), row.text]),
    ),
    `${passed} of ${all.length} passed, ${count("error")} of level error and ${count("warning")} of level warning failed. Checked at ${first.checked_at} by ${first.run_id}.`,
  ];
}
