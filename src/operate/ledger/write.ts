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
  seenOf,
  type Values,
} from "./item.ts";
import { generationsOf } from "./head.ts";
import type { Change, Ledger } from "./ledger.ts";

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
 * The latest generation of a key holds these bytes from now on, said in its head and, unless it has expired, its row. False
 * when a run has it, or the key has a later generation: `after` the bytes were put one of these very bytes, that no run has
 * taken up, is what the function made of the event, and is taken back. False too when others keep writing the head.
 */
export async function contentReplaced(
  ledger: Ledger,
  file: Pick<LedgerFile, "bucket" | "key" | "fileId">,
  to: NewContent,
  when: "before" | "after",
): Promise<boolean> {
  const id = headId(file.bucket, file.key);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const item = await ledger.item(id);
    const { latestFileId: latest, last } = item ? headOf(item) : { latestFileId: null, last: undefined };
    const born = latest === file.fileId ? null : latest;
    const rows = await ledger.files([file.fileId, ...(born === null ? [] : [born])]);
    if (rows.get(file.fileId)?.status === "claimed") return false;
    const isOurs = when === "after" && last?.etag === to.etag && last.size === to.size;
    if (born !== null && (!isOurs || (rows.get(born)?.status ?? "received") !== "received")) return false;
    const changes = [
      ...(item ? [headChange(item, file, to, born !== null)] : []),
      ...(rows.has(file.fileId) ? [rowChange(file.fileId, to)] : []),
      ...(born === null ? [] : [{ write: "take_away" as const, id: born }]),
    ];
    if (changes.length === 0 || (await ledger.changeAll(changes))) return true;
    await ledger.ctx.clock.sleep(50 * (attempt + 1));
  }
  return false;
}

function headChange(
  head: Item,
  file: Pick<LedgerFile, "bucket" | "key" | "fileId">,
  to: NewContent,
  born: boolean,
): Change {
  const { item, seen } = headReplaced(head, file.fileId, to, born);
  return { write: "head_next", id: headId(file.bucket, file.key), item, parameters: { seen } };
}

const rowChange = (id: string, to: NewContent): Change => ({
  write: "rewrite",
  id,
  parameters: { etag: to.etag, size: to.size, version_id: to.versionId },
});

/** DynamoDB changes so many items at once. */
const AT_ONCE = 100;

/**
 * Files that are to be forgotten leave the ledger: their rows, the head of their key as it was read, and the sets of runs.
 * False when a run has one, or the key has heard of another upload since; up to a hundred rows go at once or not at all.
 */
export async function forgotten(
  ledger: Ledger,
  { bucket, key, head }: { readonly bucket: string; readonly key: string; readonly head: Item | undefined },
  files: readonly LedgerFile[],
): Promise<boolean> {
  // The head remembers those that have expired too: until DynamoDB deletes them they name the key.
  const remembered = head ? generationsOf(headOf(head), bucket, key).map(({ fileId }) => fileId) : [];
  const ids = new Set([...files.map(({ fileId }) => fileId), ...remembered]);
  const now = await ledger.files([...ids]);
  if ([...now.values()].some(({ status }) => status === "claimed")) return false;
  for (const runId of new Set(files.flatMap(({ runId: run }) => run ?? [])))
    if (!(await leftByRun(ledger, runId, ids))) return false;
  const changes: Change[] = [...ids].map((id) => ({ write: "take_away", id }));
  if (head) changes.push({ write: "take_head", id: headId(bucket, key), parameters: { seen: seenOf(head) } });
  for (let at = 0; at < changes.length; at += AT_ONCE)
    if (!(await ledger.changeAll(changes.slice(at, at + AT_ONCE)))) return false;
  return true;
}

/** A run's set without some files. False when others keep writing it. */
async function leftByRun(ledger: Ledger, runId: string, ids: ReadonlySet<string>): Promise<boolean> {
  const id = runItemId(runId);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const item = await ledger.item(id);
    const next = item && runWithout(item, ids);
    if (!next || (await ledger.createAll([{ write: "run_without", id, item: next }]))) return true;
    await ledger.ctx.clock.sleep(50 * (attempt + 1));
  }
  return false;
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
