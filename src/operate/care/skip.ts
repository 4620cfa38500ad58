import type { AwsContext } from "../../aws/context.ts";
import type { LedgerFile } from "../ledger/item.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { setAside } from "../ledger/write.ts";
import { command } from "../next.ts";
import { OperateProblem } from "../problem.ts";
import { shellWord } from "../shell.ts";
import type { ChangeEvent, RowChange } from "./put-back.ts";

interface SkipOptions {
  readonly dryRun?: boolean;
  /** Why it is set aside, for whoever meets it later. No patient data. */
  readonly why?: string;
}

/** What is in no run's hands and has no rows that would have to go. */
const skippable = ({ status }: LedgerFile): boolean => status === "received" || status === "failed";

const WHY: Readonly<Record<string, string>> = {
  processed: "it is processed: its rows are in the tables",
  claimed: "a run is reading it",
  skipped: "it is skipped already",
};

/** A file of which no generation can be set aside: said before anything is changed. */
function refuse(ctx: AwsContext, files: readonly LedgerFile[]): void {
  const newest = files.toSorted((a, b) => ((a.generation ?? "") < (b.generation ?? "") ? 1 : -1))[0];
  if (!newest || files.some(skippable) || newest.status === "skipped") return;
  const { key } = newest;
  const claimed = newest.status === "claimed";
  throw new OperateProblem(
    claimed ? "file_claimed" : "file_processed",
    claimed
      ? `${key} is being read by ${newest.runId ?? "a run"}: it cannot be set aside now`
      : `${key} is processed: its rows are in the tables, and there is nothing to set aside`,
    claimed
      ? `${command(ctx, "run-workflow --attach")}, then again; ${command(ctx, "ledger release")} when nobody reads it any more`
      : command(ctx, `where ${shellWord(key)}`),
    "user",
    key,
  );
}

/**
 * Sets files aside, by their ids: no run takes them, and they keep nothing waiting, until `ledger retry` takes them back.
 * New content under the key is a new generation and is read as ever.
 */
export async function* skip(
  ledger: Ledger,
  fileIds: readonly string[],
  options: SkipOptions = {},
): AsyncGenerator<ChangeEvent> {
  const files = [...(await ledger.files(fileIds)).values()];
  const objectOf = ({ bucket, key }: LedgerFile): string => `${bucket}/${key}`;
  for (const object of new Set(files.map(objectOf)))
    refuse(
      ledger.ctx,
      files.filter((file) => objectOf(file) === object),
    );
  const count = { changed: 0, left: 0 };
  for (const file of files) {
    const { fileId, key, status: from } = file;
    const change = (type: RowChange["type"], why: string): RowChange => {
      count[type === "left" ? "left" : "changed"]++;
      return { type, file_id: fileId, key, from, to: type === "left" ? null : "skipped", why };
    };
    const why = options.why ?? "no reason given";
    if (!skippable(file)) yield change("left", WHY[from] ?? `it is ${from}`);
    else if (options.dryRun) yield change("would-change", why);
    else if (await setAside(ledger, file, why)) yield change("changed", why);
    else yield change("left", "it changed meanwhile");
  }
  yield { type: "finished", ...count, runId: null };
}
