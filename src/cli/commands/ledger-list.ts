import { eachFile } from "../../operate/ledger/read.ts";
import { type LedgerFile, rowOf } from "../../operate/ledger/item.ts";
import { stateText } from "../../ui/run.ts";
import { table } from "../../ui/table.ts";
import type { Cli } from "../cli.ts";
import type { ledgerList } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { filterOf } from "../ledger-filter.ts";
import { openSession } from "../session.ts";
import { openLedger } from "../targets.ts";

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

const cells = (cli: Cli, file: LedgerFile): (string | number | null)[] => [
  file.receivedAt,
  stateText(cli.term, file.status),
  file.dataset,
  file.recordsIn,
  file.recordsQuarantined,
  file.attempt,
  file.key,
  file.error,
];

/** People get pages of this many rows, so that a ledger of a million rows prints in constant memory. */
const PAGE = 500;

/** One row a generation, newest first. */
export const run: Run<typeof ledgerList> = async (cli, options) => {
  const filter = { ...filterOf(options), limit: options.limit };
  const session = await openSession(cli, options, { readOnly: true });
  let page: LedgerFile[] = [];
  let count = 0;
  const flush = (): void => {
    const lines = table(
      COLUMNS,
      page.map((file) => cells(cli, file)),
    );
    for (const line of count > page.length ? lines.slice(1) : lines) cli.term.line(line);
    page = [];
  };
  for await (const file of eachFile(openLedger(session), filter)) {
    if (cli.interrupt.aborted) return EXIT.interrupted;
    count += 1;
    if (cli.term.json) cli.term.emit(rowOf(file));
    else if (page.push(file) >= PAGE) flush();
    if (!(await cli.term.room())) return EXIT.ok;
  }
  if (page.length > 0) flush();
  if (count === 0) cli.term.note("No files in the ledger match.");
  return EXIT.ok;
};
