/** The value set of the measures as CSV, checked as the Gold job reads it: a mistake shows before a run fails on it. */

export const VALUE_SET_COLUMNS = ["category", "first_day", "system", "match", "code"] as const;

/** Cells of one line. Quotes are taken off; a comma inside them does not part cells. */
function cellsOf(line: string): string[] {
  const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  // The pattern also finds the empty end of the line.
  const found = line.endsWith(",") ? cells : cells.slice(0, -1);
  return found.map((cell) => cell.replace(/,$/, "").trim().replace(/^"|"$/g, "").replaceAll('""', '"').trim());
}

/** What is wrong with the text of a value set, or undefined. */
export function valueSetProblem(text: string): string | undefined {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const header = cellsOf(lines[0] ?? "").map((cell) => cell.toLowerCase());
  if (header.join() !== VALUE_SET_COLUMNS.join()) return `its first line must be ${VALUE_SET_COLUMNS.join(",")}`;
  const firstDays = new Map<string, number>();
  for (const [i, line] of lines.entries()) {
    const cells = cellsOf(line);
    if (i === 0 || cells.every((cell) => cell === "")) continue;
    const wrong = rowProblem(cells, firstDays);
    if (wrong) return `line ${i + 1}: ${wrong}`;
  }
  return undefined;
}

function rowProblem(cells: readonly string[], firstDays: Map<string, number>): string | undefined {
  const [category = "", day = "", , match = ""] = cells;
  if (cells.length !== VALUE_SET_COLUMNS.length || cells.includes("")) return "five values are needed";
  if (!/^\d+$/.test(day) || Number(day) < 1) return `first_day must be a whole number from 1, not ${day}`;
  if (match !== "prefix" && match !== "code") return `match must be prefix or code, not ${match}`;
  const before = firstDays.get(category) ?? Number(day);
  firstDays.set(category, before);
  return before === Number(day) ? undefined : `${category} had first_day ${before} before`;
}
