import { type FileStatus, headId, type Item, type LedgerFilter, text } from "../ledger/item.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { fileItems } from "../ledger/read.ts";
import { rewrite } from "../ledger/rewrite.ts";
import { OperateProblem } from "../problem.ts";
import { startUnlessOn } from "../runs/calls.ts";
import type { Intake } from "../runs/pipeline.ts";
import { type Candidate, orphanClaims } from "./orphans.ts";

/** One row that was changed (or would be), or left alone, and why. */
export interface RowChange {
  readonly type: "changed" | "would-change" | "left";
  readonly file_id: string;
  readonly key: string;
  readonly from: string;
  readonly to: "received" | "skipped" | null;
  readonly why: string;
}

interface ChangeFinished {
  readonly type: "finished";
  readonly changed: number;
  readonly left: number;
  /** Run that was started for the changed files; null when one is on (the next takes them) or nothing changed. */
  readonly runId: string | null;
}

export type ChangeEvent = RowChange | ChangeFinished;

export interface ChangeOptions {
  readonly dryRun?: boolean;
  /** Rows a second. Default: as fast as DynamoDB takes them. */
  readonly rate?: number;
  /** Start the workflow for what was changed. Default true. */
  readonly start?: boolean;
  readonly signal?: AbortSignal;
}

const WORK = [
  ["records_in", "records_quarantined", "rows_patient", "rows_encounter", "rows_condition", "processed_at"],
  ["error", "lost", "skipped_by", "skipped_why", "skipped_at"],
  ["run_id", "claimed_at", "lease_owner", "lease_until"],
].flat();

/** Puts one row back to `received`. */
const toReceived = (ledger: Ledger, item: Item, forget: readonly string[]): Promise<boolean> =>
  rewrite(ledger, item, { status: "received", pending: "1" }, forget);

const rowChange = (type: RowChange["type"], item: Item, ledger: Ledger, why: string): RowChange => ({
  type,
  file_id: ledger.idOf(item),
  key: text(item, "key") ?? "",
  from: text(item, "status") ?? "",
  to: type === "left" ? null : "received",
  why,
});

async function* change(
  { ctx, ledger, run }: Intake,
  candidates: AsyncIterable<Candidate>,
  forget: readonly string[],
  options: ChangeOptions,
): AsyncGenerator<ChangeEvent> {
  let changed = 0;
  let left = 0;
  for await (const { item, why, leave } of candidates) {
    if (options.signal?.aborted) break;
    if (leave) {
      left++;
      yield rowChange("left", item, ledger, why);
    } else if (options.dryRun) {
      changed++;
      yield rowChange("would-change", item, ledger, why);
    } else if (await toReceived(ledger, item, forget)) {
      changed++;
      yield rowChange("changed", item, ledger, why);
      if (options.rate) await ctx.clock.sleep(1000 / options.rate, options.signal);
    } else {
      left++;
      yield rowChange("left", item, ledger, "it changed meanwhile");
    }
  }
  const starts = changed > 0 && !options.dryRun && options.start !== false;
  yield { type: "finished", changed, left, runId: (starts && (await startUnlessOn(ctx, run.workflow))) || null };
}

/** So many rows are looked at together. */
const BATCH = 100;

/** Whether rows are the latest generations of their keys, or can still be read by their versions. */
async function* readable(ledger: Ledger, items: AsyncIterable<Item>): AsyncGenerator<Candidate> {
  let batch: Item[] = [];
  for await (const item of items) {
    if (batch.push(item) < BATCH) continue;
    yield* judged(ledger, batch);
    batch = [];
  }
  if (batch.length > 0) yield* judged(ledger, batch);
}

async function* judged(ledger: Ledger, items: readonly Item[]): AsyncGenerator<Candidate> {
  const idOf = (item: Item): string => headId(text(item, "bucket") ?? "", text(item, "key") ?? "");
  const heads = await ledger.items(items.map(idOf));
  for (const item of items) {
    const latest = text(heads.get(idOf(item)) ?? {}, "latest_file_id");
    const current = latest === null || latest === ledger.idOf(item);
    if (current || text(item, "version_id"))
      yield { item, why: current ? "latest generation" : "older generation, still there as a version" };
    else yield { item, why: "an older generation whose content S3 no longer has", leave: true };
  }
}

/** Reads processed or failed files once more: rows are keyed, so that nothing is counted twice. A filter is needed. */
export async function* reprocess(
  intake: Intake,
  filter: LedgerFilter,
  options: ChangeOptions = {},
): AsyncGenerator<ChangeEvent> {
  if (Object.values(filter).every((value) => value === undefined))
    throw new OperateProblem(
      "no_filter",
      "Nothing says which files to read again",
      "add --prefix, --since, --status, --dataset or --run; --prefix '' with --since … means all since then",
    );
  const statuses = filter.status ? [filter.status] : ["processed", "failed"];
  const wanted = async function* (): AsyncGenerator<Item> {
    for await (const item of fileItems(intake.ledger, filter))
      if (statuses.includes(text(item, "status") ?? "")) yield item;
  };
  const candidates = async function* (): AsyncGenerator<Candidate> {
    for await (const each of readable(intake.ledger, wanted())) {
      const status = text(each.item, "status");
      yield status === "received" || status === "claimed"
        ? { ...each, leave: true, why: `it is ${status} already` }
        : each;
    }
  };
  yield* change(intake, candidates(), WORK, options);
}

/** The same for files that are named by their ids: as many reads as there are names, however long the ledger is. */
export async function* reprocessFiles(
  intake: Intake,
  fileIds: readonly string[],
  statuses: readonly FileStatus[],
  options: ChangeOptions = {},
): AsyncGenerator<ChangeEvent> {
  const named = async function* (): AsyncGenerator<Item> {
    for (let at = 0; at < fileIds.length; at += BATCH)
      yield* (await intake.ledger.items(fileIds.slice(at, at + BATCH))).values();
  };
  const candidates = async function* (): AsyncGenerator<Candidate> {
    for await (const each of readable(intake.ledger, named())) {
      const status = text(each.item, "status") ?? "";
      yield statuses.some((wanted) => wanted === status) ? each : { ...each, leave: true, why: `it is ${status}` };
    }
  };
  yield* change(intake, candidates(), WORK, options);
}

/** Gives orphaned claims back. What was read already stays noted: the next claim reads it once more, to the same rows. */
export const release = (intake: Intake, options: ChangeOptions = {}): AsyncGenerator<ChangeEvent> =>
  change(intake, orphanClaims(intake), ["lease_owner", "lease_until"], options);
