import { listQuarantine, quarantinedFiles, type QuarantineFilter, reprocessFiles } from "../../operate/index.ts";
import { quarantineLines } from "../../ui/ledger.ts";
import type { Run } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { ledgerTarget, openSession, runTarget } from "../session.ts";
import { backfillTarget } from "../targets.ts";
import { shown } from "./ledger-care.ts";

interface Options {
  file?: string;
  prefix?: string;
  reason?: string;
  all?: boolean;
  limit?: number;
}

const filterOf = (options: Options): QuarantineFilter => ({
  file: options.file,
  prefix: options.prefix,
  reason: options.reason,
  all: options.all,
  limit: options.limit,
});

/** Lines that could not be read: where and why. */
export const list: Run<Options> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  const rows = [];
  let count = 0;
  for await (const row of listQuarantine(session.aws, backfillTarget(session), filterOf(options))) {
    count++;
    cli.term.emit(row);
    if (!cli.term.json) rows.push(row);
  }
  if (count === 0) cli.term.note("Nothing is in quarantine that matches.");
  else if (!cli.term.json) for (const line of quarantineLines(rows)) cli.term.line(line);
  return EXIT.ok;
};

/** Reads files again that have lines in quarantine. */
export const replay: Run<Options & { dryRun?: boolean; wait?: boolean }> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const ids = await quarantinedFiles(session.aws, backfillTarget(session), filterOf(options));
  const events = reprocessFiles(session.aws, ledgerTarget(session), runTarget(session), ids, ["processed", "failed"], {
    ...(options.dryRun ? { dryRun: true } : {}),
    signal: cli.interrupt,
  });
  return shown(
    cli,
    session,
    options,
    events,
    "What can be read by now leaves the quarantine, what is broken still stays in it.",
  );
};
