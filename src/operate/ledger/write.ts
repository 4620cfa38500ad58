import { holderText } from "../../aws/lease-record.ts";
import { guessDataset, type Parameters } from "../../lakehouse/ledger.ts";
import { fileIdOf, generationOf, headId, runItemId, sequencerOf } from "./file-id.ts";
import {
  headOf,
  headReplaced,
  headWith,
  type Item,
  itemOf,
  type LedgerFile,
  type NewContent,
  runWithout,
  type Values,
} from "./item.ts";
import type { Ledger } from "./ledger.ts";

/** What the command line writes into the ledger, by the writes of the schema. Each answers false when somebody was faster. */

/** As it was read: the attempt fences old claims off, and a run that claims it at this moment wins. */
const asRead = ({ status, attempt, runId }: LedgerFile): Parameters => ({
  was: status,
  attempt,
  run_id: runId ?? undefined,
});

/** Back to `received`, if it is still as it was read: `put_back` forgets what was read of it, `release` who held it. */
export const backToReceived = (ledger: Ledger, file: LedgerFile, how: "put_back" | "release"): Promise<boolean> =>
  ledger.update(how, file.fileId, asRead(file));

/** Set aside, for good: expired it would be taken for an upload that the ledger was never told of. */
export const setAside = (ledger: Ledger, file: LedgerFile, why: string): Promise<boolean> =>
  ledger.update("skip", file.fileId, {
    ...asRead(file),
    by: holderText(),
    why,
    at: new Date(ledger.ctx.clock.now()).toISOString(),
  });

/** What names a generation, and what it holds. */
interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly ms: number;
  readonly sequencer: string;
  readonly versionId: string;
  readonly etag: string;
  readonly size: number;
}

/** What any row of a generation says. */
const rowOfUpload = (ledger: Ledger, upload: Upload): Values => ({
  generation: generationOf(upload),
  bucket: upload.bucket,
  key: upload.key,
  etag: upload.etag,
  size: upload.size,
  sequencer: sequencerOf(upload),
  dataset: guessDataset(upload.key),
  receivedAt: new Date(ledger.ctx.clock.now()).toISOString(),
  versionId: upload.versionId || undefined,
});

/** A generation that waits for a run. */
export const record = (ledger: Ledger, upload: Upload): Promise<boolean> =>
  ledger.create("record", fileIdOf(upload.bucket, upload.key, upload), rowOfUpload(ledger, upload));

/** A generation that was processed before there was this ledger, and its place among the uploads of its key. */
export async function importFile(
  ledger: Ledger,
  upload: Upload,
  values: Pick<Values, "processedAt" | "importedFrom" | "dataset" | "recordsIn">,
  expiry: Item,
): Promise<boolean> {
  const { bucket, key } = upload;
  const id = headId(bucket, key);
  const fileId = fileIdOf(bucket, key, upload);
  const head = headWith(await ledger.item(id), { ...upload, fileId });
  if (!head) return false;
  const { item, seen } = head;
  return ledger.createAll([
    seen > 0 ? { write: "head_next", id, item, parameters: { seen } } : { write: "head_first", id, item },
    { write: "import", id: fileId, item: { ...itemOf({ ...rowOfUpload(ledger, upload), ...values }), ...expiry } },
  ]);
}

/** Tries against a function that writes the same head. */
const TRIES = 20;

/**
 * The latest generation of a key holds these bytes from now on. True when the head says so; false when a run has claimed what
 * the function made of the event, which then reads it as a file of its own.
 */
export async function contentReplaced(ledger: Ledger, file: LedgerFile, to: NewContent): Promise<boolean> {
  const id = headId(file.bucket, file.key);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const item = await ledger.item(id);
    if (!item) break;
    const latest = headOf(item).latestFileId;
    const born = latest !== null && latest !== file.fileId;
    if (born && !(await ledger.remove(latest))) return false;
    const { item: next, seen } = headReplaced(item, file, to, born);
    if (await ledger.createAll([{ write: "head_next", id, item: next, parameters: { seen } }])) break;
    await ledger.ctx.clock.sleep(50 * (attempt + 1));
  }
  return ledger.update("rewrite", file.fileId, { etag: to.etag, size: to.size, version_id: to.versionId });
}

/** Files that are to be forgotten leave the ledger: their rows, the heads of their keys, and the sets of runs. */
export async function forgotten(
  ledger: Ledger,
  bucket: string,
  key: string,
  files: readonly LedgerFile[],
): Promise<boolean> {
  const ids = new Set(files.map(({ fileId }) => fileId));
  for (const runId of new Set(files.flatMap(({ runId: run }) => run ?? []))) {
    const id = runItemId(runId);
    const item = await ledger.item(id);
    const next = item && runWithout(item, ids);
    if (next) await ledger.createAll([{ write: "run_without", id, item: next }]);
  }
  const removed = await Promise.all([...ids].map((id) => ledger.remove(id)));
  return removed.every(Boolean) && (await ledger.remove(headId(bucket, key)));
}

/** The tables hold so many rows of a file now. A file that not every table has read is left alone. */
export async function recounted(
  ledger: Ledger,
  file: LedgerFile,
  rows: { readonly patient: number; readonly encounter: number; readonly condition: number },
): Promise<void> {
  const { rowsPatient, rowsEncounter, rowsCondition } = file;
  if (rowsPatient === null || rowsEncounter === null || rowsCondition === null) return;
  if (rowsPatient === rows.patient && rowsEncounter === rows.encounter && rowsCondition === rows.condition) return;
  await ledger.update("recount", file.fileId, { ...rows });
}
