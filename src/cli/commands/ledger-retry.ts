import { reprocess, reprocessFiles } from "../../operate/index.ts";
import type { ledgerRetry } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { fileIds, flags, shown } from "../put-back.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Failed files once more (named ones may be skipped ones too): those named, or all of them. */
export const run: Run<typeof ledgerRetry> = async (cli, options, { files }) => {
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const pipeline = openPipeline(session);
  const how = flags(cli, options);
  const events =
    files.length > 0
      ? reprocessFiles(pipeline, await fileIds(session, files), ["failed", "skipped"], how)
      : reprocess(pipeline, { status: options.status ?? "failed" }, how);
  return shown(cli, session, options, events);
};
