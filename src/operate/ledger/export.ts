import { LIST_FIELDS } from "./fields.ts";
import type { LedgerFilter } from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { listFiles } from "./read.ts";

/** RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The ledger as lines of text (without line ends), newest first, in constant memory. CSV starts with its header. */
export async function* exportFiles(
  ledger: Ledger,
  format: "csv" | "ndjson",
  filter: LedgerFilter = {},
): AsyncGenerator<string> {
  if (format === "csv") yield LIST_FIELDS.join(",");
  for await (const row of listFiles(ledger, filter))
    yield format === "csv" ? Object.values(row).map(cell).join(",") : JSON.stringify(row);
}
