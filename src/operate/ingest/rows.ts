import { type Generation, generationsOf, generationWith } from "../ledger/head.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { atEnd, type IngestPipeline, type Tracked } from "./events.ts";

const BATCH = 100;

async function readGenerations(
  { ledger, bucket }: IngestPipeline,
  files: readonly Tracked[],
): Promise<(file: Tracked) => Generation[]> {
  const heads = await ledger.heads(
    bucket,
    files.map((file) => file.key),
  );
  return (file) => generationsOf(heads.get(file.key), bucket, file.key);
}

/** Finds the generations of files that were sent. Answers how many the ledger does not know (yet). */
async function findHeads(pipeline: IngestPipeline, files: readonly Tracked[]): Promise<number> {
  const generations = await readGenerations(pipeline, files);
  for (const file of files) file.fileId = generationWith(generations(file), file, file.known)?.fileId;
  return files.filter((file) => !file.fileId).length;
}

function noteRow(file: Tracked, row: LedgerFile | undefined): void {
  if (!row) {
    // The head knows the generation and the row is gone: only what was processed is ever forgotten (TTL).
    file.status = "processed";
    return;
  }
  file.status = row.status;
  file.attempt = row.attempt;
  // A row that is new is ours from its first attempt on; one that is claimed is being tried now.
  const ours = file.sentAt !== undefined && !file.known.has(row.fileId);
  file.attemptAtFirst ??= ours ? 0 : row.attempt - (row.status === "claimed" ? 1 : 0);
  file.runId = row.runId ?? undefined;
  file.claimedAt = row.claimedAt ?? undefined;
  file.error = row.error ?? undefined;
}

async function readRows({ ledger }: IngestPipeline, files: readonly Tracked[]): Promise<void> {
  const rows = await ledger.files(files.flatMap((file) => file.fileId ?? []));
  for (const file of files) if (file.fileId) noteRow(file, rows.get(file.fileId));
}

/**
 * Before anything is sent: what the ledger knows of the keys. A file that is `same` in S3 gets its row when that content is
 * the latest generation of its key; when it is not, its event was lost.
 */
export async function lookUp(
  pipeline: IngestPipeline,
  files: readonly Tracked[],
  same: ReadonlySet<Tracked>,
): Promise<void> {
  const generations = await readGenerations(pipeline, files);
  for (const file of files) {
    const all = generations(file);
    file.known = new Set(all.map((each) => each.fileId));
    if (same.has(file)) file.fileId = generationWith(all, file, file.known)?.fileId;
  }
  await readRows(
    pipeline,
    files.filter((file) => file.fileId),
  );
}

/**
 * Brings the files up to date, those sent last first: while the last hundred are not all known (or not all at their end),
 * the others need no look. So a look costs one or two calls, however many files there are. Answers whether anything moved.
 */
export async function refresh(pipeline: IngestPipeline, files: readonly Tracked[]): Promise<boolean> {
  const before = files.map((file) => `${file.status} ${file.attempt} ${file.fileId ?? ""}`);
  for (let unknown = newestFirst(files, (file) => !file.fileId); unknown.length > 0; unknown = unknown.slice(BATCH)) {
    if ((await findHeads(pipeline, unknown.slice(0, BATCH))) > 0) break;
  }
  for (
    let open = newestFirst(files, (file) => file.fileId !== undefined && !atEnd(file));
    open.length > 0;
    open = open.slice(BATCH)
  ) {
    const batch = open.slice(0, BATCH);
    await readRows(pipeline, batch);
    if (!batch.every(atEnd)) break;
  }
  return files.some((file, at) => before[at] !== `${file.status} ${file.attempt} ${file.fileId ?? ""}`);
}

const newestFirst = (files: readonly Tracked[], wanted: (file: Tracked) => boolean): Tracked[] =>
  files.filter(wanted).reverse();
