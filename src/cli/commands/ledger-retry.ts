import { reprocess, reprocessFiles } from "../../operate/index.ts";
import type { ledgerRetry } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { fileIds, flags, shown } from "../put-back.ts";
import { ledgerTarget, openSession, runTarget } from "../session.ts";

/** Failed files once more (named ones may be skipped ones too): those named, or all of them. */
export const run: Run<typeof ledgerRetry> = async (cli, options, { files }) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const runs = runTarget(session);
  const ledger = ledgerTarget(session);
  const how = flags(cli, options);
  const events =
    files.length > 0
      ? reprocessFiles(session.aws, ledger, runs, await fileIds(session, files), ["failed", "skipped"], how)
      : reprocess(session.aws, ledger, runs, { status: options.status ?? "failed" }, how);
  return shown(cli, session, options, events);
};
