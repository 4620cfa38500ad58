import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  audit as auditAll,
  type AuditFinished,
  backfill as backfillAll,
  exportFiles,
  release as releaseClaims,
  reprocess as reprocessFiltered,
  reprocessFiles,
  settle,
  showFile,
  skip as skipFiles,
} from "../../operate/index.ts";
import type { ChangeEvent, ChangeOptions, LedgerFilter } from "../../operate/index.ts";
import { auditView, backfillView, changeView, skipView } from "../../ui/ledger.ts";
import type { Cli, Run } from "../cli.ts";
import { EXIT, failed, usage } from "../errors.ts";
import { ledgerTarget, openSession, runTarget, type Session } from "../session.ts";
import { backfillTarget, layersOf } from "../targets.ts";
import { type FilterOptions, filterOf, statusOf } from "./ledger.ts";
import { shellWord } from "../../operate/shell.ts";

interface ChangeFlags {
  dryRun?: boolean;
  rate?: number;
  start?: boolean;
  wait?: boolean;
}

const flags = (cli: Cli, options: ChangeFlags): ChangeOptions => ({
  ...(options.dryRun ? { dryRun: true } : {}),
  ...(options.rate ? { rate: options.rate } : {}),
  ...(options.start === false ? { start: false } : {}),
  signal: cli.interrupt,
});

/** What a second reading does further down, so that nobody has to guess. */
const AGAIN =
  "Bronze writes the same rows once more, keyed by file and line; Silver takes what differs; Gold is computed anew in the same run.";

/** Shows what is put back; with --wait follows the runs that read it, until nothing waits. */
export async function shown(
  cli: Cli,
  session: Session,
  options: ChangeFlags,
  events: AsyncIterable<ChangeEvent>,
  after = AGAIN,
): Promise<number> {
  const show = changeView(cli.term, after);
  for await (const event of events) show(event);
  if (cli.interrupt.aborted) return EXIT.interrupted;
  if (!options.wait || options.dryRun) return EXIT.ok;
  return (await untilSettled(cli, session)) ? EXIT.ok : EXIT.failed;
}

async function untilSettled(cli: Cli, session: Session): Promise<boolean> {
  const show = auditView(cli.term);
  const waits = settle(session.aws, ledgerTarget(session), runTarget(session), cli.interrupt);
  let step = await waits.next();
  for (; step.done !== true; step = await waits.next()) show(step.value);
  if (!step.value) cli.term.note(`Files still wait: metriccare ledger list --env ${session.env} --status received`);
  return step.value;
}

/** File ids behind what a person typed: keys, file names, URLs or file ids; all generations of each. */
export async function fileIds(session: Session, files: readonly string[]): Promise<string[]> {
  const target = ledgerTarget(session);
  const { bucket, prefix } = backfillTarget(session);
  const found: string[] = [];
  for (const file of files) {
    const names = file.startsWith(prefix) || file.includes("#") ? [file] : [`${prefix}${file}`, file];
    const rows = [];
    for (const name of names)
      if (rows.length === 0) rows.push(...(await showFile(session.aws, target, { file: name, bucket })));
    if (rows.length === 0)
      throw failed(
        "not_in_ledger",
        `the ledger has no file \`${file}\``,
        `metriccare where ${shellWord(file)} --env ${session.env}`,
      );
    found.push(...rows.map((row) => row.file_id));
  }
  return found;
}

/** Files set aside: no run takes them until `ledger retry` takes them back. */
export const skip: Run<{ dryRun?: boolean; why?: string }> = async (cli, options, args) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const ids = await fileIds(session, args);
  const show = skipView(cli.term);
  const events = skipFiles(session.aws, ledgerTarget(session), ids, {
    ...(options.dryRun ? { dryRun: true } : {}),
    ...(options.why === undefined ? {} : { why: options.why }),
  });
  for await (const event of events) show(event);
  return EXIT.ok;
};

