import type { AlertCover, AlertsEvent, Check, Hop } from "../operate/index.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const sign = (term: Terminal, one: { readonly ok: boolean; readonly level?: string }): string =>
  one.ok ? term.paint.green("✓") : one.level === "warning" ? term.paint.yellow("!") : term.paint.red("✗");

/** One check a line, its fix under it. */
export function checkLine(term: Terminal, check: Check): void {
  term.line(`${sign(term, check)} ${check.check}: ${check.text}`);
  if (check.fix) term.line(`      ${check.fix}`);
}

/** One hop a line, with the time it took. */
export function hopLine(term: Terminal, hop: Hop): void {
  term.line(`${sign(term, hop)} ${hop.hop.padEnd(9)} ${`${hop.seconds.toFixed(1)} s`.padStart(8)}  ${hop.text}`);
  if (hop.fix) term.line(`      ${hop.fix}`);
}

/** A table of job and state, and who would hear of it. */
export function alertsView(term: Terminal): (event: AlertsEvent) => void {
  const rows: AlertCover[] = [];
  return (event) => {
    term.emit(event);
    if (event.type === "alert") {
      rows.push(event);
      return;
    }
    const columns = [{ title: "job" }, { title: "state" }, { title: "reaches" }, { title: "why not" }];
    const cells = rows.map((row) => [
      row.job,
      row.state,
      row.ok ? term.paint.green(row.reaches.join(" ")) : term.paint.red("nobody"),
      row.why,
    ]);
    for (const line of table(columns, cells)) term.line(line);
    if (event.pending.length > 0) term.line(`Not confirmed yet: ${event.pending.join(", ")}`);
    if (event.sent !== null) term.line(`A test message was sent to the topic (${event.sent}).`);
    term.line(
      event.ok
        ? `All ${event.covered} failure states reach ${event.confirmed.join(", ")}.`
        : `${event.missing} of ${event.covered + event.missing} failure states reach nobody.`,
    );
    if (event.fix) term.line(`      ${event.fix}`);
  };
}
