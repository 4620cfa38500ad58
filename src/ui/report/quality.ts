import { FILES } from "../../codes/files.ts";
import { isFileCode } from "../../codes/index.ts";
import type { LedgerCounts, ReportPart, ReportModel } from "../../operate/report/model.ts";
import { html, type Html } from "./html.ts";
import { bytesText, momentText, whole } from "./numbers.ts";
import { absent, type Row, section, tableHtml } from "./table.ts";

/** The health of the data and of the ledger. */

type Level = "ok" | "warning" | "error" | "unknown";

const TAG: Readonly<Record<Level, Html>> = {
  ok: html`<span class="tag good">✓ good</span>`,
  warning: html`<span class="tag warn">! look</span>`,
  error: html`<span class="tag bad">✗ error</span>`,
  unknown: html`<span class="tag plain">? unknown</span>`,
};

interface Result {
  readonly check: string;
  readonly level: Level;
  readonly text: Html | string;
}

/** What the word of a failed file means. */
const meaningOf = (word: string): string | null => (isFileCode(word) ? FILES[word].what : null);

const judged = <T>(check: string, part: ReportPart<T>, judge: (value: T) => Omit<Result, "check">): Result =>
  "missing" in part ? { check, level: "unknown", text: part.missing } : { check, ...judge(part.value) };

const failedFiles = ({ by_status, failures }: LedgerCounts): Omit<Result, "check"> => {
  const failed = by_status["failed"] ?? 0;
  const why = Object.entries(failures)
    .toSorted(([, a], [, b]) => b - a)
    .map(([word, count]) => `${count} ${word}`);
  return failed === 0
    ? { level: "ok", text: "Every file that was read could be." }
    : { level: "error", text: `${failed} ${failed === 1 ? "file" : "files"}: ${why.join(", ")}` };
};

const quarantined = ({ records }: LedgerCounts): Omit<Result, "check"> => ({
  level: records.quarantined === 0 ? "ok" : "warning",
  text: `${whole(records.quarantined)} of ${whole(records.read)} records that were read`,
});

const waiting = ({ oldest_pending }: LedgerCounts): Omit<Result, "check"> =>
  oldest_pending === null
    ? { level: "ok", text: "No file waits." }
    : { level: "warning", text: html`The oldest file waits since ${momentText(oldest_pending)}.` };

/** Of a table that is behind, or stands on other parameters, one line each. */
function layerResults({ layers }: ReportModel): Result[] {
  const check = "Tables against what is below them";
  if ("missing" in layers) return [{ check, level: "unknown", text: layers.missing }];
  if (layers.value.length === 0)
    return [
      { check, level: "ok", text: "Silver and Gold have taken up all that is below them, under the jobs' parameters." },
    ];
  return layers.value.map(({ key, level, text }) => ({ check: key, level, text }));
}

const resultsOf = (model: ReportModel): Result[] => [
  ...model.checks.map(({ check, level, text }) => ({ check, level, text })),
  judged("Records in quarantine", model.ledger, quarantined),
  judged("Files that could not be read", model.ledger, failedFiles),
  judged("Files that wait", model.ledger, waiting),
  judged("Files that are not recorded yet", model.undelivered, (count) =>
    count === 0
      ? { level: "ok", text: "None." }
      : { level: "warning", text: `${count} ${count === 1 ? "message waits" : "messages wait"} for the function.` },
  ),
  ...layerResults(model),
];

/** What is to be looked at, in a word for the top of the page. */
export function qualityTag(model: ReportModel): Html {
  const levels = resultsOf(model).map(({ level }) => level);
  const count = (level: Level): number => levels.filter((one) => one === level).length;
  const [errors, warnings] = [count("error"), count("warning")];
  if (errors > 0) return html`<span class="tag bad">✗ ${errors} ${errors === 1 ? "error" : "errors"}</span>`;
  if (warnings > 0) return html`<span class="tag warn">! ${warnings} to look at</span>`;
  return count("ok") > 0 ? TAG.ok : TAG.unknown;
}

const FRESH = ["Table", "Last written", "As of", "Time zone", "Rules", "Run"].map((title) => ({ title }));

const freshness = ({ written, missing, stands }: ReportModel): Row[] => {
  const basis = (name: string): Row["cells"] => {
    const one = stands.find(({ table }) => table === name);
    return one ? [one.as_of, one.time_zone, one.rules, one.run_id] : [null, null, null, null];
  };
  return [
    ...Object.entries(written).map(([table, at]) => ({ cells: [`gold/${table}`, momentText(at), ...basis(table)] })),
    ...missing.map((table) => ({ cells: [`gold/${table}`, "not there yet", null, null, null, null] })),
  ];
};

const reasons = (ledger: ReportModel["ledger"]): Html | false => {
  const failures = "value" in ledger ? Object.entries(ledger.value.failures) : [];
  if (failures.length === 0) return false;
  return tableHtml(
    "Files that could not be read, by reason",
    [{ title: "Reason" }, { title: "Files", numeric: true }, { title: "What it means" }],
    failures
      .toSorted(([, a], [, b]) => b - a)
      .map(([word, count]) => ({ cells: [html`<code>${word}</code>`, count, meaningOf(word)] })),
  );
};

/** Results of checks, what could not be read, and how fresh the tables are. */
export function qualitySection(model: ReportModel): Html {
  const { checks, ledger } = model;
  return section("quality", "Data quality", [
    tableHtml(
      "What was checked",
      [{ title: "Check" }, { title: "Result" }, { title: "Detail" }],
      resultsOf(model).map(({ check, level, text }) => ({ cells: [check, TAG[level], text] })),
    ),
    checks.length === 0 &&
      html`<p class="legend">No results of quality checks of the data's contents are stored here.</p>`,
    reasons(ledger),
    tableHtml("How fresh the figures are", FRESH, freshness(model)),
  ]);
}

const countRows = (counts: Readonly<Record<string, number>>): Row[] =>
  Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => ({ cells: [name, count] }));

/** The ledger in counts. Keys of files are not shown: they may name patients. */
export function ledgerSection({ ledger }: ReportModel): Html {
  if ("missing" in ledger) return section("ledger", "Ledger", [absent(ledger.missing)]);
  const { files, bytes, records, oldest_pending, by_status, by_dataset } = ledger.value;
  return section("ledger", "Ledger", [
    html`<dl class="facts">
      <dt>Files</dt>
      <dd>${whole(files)} (${bytesText(bytes)})</dd>
      <dt>Records read</dt>
      <dd>${whole(records.read)}</dd>
      <dt>Oldest that waits</dt>
      <dd>${momentText(oldest_pending) ?? "none"}</dd>
    </dl>`,
    html`<div class="charts">
      ${tableHtml("Files by status", [{ title: "Status" }, { title: "Files", numeric: true }], countRows(by_status))}
      ${tableHtml("Files by dataset", [{ title: "Dataset" }, { title: "Files", numeric: true }], countRows(by_dataset))}
    </div>`,
  ]);
}
