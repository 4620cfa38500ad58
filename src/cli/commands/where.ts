import { whereIs } from "../../operate/index.ts";
import { whereLines } from "../../ui/ledger.ts";
import type { where } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** One answer to "where did this file go". */
export const run: Run<typeof where> = async (cli, options, { file }) => {
  const session = await openSession(cli, options, { readOnly: true });
  const where = await whereIs(openPipeline(session), file);
  cli.term.emit(where);
  for (const line of whereLines(cli.term, where)) cli.term.line(line);
  return EXIT.ok;
};
