import type { AwsContext } from "../../aws/context.ts";
import { holderText } from "../../aws/lease-record.ts";
import { type Item, text } from "../ledger/item.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { rewrite } from "../ledger/rewrite.ts";
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
const skippable = (item: Item): boolean => ["received", "failed"].includes(text(item, "status") ?? "");

const toSkipped = (ledger: Ledger, item: Item, why: string): Promise<boolean> =>
  rewrite(
    ledger,
    item,
    {
      status: "skipped",
      skipped_by: holderText(),
      skipped_why: why,
      skipped_at: new Date(ledger.ctx.clock.now()).toISOString(),
    },
    ["pending", "lease_owner", "lease_until"],
  );

const WHY: Readonly<Record<string, string>> = {
  processed: "it is processed: its rows are in the tables",
  claimed: "a run is reading it",
  skipped: "it is skipped already",
};

/** A file of which no generation can be set aside: said before anything is changed. */
function refuse(ctx: AwsContext, items: readonly Item[]): void {
  const newest = items.toSorted((a, b) => ((text(a, "generation") ?? "") < (text(b, "generation") ?? "") ? 1 : -1))[0];
  if (!newest || items.some(skippable) || text(newest, "status") === "skipped") return;
  const key = text(newest, "key") ?? "";
  const claimed = text(newest, "status") === "claimed";
  throw new OperateProblem(
    claimed ? "file_claimed" : "file_processed",
    claimed
      ? `${key} is being read by ${text(newest, "run_id") ?? "a run"}: it cannot be set aside now`
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
  const items = [...(await ledger.items(fileIds)).values()];
  const objectOf = (item: Item): string => `${text(item, "bucket")}/${text(item, "key")}`;
  for (const object of new Set(items.map(objectOf)))
    refuse(
      ledger.ctx,
      items.filter((item) => objectOf(item) === object),
    );
  const count = { changed: 0, left: 0 };
  for (const item of items) {
    const row = { file_id: ledger.idOf(item), key: text(item, "key") ?? "" };
    const from = text(item, "status") ?? "";
    const change = (type: RowChange["type"], why: string): RowChange => {
      count[type === "left" ? "left" : "changed"]++;
      return { type, ...row, from, to: type === "left" ? null : "skipped", why };
    };
    const why = options.why ?? "no reason given";
    if (!skippable(item)) yield change("left", WHY[from] ?? `it is ${from}`);
    else if (options.dryRun) yield change("would-change", why);
    else if (await toSkipped(ledger, item, why)) yield change("changed", why);
    else yield change("left", "it changed meanwhile");
  }
  yield { type: "finished", ...count, runId: null };
}
