import type { AuditEvent, BackfillEvent, ChangeEvent, QuarantineRow, Where, WhereResource } from "../operate/index.ts";
import { stateText } from "./run.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const many = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** Rows of the ledger that are changed (or would be), one line each; JSON lines with `--json`. */
export function changeView(term: Terminal, after: string): (event: ChangeEvent) => void {
  let dry = false;
  return (event) => {
    term.emit(event);
    if (event.type === "finished") {
      const verb = dry ? "would wait again" : "now waiting again";
      term.line(`${many(event.changed, "file")} ${verb}${event.left > 0 ? `, ${event.left} left alone` : ""}.`);
      if (event.changed === 0) return;
      term.line(after);
      if (event.runId) term.line(`Run ${event.runId} was started for it.`);
      else if (!dry)
        term.line(
          "No run was started. What waits goes to the next one: `--wait` sees to it, else `run-workflow` or the schedule.",
        );
      return;
    }
    dry ||= event.type === "would-change";
    const word = { changed: "waits", "would-change": "would wait", left: "left" }[event.type];
    term.line(`  ${term.paint.dim(word.padEnd(10))} ${event.key} ${term.paint.dim(`(${event.from}: ${event.why})`)}`);
  };
}

/** Files that are set aside (or would be), one line each. */
export function skipView(term: Terminal): (event: ChangeEvent) => void {
  let dry = false;
  return (event) => {
    term.emit(event);
    if (event.type === "finished") {
      term.line(
        `${many(event.changed, "file")} ${dry ? "would be " : ""}set aside${event.left > 0 ? `, ${event.left} left alone` : ""}.`,
      );
      return;
    }
    dry ||= event.type === "would-change";
    const word = { changed: "skipped", "would-change": "would skip", left: "left" }[event.type];
    term.line(`  ${term.paint.dim(word.padEnd(10))} ${event.key} ${term.paint.dim(`(${event.from}: ${event.why})`)}`);
  };
}

/** Objects that the ledger lacks. */
export function backfillView(term: Terminal, dryRun: boolean): (event: BackfillEvent) => void {
  return (event) => {
    term.emit(event);
    if (event.type === "gap")
      term.line(
        `  ${event.in_bronze ? term.paint.dim("known") : term.paint.yellow("lacks")} ${event.key} ${term.paint.dim(`(${event.in_bronze ? "the tables hold it, the ledger has forgotten it" : event.why})`)}`,
      );
    if (event.type !== "finished") return;
    term.line(
      `${many(event.looked, "object")} looked at, ${event.gaps} not in the ledger, ${event.in_bronze} of them in the tables already.`,
    );
    if (dryRun) term.line(`${event.gaps - event.in_bronze} would be taken up.`);
    else
      term.line(`${event.sent} taken up${event.sent > 0 ? "; the function has started the workflow for them" : ""}.`);
  };
}

/** What does not fit together. */
export function auditView(term: Terminal): (event: AuditEvent) => void {
  const { paint } = term;
  return (event) => {
    term.emit(event);
    switch (event.type) {
      case "step":
        term.note(paint.dim(`looking at ${event.what}`));
        break;
      case "finding":
        term.line(
          `${event.level === "error" ? paint.red("✗") : paint.yellow("!")} ${event.key}: ${event.text} [${event.code}]${event.repair ? paint.dim(` → ${event.repair}`) : ""}`,
        );
        break;
      case "repair":
        term.line(`  ${paint.green("repair")} ${event.what}: ${event.count}`);
        break;
      case "run":
        term.line(`Run ${event.runId}${event.verdict ? `: ${stateText(term, event.verdict)}` : ""}`);
        break;
      case "reconnecting":
        term.note(paint.yellow(event.text));
        break;
      case "finished":
        term.line(
          `${many(event.objects, "object")}, ${many(event.files, "generation")}, ${many(event.rows, "row")} in Bronze: ${event.findings === 0 ? paint.green("all of it fits") : many(event.findings, "finding")}${event.repaired > 0 ? `, ${event.repaired} repaired` : ""}.`,
        );
        break;
    }
  };
}

/** Where one file is, for people. */
export function whereLines(term: Terminal, where: Where): string[] {
  const { paint } = term;
  const object = where.object
    ? `${where.object.size} bytes, ${where.object.modified ?? "?"}, ETag ${where.object.etag}`
    : "gone";
  const lines = [paint.bold(`s3://${where.bucket}/${where.key}`), `  S3          ${object}`];
  for (const one of where.generations) {
    lines.push(
      `  generation  ${one.generation ?? "?"}  ${stateText(term, one.status)}, ${many(one.attempt, "attempt")}${one.newest ? "" : paint.dim(" (older content)")}`,
    );
    if (one.run_id)
      lines.push(
        `    run       ${one.run_id}${one.run ? `  ${stateText(term, one.run.verdict ?? one.run.status)}` : ""}`,
      );
    for (const found of one.tables)
      lines.push(`    bronze    ${found.table}: ${many(found.rows, "row")}, commit ${found.commits.join(", ")}`);
    if (one.error) lines.push(`    error     ${one.error}`);
  }
  lines.push(where.said, ...(where.next ? [`      ${where.next}`] : []));
  return lines;
}

/** What became of a resource, for people: its versions, newest first. */
export function resourceLines({ paint }: Terminal, { versions, said }: WhereResource): string[] {
  const lines = versions.map(({ key, line, entry, time, deletes, counts }) => {
    const what = deletes ? paint.red("deleted".padEnd(8)) : counts ? paint.green("counts".padEnd(8)) : "version ";
    return `  ${what} ${(time ?? "no time").padEnd(24)} ${key}, line ${line}${entry > 0 ? `, entry ${entry}` : ""}`;
  });
  return [...lines, said];
}

/** Lines in quarantine, for people. */
export const quarantineLines = (rows: readonly QuarantineRow[]): string[] =>
  table(
    [
      { title: "key" },
      { title: "line", align: "right" },
      { title: "entry", align: "right" },
      { title: "reason" },
      { title: "read by" },
      { title: "note" },
    ],
    rows.map((row) => [row.key, row.line, row.entry, row.reason, row.run_id, row.solved ? "read since" : null]),
  );
