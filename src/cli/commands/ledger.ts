import { type LedgerFilter, listFiles, showFile } from "../../operate/ledger/read.ts";
import { FILE_STATUSES, type FileStatus, type LedgerRow } from "../../operate/ledger/item.ts";
import { stateText } from "../../ui/run.ts";
import { table } from "../../ui/table.ts";
import type { Cli, Run } from "../cli.ts";
import { EXIT, failed, usage } from "../errors.ts";
import { ledgerTarget, openSession } from "../session.ts";
import { shellWord } from "../../operate/shell.ts";
import { ledgerStats } from "../../operate/ledger/stats.ts";

/** A status as a person typed it. */
export function statusOf(word: string | undefined): FileStatus | undefined {
  if (word === undefined) return undefined;
  const found = FILE_STATUSES.find((status) => status === word);
  if (!found) throw usage("usage", `unknown status \`${word}\``, `Use one of: ${FILE_STATUSES.join(", ")}.`);
  return found;
}

function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw usage(
      "usage",
      `${option} wants a time like 2024-05-01T10:00:00Z, got \`${text}\``,
      "Give an ISO-8601 date or time.",
    );
  return time.toISOString();
}

const COLUMNS = [
  { title: "received" },
  { title: "status" },
  { title: "dataset" },
  { title: "records", align: "right" as const },
  { title: "quarantined", align: "right" as const },
  { title: "attempt", align: "right" as const },
  { title: "key" },
  { title: "error" },
];

const cells = (cli: Cli, row: LedgerRow): (string | number | null)[] => [
  row.received_at,
  stateText(cli.term, row.status),
  row.dataset,
  row.records_in,
  row.records_quarantined,
  row.attempt,
  row.key,
  row.error,
];

export interface FilterOptions {
  limit?: number;
  status?: string;
  dataset?: string;
  prefix?: string;
  run?: string;
  since?: string;
  until?: string;
}

/** Which rows a command is for. */
export const filterOf = (options: FilterOptions): LedgerFilter => ({
  limit: options.limit,
  status: statusOf(options.status),
  dataset: options.dataset,
  prefix: options.prefix,
  run: options.run,
  since: timeOf("--since", options.since),
  until: timeOf("--until", options.until),
});

/** People get pages of this many rows, so that a ledger of a million rows prints in constant memory. */
const PAGE = 500;

export const list: Run<FilterOptions> = async (cli, options) => {
  const filter = filterOf(options);
  const session = await openSession(cli, options, { readOnly: true });
  let page: LedgerRow[] = [];
  let count = 0;
  const flush = (): void => {
    const lines = table(
      COLUMNS,
      page.map((row) => cells(cli, row)),
    );
    for (const line of count > page.length ? lines.slice(1) : lines) cli.term.line(line);
    page = [];
  };
  for await (const row of listFiles(session.aws, ledgerTarget(session), filter)) {
    if (cli.interrupt.aborted) return EXIT.interrupted;
    count += 1;
    if (cli.term.json) cli.term.emit(row);
    else if (page.push(row) >= PAGE) flush();
    if (!(await cli.term.room())) return EXIT.ok;
  }
  if (page.length > 0) flush();
  if (count === 0) cli.term.note("No files in the ledger match.");
  return EXIT.ok;
};

export const show: Run = async (cli, options, args) => {
  const session = await openSession(cli, options, { readOnly: true });
  const file = args[0] ?? "";
  const bucket = session.outputs.buckets[session.config.function.events.bucket]?.name ?? "";
  const prefix = session.config.function.events.prefix;
  const target = ledgerTarget(session);
  // People name a file as they ingested it; its key has the raw prefix before it.
  const found = [
    ...(await showFile(session.aws, target, { file, bucket })),
    ...(file.startsWith(prefix) ? [] : await showFile(session.aws, target, { file: `${prefix}${file}`, bucket })),
  ];
  if (found.length === 0)
    throw failed(
      "not_in_ledger",
      `the ledger has no file \`${file}\``,
      `List what it has: metriccare ledger list --env ${session.env} --prefix ${shellWord(prefix)}`,
    );
  for (const row of found) {
    cli.term.emit(row);
    if (cli.term.json) continue;
    cli.term.line(cli.term.paint.bold(row.file_id));
    for (const [name, value] of Object.entries(row))
      if (name !== "file_id" && value !== null && value !== undefined)
        cli.term.line(`  ${name.padEnd(20)} ${String(value)}`);
  }
  return EXIT.ok;
};

export const stats: Run = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  for await (const event of ledgerStats(session.aws, ledgerTarget(session))) {
    if (event.type === "cost") {
      // DynamoDB counts every six hours: of a young table it says nothing.
      if (event.items > 0)
        cli.term.note(
          `Reading the whole ledger, which had about ${event.items} items when DynamoDB last counted (every six hours): ${event.read_units} read units, ${event.calls} calls.`,
        );
      continue;
    }
    const { type: _type, ...figures } = event;
    cli.term.emit(figures);
    const rows = [
      ...Object.entries(event.by_status).map(([name, count]) => ["status", name, count] as const),
      ...Object.entries(event.by_dataset).map(([name, count]) => ["dataset", name, count] as const),
    ];
    for (const line of table([{ title: "by" }, { title: "value" }, { title: "files", align: "right" }], rows))
      cli.term.line(line);
    cli.term.line(
      `${event.files} files, ${event.bytes} bytes, ${event.records_in} records read, ${event.records_quarantined} quarantined; oldest pending: ${event.oldest_pending ?? "none"}.`,
    );
  }
  return EXIT.ok;
};
