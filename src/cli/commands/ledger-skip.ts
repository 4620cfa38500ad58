import { skip } from "../../operate/index.ts";
import { skipView } from "../../ui/ledger.ts";
import type { ledgerSkip } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { fileIds } from "../put-back.ts";
import { openSession } from "../session.ts";
import { openLedger } from "../targets.ts";

/** Files set aside: no run takes them until `ledger retry` takes them back. */
export const run: Run<typeof ledgerSkip> = async (cli, options, { files }) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const ids = await fileIds(session, files);
  const show = skipView(cli.term);
  const events = skip(openLedger(session), ids, {
    ...(options.dryRun ? { dryRun: true } : {}),
    ...(options.why === undefined ? {} : { why: options.why }),
  });
  for await (const event of events) show(event);
  return EXIT.ok;
};
