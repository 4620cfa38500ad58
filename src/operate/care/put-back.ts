import type { AwsContext } from "../../aws/context.ts";
import { fileItems, type LedgerFilter, withLedger } from "../ledger/read.ts";
import { type FileStatus, getItems, headId, type Item, type LedgerTarget, text } from "../ledger/item.ts";
import { errorName, OperateProblem } from "../problem.ts";
import { startRun } from "../runs/calls.ts";
import type { RunTarget } from "../runs/events.ts";
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

export interface ChangeFinished {
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

/** Puts one row back to `received`, if it is still as it was read. The attempt stays: it fences old claims off. */
async function toReceived(
  ctx: AwsContext,
  ledger: LedgerTarget,
  item: Item,
  forget: readonly string[],
): Promise<boolean> {
  const dynamo = await ctx.clients.dynamodb();
  const removed = [...forget, ...(ledger.ttlAttribute ? [ledger.ttlAttribute] : [])];
  const names = Object.fromEntries(removed.map((name, at) => [`#r${at}`, name]));
  const run = item["run_id"];
  try {
    await dynamo.updateItem({
      TableName: ledger.table,
      Key: { [ledger.hashKey]: item[ledger.hashKey] ?? { S: "" } },
      UpdateExpression: `SET #status = :received, #pending = :one REMOVE ${Object.keys(names).join(", ")}`,
      ConditionExpression: `#status = :was AND #attempt = :attempt${run ? " AND #run = :run" : ""}`,
      ExpressionAttributeNames: {
        "#status": "status",
        "#pending": "pending",
        "#attempt": "attempt",
        ...(run ? { "#run": "run_id" } : {}),
        ...names,
      },
      ExpressionAttributeValues: {
        ":received": { S: "received" },
        ":one": { S: "1" },
        ":was": item["status"] ?? { S: "" },
        ":attempt": item["attempt"] ?? { N: "0" },
        ...(run ? { ":run": run } : {}),
      },
    });
    return true;
  } catch (error) {
    if (errorName(error) === "ConditionalCheckFailedException") return false;
    throw error;
  }
}

const told = (type: RowChange["type"], item: Item, ledger: LedgerTarget, why: string): RowChange => ({
  type,
  file_id: text(item, ledger.hashKey) ?? "",
  key: text(item, "key") ?? "",
  from: text(item, "status") ?? "",
  to: type === "left" ? null : "received",
  why,
});

async function startFor(
  ctx: AwsContext,
  run: RunTarget,
  changed: number,
  options: ChangeOptions,
): Promise<string | null> {
  if (changed === 0 || options.dryRun || options.start === false) return null;
  try {
    return await startRun(ctx, run.workflow);
  } catch (error) {
    if (error instanceof OperateProblem && error.code === "concurrent_runs") return null;
    throw error;
  }
}

async function* change(
  ctx: AwsContext,
  ledger: LedgerTarget,
  run: RunTarget,
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
      yield told("left", item, ledger, why);
    } else if (options.dryRun) {
      changed++;
      yield told("would-change", item, ledger, why);
    } else if (await toReceived(ctx, ledger, item, forget)) {
      changed++;
      yield told("changed", item, ledger, why);
      if (options.rate) await ctx.clock.sleep(1000 / options.rate, options.signal);
    } else {
      left++;
      yield told("left", item, ledger, "it changed meanwhile");
    }
  }
  yield { type: "finished", changed, left, runId: await startFor(ctx, run, changed, options) };
}

/** Whether a row is the latest generation of its key, or can still be read by its version. */
async function* readable(ctx: AwsContext, ledger: LedgerTarget, items: AsyncIterable<Item>): AsyncGenerator<Candidate> {
  let batch: Item[] = [];
  const settle = async function* (): AsyncGenerator<Candidate> {
    const idOf = (item: Item): string => headId(text(item, "bucket") ?? "", text(item, "key") ?? "");
    const heads = await getItems(ctx, ledger, batch.map(idOf));
    for (const item of batch) {
      const latest = text(heads.get(idOf(item)) ?? {}, "latest_file_id");
      const current = latest === null || latest === text(item, ledger.hashKey);
      if (current || text(item, "version_id"))
        yield { item, why: current ? "latest generation" : "older generation, still there as a version" };
      else yield { item, why: "an older generation whose content S3 no longer has", leave: true };
    }
    batch = [];
  };
  for await (const item of items) if (batch.push(item) >= 100) yield* settle();
  if (batch.length > 0) yield* settle();
}

/** Reads processed or failed files once more: rows are keyed, so that nothing is counted twice. A filter is needed. */
export async function* reprocess(
  ctx: AwsContext,
  ledger: LedgerTarget,
  run: RunTarget,
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
    for await (const item of fileItems(ctx, ledger, filter))
      if (statuses.includes(text(item, "status") ?? "")) yield item;
  };
  const candidates = async function* (): AsyncGenerator<Candidate> {
    for await (const each of readable(ctx, ledger, wanted())) {
      const status = text(each.item, "status");
      yield status === "received" || status === "claimed"
        ? { ...each, leave: true, why: `it is ${status} already` }
        : each;
    }
  };
  yield* change(ctx, ledger, run, candidates(), WORK, options);
}

/** The same for files that are named by their ids: as many reads as there are names, however long the ledger is. */
export async function* reprocessFiles(
  ctx: AwsContext,
  ledger: LedgerTarget,
  run: RunTarget,
  fileIds: readonly string[],
  statuses: readonly FileStatus[],
  options: ChangeOptions = {},
): AsyncGenerator<ChangeEvent> {
  const named = async function* (): AsyncGenerator<Item> {
    for (let at = 0; at < fileIds.length; at += 100) {
      const batch = fileIds.slice(at, at + 100);
      yield* (await withLedger(ctx, ledger, () => getItems(ctx, ledger, batch))).values();
    }
  };
  const candidates = async function* (): AsyncGenerator<Candidate> {
    for await (const each of readable(ctx, ledger, named())) {
      const status = text(each.item, "status") ?? "";
      yield statuses.some((wanted) => wanted === status) ? each : { ...each, leave: true, why: `it is ${status}` };
    }
  };
  yield* change(ctx, ledger, run, candidates(), WORK, options);
}

/** Failed files once more. */
export const retry = (
  ctx: AwsContext,
  ledger: LedgerTarget,
  run: RunTarget,
  filter: Omit<LedgerFilter, "status"> = {},
  options: ChangeOptions = {},
): AsyncGenerator<ChangeEvent> => reprocess(ctx, ledger, run, { ...filter, status: "failed" }, options);

/** Gives orphaned claims back. What was read already stays noted: the next claim reads it once more, to the same rows. */
export const release = (
  ctx: AwsContext,
  ledger: LedgerTarget,
  run: RunTarget,
  options: ChangeOptions = {},
): AsyncGenerator<ChangeEvent> =>
  change(ctx, ledger, run, orphanClaims(ctx, ledger, run), ["lease_owner", "lease_until"], options);
