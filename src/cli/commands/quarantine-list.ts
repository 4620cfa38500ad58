import { listQuarantine } from "../../operate/index.ts";
import { quarantineLines } from "../../ui/ledger.ts";
import type { quarantineList } from "../declared/quarantine.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Lines that could not be read: where and why. */
export const run: Run<typeof quarantineList> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  const rows = [];
  let count = 0;
  for await (const row of listQuarantine(openPipeline(session), options)) {
    count++;
    cli.term.emit(row);
    if (!cli.term.json) rows.push(row);
  }
  if (count === 0) cli.term.note("Nothing is in quarantine that matches.");
  else if (!cli.term.json) for (const line of quarantineLines(rows)) cli.term.line(line);
  return EXIT.ok;
};
