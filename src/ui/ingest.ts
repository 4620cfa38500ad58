import type { IngestEvent } from "../operate/index.ts";
import { failureLines, runView, stateText } from "./run.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const size = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1 << 20
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / (1 << 20)).toFixed(1)} MB`;

/** Shows an ingest as it goes on. JSON is one document at the end: `{files, runs}`. */
export function ingestView(term: Terminal): (event: IngestEvent) => void {
  const run = runView({ ...term, json: false, line: (text) => term.line(text ? `  ${text}` : text) });
  const shown = new Map<string, string>();
  return (event) => {
    switch (event.type) {
      case "selected":
        term.line(`${event.files} ${event.files === 1 ? "file" : "files"}, ${size(event.bytes)}.`);
        for (const skipped of event.skipped) term.note(`skipped ${skipped.path}: ${skipped.why}`);
        break;
      case "file":
        // A file that was there already is told of when it is looked at, and again by whoever follows it.
        if (shown.get(event.key) === event.status) break;
        shown.set(event.key, event.status);
        term.line(`  ${stateText(term, event.status, 10)} ${event.key}${event.error ? `: ${event.error}` : ""}`);
        break;
      case "note":
        term.note(event.text);
        break;
      case "run":
        term.line(`${event.startedByUs ? "Started run" : "Run"} ${event.runId}`);
        break;
      case "run-finished":
        run({ ...event, type: "finished" });
        break;
      case "finished": {
        const rows = event.files.map((file) => [stateText(term, file.status), file.key, file.error]);
        for (const line of table([{ title: "status" }, { title: "key" }, { title: "error" }], rows)) term.line(line);
        if (event.error) {
          term.line(`${event.error.text} [${event.error.code}]`);
          term.line(`      ${event.error.fix}`);
        }
        term.emit({ files: event.files, runs: event.runs, ...(event.error ? { error: event.error } : {}) });
        break;
      }
      case "failure":
        for (const line of failureLines(term, event)) term.line(line);
        break;
      default:
        run(event);
    }
  };
}
