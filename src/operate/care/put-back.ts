import { headId } from "../ledger/file-id.ts";
import { type FileStatus, headOf, type LedgerFile, type LedgerFilter } from "../ledger/item.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { eachFile } from "../ledger/read.ts";
import { backToReceived } from "../ledger/write.ts";
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

const rowChange = (type: RowChange["type"], { fileId, key, status }: LedgerFile, why: string): RowChange => ({
  type,
  file_id: fileId,
  key,
  from: status,
  to: type === "left" ? null : "received",
  why,
});

async function* change(
  { ctx, ledger, run }: Intake,
  candidates: AsyncIterable<Candidate>,
  how: "put_back" | "release",
  options: ChangeOptions,
): AsyncGenerator<ChangeEvent> {
  let changed = 0;
  let left = 0;
  for await (const { file, why, leave } of candidates) {
    if (options.signal?.aborted) break;
    if (leave) {
      left++;
      yield rowChange("left", file, why);
    } else if (options.dryRun) {
      changed++;
      yield rowChange("would-change", file, why);
    } else if (await backToReceived(ledger, file, how)) {
      changed++;
      yield rowChange("changed", file, why);
      if (options.rate) await ctx.clock.sleep(1000 / options.rate, options.signal);
    } else {
      left++;
      yield rowChange("left", file, "it changed meanwhile");
    }
  }
  const starts = changed > 0 && !options.dryRun && options.start !== false;
  yield { type: "finished", changed, left, runId: (starts && (await startUnlessOn(ctx, run.workflow))) || null };
}

/** So many rows are looked at together. */
const BATCH = 100;

/** Whether rows are the latest generations of their keys, or can still be read by their versions. */
async function* readable(ledger: Ledger, files: AsyncIterable<LedgerFile>): AsyncGenerator<Candidate> {
  let batch: LedgerFile[] = [];
  for await (const file of files) {
    if (batch.push(file) < BATCH) continue;
    yield* judged(ledger, batch);
    batch = [];
  }
  if (batch.length > 0) yield* judged(ledger, batch);
}

async function* judged(ledger: Ledger, files: readonly LedgerFile[]): AsyncGenerator<Candidate> {
  const idOf = ({ bucket, key }: LedgerFile): string => headId(bucket, key);
  const heads = await ledger.items(files.map(idOf));
  for (const file of files) {
    const latest = headOf(heads.get(idOf(file)) ?? {}).latestFileId;
    const current = latest === null || latest === file.fileId;
    if (current || file.versionId)
      yield { file, why: current ? "latest generation" : "older generation, still there as a version" };
    else yield { file, why: "an older generation whose content S3 no longer has", leave: true };
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
  const wanted = async function* (): AsyncGenerator<LedgerFile> {
    for await (const file of eachFile(intake.ledger, filter)) if (statuses.includes(file.status)) yield file;
  };
  const candidates = async function* (): AsyncGenerator<Candidate> {
    for await (const each of readable(intake.ledger, wanted())) {
      const { status } = each.file;
      yield status === "received" || status === "claimed"
        ? { ...each, leave: true, why: `it is ${status} already` }
        : each;
    }
  };
  yield* change(intake, candidates(), "put_back", options);
}

/** The same for files that are named by their ids: as many reads as there are names, however long the ledger is. */
export async function* reprocessFiles(
  intake: Intake,
  fileIds: readonly string[],
  statuses: readonly FileStatus[],
  options: ChangeOptions = {},
): AsyncGenerator<ChangeEvent> {
  const named = async function* (): AsyncGenerator<LedgerFile> {
    for (let at = 0; at < fileIds.length; at += BATCH)
      yield* (await intake.ledger.files(fileIds.slice(at, at + BATCH))).values();
  };
  const candidates = async function* (): AsyncGenerator<Candidate> {
    for await (const each of readable(intake.ledger, named())) {
      const { status } = each.file;
      yield statuses.some((wanted) => wanted === status) ? each : { ...each, leave: true, why: `it is ${status}` };
    }
  };
  yield* change(intake, candidates(), "put_back", options);
}

/** Gives orphaned claims back. What was read already stays noted: the next claim reads it once more, to the same rows. */
export const release = (intake: Intake, options: ChangeOptions = {}): AsyncGenerator<ChangeEvent> =>
  change(intake, orphanClaims(intake), "release", options);
