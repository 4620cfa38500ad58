import { eachRow } from "../hudi/read.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { parseFileId } from "../ledger/file-id.ts";
import type { Pipeline } from "../runs/pipeline.ts";

/** One line that could not be read: where and why, never what stood there. */
export interface QuarantineRow {
  readonly bucket: string;
  readonly key: string;
  readonly file_id: string;
  readonly line: number;
  readonly entry: number;
  readonly reason: string;
  readonly run_id: string | null;
  readonly at: string | null;
  /** Read again since, without it. */
  readonly solved: boolean;
}

interface QuarantineFilter {
  readonly prefix?: string | undefined;
  readonly file?: string | undefined;
  readonly reason?: string | undefined;
  /** Also what a later reading of the file has solved. */
  readonly all?: boolean | undefined;
  readonly limit?: number | undefined;
}

const COLUMNS = ["file_id", "line", "entry", "reason", "run_id", "ingested_at"];
const BATCH = 100;

/** A reading writes its quarantine under its run: rows of another run are from before the file was read again. */
function isSolved(file: LedgerFile | undefined, runId: string | null): boolean {
  if (file?.status !== "processed") return false;
  return file.recordsQuarantined === 0 || (runId !== null && file.runId !== runId);
}

/** Lines in quarantine, file by file of the table: constant memory. */
export async function* listQuarantine(
  pipeline: Pick<Pipeline, "ctx" | "ledger" | "bronze">,
  filter: QuarantineFilter = {},
): AsyncGenerator<QuarantineRow> {
  const { ctx, ledger, bronze } = pipeline;
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  let batch: Omit<QuarantineRow, "solved">[] = [];
  const judged = async (): Promise<QuarantineRow[]> => {
    const files = await ledger.files(batch.map((row) => row.file_id));
    const rows = batch.map((row) => ({ ...row, solved: isSolved(files.get(row.file_id), row.run_id) }));
    batch = [];
    return filter.all ? rows : rows.filter((row) => !row.solved);
  };
  const take = function* (rows: readonly QuarantineRow[]): Generator<QuarantineRow> {
    for (const row of rows) if (left-- > 0) yield row;
  };
  for await (const row of eachRow(ctx, `s3://${bronze}/quarantine/`, COLUMNS)) {
    const fileId = String(row["file_id"] ?? "");
    const { bucket = "", key = fileId } = parseFileId(fileId) ?? {};
    if (filter.prefix !== undefined && !key.startsWith(filter.prefix)) continue;
    if (filter.file !== undefined && key !== filter.file && !key.endsWith(`/${filter.file}`)) continue;
    const reason = String(row["reason"] ?? "");
    if (filter.reason !== undefined && !reason.includes(filter.reason)) continue;
    batch.push({
      bucket,
      key,
      file_id: fileId,
      line: Number(row["line"] ?? 0),
      entry: Number(row["entry"] ?? 0),
      reason,
      run_id: row["run_id"] === null || row["run_id"] === undefined ? null : String(row["run_id"]),
      at: row["ingested_at"] === null || row["ingested_at"] === undefined ? null : String(row["ingested_at"]),
    });
    if (batch.length < BATCH) continue;
    yield* take(await judged());
    if (left <= 0) return;
  }
  yield* take(await judged());
}

/** Keys of the files that have lines in quarantine, each once: what a replay reads again. */
export async function quarantinedFiles(
  pipeline: Pick<Pipeline, "ctx" | "ledger" | "bronze">,
  filter: QuarantineFilter = {},
): Promise<string[]> {
  const ids = new Set<string>();
  for await (const row of listQuarantine(pipeline, { ...filter, limit: undefined })) ids.add(row.file_id);
  return [...ids];
}
