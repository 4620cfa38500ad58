import { reprocess, reprocessFiles } from "../../operate/index.ts";
import type { ledgerReprocess } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { usage } from "../errors.ts";
import { filterOf } from "../ledger-filter.ts";
import { fileIds, flags, shown } from "../put-back.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Processed files once more. */
export const run: Run<typeof ledgerReprocess> = async (cli, options, { files }) => {
  const filter = filterOf(options);
  const narrowed = Object.values(filter).some((value) => value !== undefined);
  if (files.length === 0 && !narrowed)
    throw usage(
      "no_filter",
      "nothing says which files to read again",
      "Name files, or add --prefix, --since, --until, --status, --dataset or --run.",
    );
  if (files.length > 0 && narrowed)
    throw usage("usage", "files and filters exclude each other", "Name files, or filter; not both.");
  const session = await openSession(cli, options, { readOnly: options.dryRun === true });
  const pipeline = openPipeline(session);
  const how = flags(cli, options);
  const events =
    files.length > 0
      ? reprocessFiles(pipeline, await fileIds(session, files), ["processed", "failed"], how)
      : reprocess(pipeline, filter, how);
  return shown(cli, session, options, events);
};