/** Failed files once more (named ones may be skipped ones too): those named, or all of them. */
export const retry: Run<ChangeFlags & { status?: string }> = async (cli, options, args) => {
  const status = statusOf(options.status ?? "failed");
  if (status !== "failed" && status !== "skipped")
    throw usage(
      "usage",
      "`ledger retry` is for failed and skipped files",
      "Others are read again by `ledger reprocess`.",
    );
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const run = runTarget(session);
  const ledger = ledgerTarget(session);
  return shown(
    cli,
    session,
    options,
    args.length > 0
      ? reprocessFiles(
          session.aws,
          ledger,
          run,
          await fileIds(session, args),
          ["failed", "skipped"],
          flags(cli, options),
        )
      : reprocessFiltered(session.aws, ledger, run, { status }, flags(cli, options)),
  );
};

/** Processed files once more. */
export const reprocess: Run<ChangeFlags & FilterOptions> = async (cli, options, args) => {
  const filter: LedgerFilter = filterOf(options);
  const narrowed = Object.values(filter).some((value) => value !== undefined);
  if (args.length === 0 && !narrowed)
    throw usage(
      "no_filter",
      "nothing says which files to read again",
      "Name files, or add --prefix, --since, --until, --status, --dataset or --run.",
    );
  if (args.length > 0 && narrowed)
    throw usage("usage", "files and filters exclude each other", "Name files, or filter; not both.");
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const run = runTarget(session);
  const ledger = ledgerTarget(session);
  return shown(
    cli,
    session,
    options,
    args.length > 0
      ? reprocessFiles(
          session.aws,
          ledger,
          run,
          await fileIds(session, args),
          ["processed", "failed"],
          flags(cli, options),
        )
      : reprocessFiltered(session.aws, ledger, run, filter, flags(cli, options)),
  );
};

/** Claims that nobody works on. */
export const release: Run<ChangeFlags> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const events = releaseClaims(session.aws, ledgerTarget(session), runTarget(session), flags(cli, options));
  return shown(cli, session, options, events);
};

/** Objects that S3 has and the ledger lacks. */
export const backfill: Run<{ dryRun?: boolean }> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const show = backfillView(cli.term, options.dryRun === true);
  const events = backfillAll(session.aws, backfillTarget(session), {
    ...(options.dryRun ? { dryRun: true } : {}),
    signal: cli.interrupt,
  });
  for await (const event of events) show(event);
  return EXIT.ok;
};

/** S3 against the ledger against the tables; with --wait until what was mended has been read, and once more. */
export const audit: Run<{ repair?: boolean; wait?: boolean }> = async (cli, options) => {
  if (options.wait && !options.repair)
    throw usage("usage", "--wait goes with --repair", "Add --repair, or leave --wait away.");
  const session = await openSession(cli, options, { readOnly: options.repair !== true });
  const show = auditView(cli.term);
  const look = async (repair: boolean): Promise<AuditFinished | undefined> => {
    let end: AuditFinished | undefined;
    const events = auditAll(session.aws, backfillTarget(session), runTarget(session), {
      repair,
      layers: layersOf(session),
      signal: cli.interrupt,
    });
    for await (const event of events) {
      show(event);
      if (event.type === "finished") end = event;
    }
    return end;
  };
  let end = await look(options.repair === true);
  if (options.wait && end?.ok) {
    const settled = await untilSettled(cli, session);
    end = await look(false);
    if (!settled) return EXIT.failed;
  }
  return end?.ok ? EXIT.ok : EXIT.failed;
};

/** The whole ledger as CSV or NDJSON, line by line. */
export const exportAll: Run<FilterOptions & { format?: string; out?: string }> = async (cli, options) => {
  const format = options.format ?? (cli.term.json ? "ndjson" : "csv");
  if (format !== "csv" && format !== "ndjson")
    throw usage("usage", `unknown format \`${format}\``, "Use csv or ndjson.");
  if (cli.term.json && format === "csv" && options.out === undefined)
    throw usage(
      "usage",
      "--json and --format csv exclude each other",
      "Leave --json away, or write to a file with --out.",
    );
  const filter = filterOf(options);
  const session = await openSession(cli, options, { readOnly: true });
  let rows = format === "csv" ? -1 : 0;
  const lines = exportFiles(session.aws, ledgerTarget(session), format, filter);
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
