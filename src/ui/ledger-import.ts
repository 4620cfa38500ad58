import { type ImportEvent, type ImportPlan, leftText } from "../operate/care/import.ts";
import type { Terminal } from "./terminal.ts";

const many = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

/** What is imported from another table: counts and reasons for people, a line a file for programs. */
export function importView(term: Terminal, dryRun: boolean): (event: ImportEvent) => void {
  return (event) => {
    term.emit(event);
    if (event.type === "plan") for (const line of planLines(event)) term.line(line);
    else if (event.type === "left")
      term.line(`  ${term.paint.yellow("left")} ${event.key} ${term.paint.dim(event.why)}`);
    else if (event.type === "finished" && !dryRun)
      term.line(
        `${many(event.imported, "file")} imported as processed${event.left > 0 ? `, ${event.left} left: run it again` : ""}.`,
      );
  };
}

function planLines({ rows, imports, left, example }: ImportPlan): string[] {
  const reasons = Object.entries(left).map(([why, count]) => `  ${String(count).padStart(8)}  ${leftText(why)}`);
  return [
    `${many(rows, "row")} read${example === null ? "" : `; keys are made as in \`${example}\``}.`,
    ...(reasons.length > 0 ? ["Left alone:", ...reasons] : []),
    `${many(imports, "file")} to import as processed: no run reads them again.`,
  ];
}
