import { release } from "../../operate/index.ts";
import type { ledgerRelease } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { flags, shown } from "../put-back.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Claims that nobody works on. */
export const run: Run<typeof ledgerRelease> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const events = release(openPipeline(session), flags(cli, options));
  return shown(cli, session, options, events);
};
