import { visible, visibleLength as width } from "./visible.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/**
 * Lines of an aligned table: two spaces between columns, no borders, nothing cut, so that it reads the same in a terminal,
 * a pipe, `awk` and an e-mail. Empty cells show `-`; line ends, tabs and other control characters in a cell are shown escaped.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
): string[] {
  const cells = rows.map((row) =>
    columns.map((_, i) => {
      const cell = row[i];
      return cell === null || cell === undefined || cell === "" ? "-" : visible(String(cell));
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
