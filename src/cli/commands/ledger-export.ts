import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { exportFiles } from "../../operate/index.ts";
import type { ledgerExport } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { filterOf } from "../ledger-filter.ts";
import { openSession } from "../session.ts";
import { openLedger } from "../targets.ts";

/** The whole ledger as CSV or NDJSON, line by line. */
export const run: Run<typeof ledgerExport> = async (cli, options) => {
  const format = options.format ?? (cli.term.json ? "ndjson" : "csv");
  if (cli.term.json && format === "csv" && options.out === undefined)
    throw usage(
      "usage",
      "--json and --format csv exclude each other",
      "Leave --json away, or write to a file with --out.",
    );
  const filter = filterOf(options);
  const session = await openSession(cli, options, { readOnly: true });
  let rows = format === "csv" ? -1 : 0;
  const lines = exportFiles(openLedger(session), format, filter);
  if (options.out !== undefined) {
    const file = resolve(cli.cwd, options.out);
    const ended = async function* (): AsyncGenerator<string> {
      for await (const line of lines) {
        rows++;
        yield `${line}\n`;
      }
    };
    // The file takes lines as fast as it can write them: nothing piles up.
    await pipeline(Readable.from(ended()), createWriteStream(file), { signal: cli.interrupt });
    cli.term.emit({ file, rows });
    cli.term.line(`${rows} rows in ${file}.`);
    return EXIT.ok;
  }
  for await (const line of lines) {
    if (cli.interrupt.aborted) return EXIT.interrupted;
    if (cli.term.json) cli.term.emit(JSON.parse(line));
    else cli.term.line(line);
    if (!(await cli.term.room())) return EXIT.ok;
  }
  return EXIT.ok;
};
