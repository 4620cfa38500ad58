import { type ChangeEvent, type ChangeOptions, settle, showFile } from "../operate/index.ts";
import { shellWord } from "../operate/shell.ts";
import { auditView, changeView } from "../ui/ledger.ts";
import type { Cli } from "./cli.ts";
import { EXIT, failed } from "./errors.ts";
import type { Session } from "./session.ts";
import { openLedger, openPipeline, rawPlace } from "./targets.ts";

/** What commands have that put files back. */
export interface ChangeFlags {
  readonly dryRun?: boolean;
  readonly rate?: number;
  readonly start?: boolean;
  readonly wait?: boolean;
}

/** The same in the words of operations. */
export const flags = (cli: Cli, options: ChangeFlags): ChangeOptions => ({
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

/** Follows runs until no file waits; false when some still do. */
export async function untilSettled(cli: Cli, session: Session): Promise<boolean> {
  const show = auditView(cli.term);
  const waits = settle(openPipeline(session), cli.interrupt);
  let step = await waits.next();
  for (; step.done !== true; step = await waits.next()) show(step.value);
  if (!step.value) cli.term.note(`Files still wait: metriccare ledger list --env ${session.env} --status received`);
  return step.value;
}

/** File ids behind what a person typed: keys, file names, URLs or file ids; all generations of each. */
export async function fileIds(session: Session, files: readonly string[]): Promise<string[]> {
  const ledger = openLedger(session);
  const { bucket, prefix } = rawPlace(session);
  const found: string[] = [];
  for (const file of files) {
    const names = file.startsWith(prefix) || file.includes("#") ? [file] : [`${prefix}${file}`, file];
    const rows = [];
    for (const name of names) if (rows.length === 0) rows.push(...(await showFile(ledger, { file: name, bucket })));
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
