import { quarantinedFiles, reprocessFiles } from "../../operate/index.ts";
import type { quarantineReplay } from "../declared/quarantine.ts";
import type { Run } from "../declared/kit.ts";
import { shown } from "../put-back.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Reads files again that have lines in quarantine. */
export const run: Run<typeof quarantineReplay> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const pipeline = openPipeline(session);
  const ids = await quarantinedFiles(pipeline, options);
  const events = reprocessFiles(pipeline, ids, ["processed", "failed"], {
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
