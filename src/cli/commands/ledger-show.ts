import { showFile } from "../../operate/ledger/read.ts";
import { shellWord } from "../../operate/shell.ts";
import type { ledgerShow } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, failed } from "../errors.ts";
import { openSession } from "../session.ts";
import { openLedger, rawPlace } from "../targets.ts";

/** Every generation of one file. */
export const run: Run<typeof ledgerShow> = async (cli, options, { file }) => {
  const session = await openSession(cli, options, { readOnly: true });
  const { bucket, prefix } = rawPlace(session);
  const ledger = openLedger(session);
  // People name a file as they ingested it; its key has the raw prefix before it.
  const found = [
    ...(await showFile(ledger, { file, bucket })),
    ...(file.startsWith(prefix) ? [] : await showFile(ledger, { file: `${prefix}${file}`, bucket })),
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
