import type { AwsContext } from "../../aws/context.ts";
import { DATASETS } from "../../lakehouse/registry.ts";
import { splitUrl } from "../hudi/store.ts";
import { isTheirs, opened, unitsOf, wordsOf } from "./content.ts";
import type { Place } from "./place.ts";
import { bytesOf, eachKey, eachUpload } from "./objects.ts";
import { concerns, isOf, type Person, type Resource } from "./person.ts";
import type { RawFile } from "./raw.ts";
import type { Request } from "./tables.ts";
import { DERIVED, tempFolders } from "./temporary.ts";

/**
 * Columns that name somebody: their cells are compared, and no others, for an id may be as short as a code. What is another
 * patient's may name an encounter of theirs by mistake, and stays.
 */
const NAMES = /^(?:id|(?!encounter_).*_id|.*_ids|.*_key|person|patient|replaced_by|replaces)$/;
/** Those of what is kept of stays that name encounters: a stay's id is that of its first one. */
const OF_ENCOUNTERS = /^(?:(?:encounter|held)_ids|(?:stay|discharge|by)_id)$/;
/** What Hudi writes into the end of a file: the least and the greatest of its keys. */
const KEYS = /^hoodie_(?:min|max)_record_key$/;

/** Places that still hold something of a person, or of a file that is gone: every version of every object is opened. */
export async function leftovers(
  place: Place,
  person: Person,
  files: readonly RawFile[],
  request: Request,
): Promise<string[]> {
  const { pipeline, silver } = place;
  const { ctx, bucket, prefix, bronze } = pipeline;
  const left: string[] = [];
  const words = wordsOf(person);
  const gone = new Set(files.filter(({ whole }) => whole).map(({ key }) => key));
  for await (const { key, versions, markers } of eachKey(ctx, bucket, prefix)) {
    if (gone.has(key) && versions.length + markers > 0) left.push(`s3://${bucket}/ (a raw file)`);
    for (const version of versions) {
      const bytes = await bytesOf(ctx, bucket, version);
      if (!bytes) continue;
      const { bytes: text, unseen } = opened(bytes);
      if (unseen && person.patients.size > 0)
        left.push(
          `s3://${bucket}/ (a gzip of ${bytes.length} bytes is damaged or too large: not all of it can be read)`,
        );
      if ([...unitsOf(text)].some((unit) => isTheirs(person, unit, words))) left.push(`s3://${bucket}/ (a raw file)`);
    }
  }
  // A file is known by its key, a person by what is in it.
  const isPerson = person.patients.size > 0;
  left.push(...(await uploadsOn(ctx, bucket, prefix, (key) => isPerson || gone.has(key))));
  const rows = new Set(Object.values(request.rows).flat());
  const tables = [
    ...[...DATASETS, "quarantine"].map((name) => `${bronze}/${name}/`),
    ...DATASETS.flatMap((name) => [`${silver}/${name}/`, `${silver}/${name}_deleted/`]),
  ];
  for (const table of tables)
    if (await tableHolds(ctx, `s3://${table}`, (name, cell) => isLeft(person, rows, name, cell)))
      left.push(`s3://${table}`);
  for (const table of DERIVED)
    if (await tableHolds(ctx, `s3://${silver}/${table}/`, (name, cell) => isStay(person, name, cell)))
      left.push(`s3://${silver}/${table}/`);
  for (const folder of tempFolders(place)) if (await folderHolds(ctx, folder, person, rows)) left.push(folder);
  return [...new Set(left)];
}

/** Parts of an upload cannot be read before it ends. */
async function uploadsOn(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean,
): Promise<string[]> {
  let count = 0;
  for await (const { Key = "" } of eachUpload(ctx, bucket, prefix)) if (wanted(Key)) count++;
  return count === 0 ? [] : [`s3://${bucket}/ (unfinished uploads that nobody can look into: ${count})`];
}

/** A stay lists encounters beside whom it is of; an encounter's id may be the same as somebody's. */
function isStay(person: Person, name: string, cell: string): boolean {
  if (!NAMES.test(name) && !KEYS.test(name)) return false;
  return isOf(person, OF_ENCOUNTERS.test(name) ? "Encounter" : "Patient", cell);
}

/** Whether a file of any kind holds one of the ids as a word. */
async function folderHolds(ctx: AwsContext, url: string, person: Person, rows: ReadonlySet<string>): Promise<boolean> {
  const { bucket, prefix } = splitUrl(url);
  const words = wordsOf(person);
  for await (const { key, versions } of eachKey(ctx, bucket, prefix))
    for (const version of versions) {
      const bytes = await bytesOf(ctx, bucket, version);
      if (!bytes) continue;
      const text = opened(bytes).bytes.toString("latin1");
      if (words.test(text) || /\/forget-[^/]+\.json$/.test(key) || [...rows].some((row) => text.includes(row)))
        return true;
    }
  return false;
}

function isLeft(person: Person, rows: ReadonlySet<string>, name: string, cell: string): boolean {
  if (rows.has(cell)) return true;
  if (name === "resource") return concernsText(person, cell);
  const last = name.split(".").at(-1) ?? name;
  if (!NAMES.test(last) && !KEYS.test(last)) return false;
  return isOf(person, null, cell);
}

function concernsText(person: Person, text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) && concerns(person, value as Resource);
  } catch {
    return wordsOf(person).test(text);
  }
}

/** Whether a cell, or the end, of some version of some data file of a table is one of these. */
async function tableHolds(
  ctx: AwsContext,
  url: string,
  isOne: (name: string, cell: string) => boolean,
): Promise<boolean> {
  const { bucket, prefix } = splitUrl(url);
  const { parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  for await (const { key, versions } of eachKey(ctx, bucket, prefix))
    for (const version of key.endsWith(".parquet") ? versions : []) {
      const bytes = await bytesOf(ctx, bucket, version);
      if (!bytes) continue;
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
      const { key_value_metadata: said = [] } = await parquetMetadataAsync(file);
      if (said.some(({ key: name, value = "" }) => isOne(name, value))) return true;
      for (const row of await parquetReadObjects({ file, compressors }))
        for (const [name, cell] of cellsOf("", row)) if (isOne(name, cell)) return true;
    }
  return false;
}

/** Texts of a row, by the names of their columns. */
function* cellsOf(name: string, value: unknown): Generator<[string, string]> {
  if (typeof value === "string") yield [name, value];
  else if (Array.isArray(value)) for (const one of value) yield* cellsOf(name, one);
  else if (typeof value === "object" && value !== null && !(value instanceof Date))
    for (const [member, one] of Object.entries(value)) yield* cellsOf(member, one);
}
