import type { AsyncBuffer } from "hyparquet";
import type { AwsContext } from "../../aws/context.ts";
import { saidBy } from "./progress.ts";
import { again, bufferOf, fewRows, look, type TableRow, TRIES } from "./read.ts";
import { getText, splitUrl } from "./store.ts";
import type { DataFile } from "./timeline.ts";

/** A table as one look found it: what is read of it belongs to one commit. */
export interface OpenTable {
  /** Time of the newest completed write. */
  readonly instant: string;
  /** What that write says under this name. */
  said(name: string): Promise<string | undefined>;
  /** Whole rows, chosen by some flat columns; `only` leaves files out, by their partition above all. */
  rows(
    columns: readonly string[],
    wanted: (row: TableRow) => boolean,
    only?: (file: DataFile) => boolean,
  ): Promise<TableRow[]>;
}

/**
 * A few rows of a table of any size: flat columns pass by, and only the rows that are wanted become objects. `undefined` when
 * there is no table. Where a cleaner removes a file meanwhile, `use` is asked once more.
 */
export async function inTable<T>(
  ctx: AwsContext,
  url: string,
  use: (table: OpenTable) => Promise<T>,
): Promise<T | undefined> {
  const { bucket, prefix } = splitUrl(url);
  for (let attempt = 0; ; attempt++) {
    try {
      const found = await look(ctx, bucket, prefix);
      if (!found) return undefined;
      return await use({
        instant: found.instant,
        said: async (name) => saidBy(await getText(ctx, bucket, found.commit), name),
        rows: async (columns, wanted, only = () => true) => {
          const rows: TableRow[] = [];
          for (const file of found.files.filter(only))
            rows.push(...(await chosen(await bufferOf(ctx, bucket, file), columns, wanted)));
          return rows;
        },
      });
    } catch (error) {
      await again(ctx, url, error, attempt < TRIES);
    }
  }
}

async function chosen(
  file: AsyncBuffer,
  columns: readonly string[],
  wanted: (row: TableRow) => boolean,
): Promise<TableRow[]> {
  const places: number[] = [];
  let at = 0;
  for await (const rows of fewRows(file, columns))
    for (const row of rows) {
      if (wanted(row)) places.push(at);
      at++;
    }
  const found: TableRow[] = [];
  for (const span of spansOf(places)) found.push(...(await between(file, span)));
  return found;
}

/** So many rows beside those that are wanted are read with them: cheaper than to look into the file once more. */
const GAP = 1_000;

/** Places in the file, in parts that are read at once. */
function spansOf(places: readonly number[]): number[][] {
  const spans: number[][] = [];
  for (const place of places) {
    const span = spans.at(-1);
    if (span && place - (span.at(-1) ?? 0) <= GAP) span.push(place);
    else spans.push([place]);
  }
  return spans;
}

async function between(file: AsyncBuffer, places: readonly number[]): Promise<TableRow[]> {
  const { parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const rowStart = places[0] ?? 0;
  const rows = await parquetReadObjects({ file, compressors, rowStart, rowEnd: (places.at(-1) ?? rowStart) + 1 });
  return places.flatMap((place) => rows[place - rowStart] ?? []);
}
