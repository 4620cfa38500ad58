import { rawKeys, type RawKey } from "../care/raw-objects.ts";
import { keyOf } from "../ledger/file-id.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { eachFile } from "../ledger/read.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import type { AuditEvent } from "./events.ts";
import type { Parts } from "./parts.ts";
import { Bronze, type BronzeRows, bronzeRows, type Counts } from "./tables.ts";

const FIELDS: readonly (keyof LedgerFile)[] = [
  "fileId",
  "key",
  "status",
  "processedAt",
  "rowsPatient",
  "rowsEncounter",
  "rowsCondition",
];

/** Everything of some keys: every source's, and all of it. */
export interface Part {
  readonly bronze: Bronze;
  readonly rows: readonly FileRow[];
  readonly known: ReadonlySet<string>;
  readonly keys: readonly RawKey[];
}

/** What the ledger says of a generation. */
export interface FileRow {
  readonly fileId: string;
  readonly key: string;
  readonly status: string;
  readonly processedAt: string | null;
  readonly rows: Readonly<Counts>;
}

/** What one source says of one key. */
export type Dealt = { readonly bronze: BronzeRows } | { readonly file: FileRow } | { readonly raw: RawKey };

/** Reads the tables, then the ledger, then S3: what came last is then known to all that is read after it. */
export async function* dealt(
  pipeline: Pipeline,
  parts: Parts<Dealt>,
  signal: AbortSignal | undefined,
): AsyncGenerator<AuditEvent> {
  const add = (key: string, record: Dealt): Promise<void> => {
    signal?.throwIfAborted();
    return parts.add(key, record);
  };
  const { ledger } = pipeline;
  yield { type: "step", what: "the Bronze tables" };
  for await (const bronze of bronzeRows(pipeline)) await add(keyOf(bronze.fileId), { bronze });
  yield { type: "step", what: "the ledger" };
  for await (const one of eachFile(ledger, {}, FIELDS)) {
    const file = fileRow(one);
    await add(file.key, { file });
  }
  yield { type: "step", what: "S3" };
  for await (const page of rawKeys(pipeline)) for (const raw of page) await add(raw.key, { raw });
}

const fileRow = (file: LedgerFile): FileRow => ({
  fileId: file.fileId,
  key: file.key || keyOf(file.fileId),
  status: file.status,
  processedAt: file.processedAt,
  rows: { patient: file.rowsPatient ?? 0, encounter: file.rowsEncounter ?? 0, condition: file.rowsCondition ?? 0 },
});

/** The values of a part, sorted out. */
export function partOf(values: readonly Dealt[], bucket: string): Part {
  const bronze = new Bronze(bucket);
  const rows = new Map<string, FileRow>();
  const keys: RawKey[] = [];
  for (const record of values) {
    if ("bronze" in record) bronze.add(record.bronze);
    else if ("file" in record) rows.set(record.file.fileId, record.file);
    else keys.push(record.raw);
  }
  return { bronze, rows: [...rows.values()], known: new Set(rows.keys()), keys };
}
