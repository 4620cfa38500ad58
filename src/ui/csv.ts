const cell = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Rows as CSV (RFC 4180): a header of all keys that any row has, in the order of their first row. */
export function csvLines(rows: readonly object[]): string[] {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  return [keys.join(","), ...cells.map((row) => keys.map((key) => cell(row.get(key))).join(","))];
}
