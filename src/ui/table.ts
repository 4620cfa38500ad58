export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Visible length: colour codes take no room. */
// oxlint-disable-next-line no-control-regex -- the escape character is what a colour code starts with
const width = (text: string): number => text.replace(/\u001b\[\d+m/g, "").length;

/**
 * Lines of an aligned table: two spaces between columns, no borders, nothing cut, so that it reads the same in a terminal,
 * a pipe, `awk` and an e-mail. Empty cells show `-`.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
): string[] {
  const cells = rows.map((row) =>
    columns.map((_, i) => {
      const cell = row[i];
      return cell === null || cell === undefined || cell === "" ? "-" : String(cell);
    }),
  );
  const widths = columns.map((column, i) => Math.max(column.title.length, ...cells.map((row) => width(row[i] ?? ""))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const pad = " ".repeat((widths[i] ?? 0) - width(cell));
        return columns[i]?.align === "right" ? pad + cell : cell + pad;
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...cells.map(line)];
}
