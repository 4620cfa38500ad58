import { backfill } from "../../operate/index.ts";
import { backfillView } from "../../ui/ledger.ts";
import type { ledgerBackfill } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Objects that S3 has and the ledger lacks. */
export const run: Run<typeof ledgerBackfill> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const show = backfillView(cli.term, options.dryRun === true);
  const events = backfill(openPipeline(session), {
    ...(options.dryRun ? { dryRun: true } : {}),
    signal: cli.interrupt,
  });
  for await (const event of events) show(event);
  return EXIT.ok;
};
