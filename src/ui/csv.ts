/** What spreadsheets take for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection. */
const FORMULA = /^[=+@\t\r-]/;

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return quoted(JSON.stringify(value));
  return quoted(FORMULA.test(value) ? `'${value}` : value);
};

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * Rows as CSV (RFC 4180): a header of these columns, whatever the rows hold, then of other keys that any row has. A text
 * that a spreadsheet would compute has a `'` before it.
 */
export function csvLines(rows: readonly object[], columns: readonly string[]): string[] {
  const keys = [...new Set([...columns, ...rows.flatMap((row) => Object.keys(row))])];
  const cells = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  return [keys.join(","), ...cells.map((row) => keys.map((key) => cell(row.get(key))).join(","))];
}
