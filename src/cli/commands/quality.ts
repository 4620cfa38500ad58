import { checksOf } from "../../lakehouse/quality.ts";
import { isBad, type QualityRow, readQuality } from "../../operate/quality/results.ts";
import { qualityLines } from "../../ui/quality.ts";
import type { Run } from "../declared/kit.ts";
import type { quality } from "../declared/quality.ts";
import { EXIT } from "../errors.ts";
import { openSession, type Session } from "../session.ts";
import { layerPlace } from "../targets.ts";

/** What is asked for and has no result yet: the config may be newer than the newest run. */
function unchecked({ config }: Session, rows: readonly QualityRow[]): string[] {
  const found = new Set(rows.map(({ check }) => check));
  return Object.keys(checksOf(config)).filter((id) => !found.has(id));
}

/** Reads the results from Gold's table and prints one row a check and dataset. */
export const run: Run<typeof quality> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  const rows = await readQuality(session.aws, layerPlace(session, "gold"));
  const shown = options.failed ? rows.filter(isBad) : rows;
  for (const row of shown) cli.term.emit(row);
  if (!cli.term.json) for (const line of qualityLines(cli.term, shown, rows)) cli.term.line(line);
  const left = unchecked(session, rows);
  if (left.length > 0)
    cli.term.note(`note: no run has checked ${left.join(", ")} yet: the next one does, once the config is applied.`);
  return rows.some((row) => row.level === "error" && isBad(row)) ? EXIT.failed : EXIT.ok;
};
