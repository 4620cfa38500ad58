import { ledgerStats, recordsText } from "../../operate/ledger/stats.ts";
import { table } from "../../ui/table.ts";
import type { ledgerStats as declared } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openLedger } from "../targets.ts";

/** Counts by status and dataset; reads the whole ledger. */
export const run: Run<typeof declared> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  for await (const event of ledgerStats(openLedger(session))) {
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
      `${event.files} files, ${event.bytes} bytes, ${recordsText(event)}; oldest pending: ${event.oldest_pending ?? "none"}.`,
    );
  }
  return EXIT.ok;
};
