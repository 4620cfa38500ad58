import type { AsyncBuffer } from "hyparquet";
import type { AwsContext } from "../../aws/context.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";
import { getBytes, getText, listLevel, splitUrl } from "./store.ts";
import {
  committedFiles,
  type DataFile,
  dataFile,
  nextReplace,
  replacedBy,
  type Timeline,
  timelineOf,
  withoutReplaced,
} from "./timeline.ts";

/** A cell as it comes out: 64-bit integers as numbers, timestamps as Date, text as string. */
type Cell = string | number | boolean | Date | null | undefined | object;
export type TableRow = Readonly<Record<string, Cell>>;

interface HudiTable {
  /** Object keys that hold the current rows. */
  readonly files: readonly DataFile[];
  /** Time of the newest completed write. */
  readonly instant: string;
  readonly rows: TableRow[];
}

const WHOLE = 4 * 1024 * 1024;

/** Data files below the table, level by level; Hudi's own and hidden folders left out. */
async function listData(ctx: AwsContext, bucket: string, base: string): Promise<DataFile[]> {
  const files: DataFile[] = [];
  const queue = [base];
  for (let prefix = queue.shift(); prefix !== undefined; prefix = queue.shift()) {
    const level = await listLevel(ctx, bucket, prefix);
    for (const { key, size } of level.keys) {
      if (/\/\.[^/]+\.log\.\d+/.test(key)) throw notReadable(`s3://${bucket}/${base}`, "it is a merge-on-read table");
      const file = dataFile(base, key, size);
      if (file) files.push(file);
    }
    queue.push(...level.folders.filter((folder) => !/\/[._][^/]*\/$/.test(`/${folder.slice(base.length)}`)));
  }
  return files;
}

const notReadable = (url: string, why: string): OperateProblem =>
  new OperateProblem(
    "table_not_readable",
    `${url} cannot be read here: ${why}`,
    "query it with Athena or Spark",
    "user",
    url,
  );

async function currentFiles(
  ctx: AwsContext,
  bucket: string,
  timeline: Timeline,
  listed: readonly DataFile[],
): Promise<DataFile[]> {
  let files = committedFiles(listed, timeline);
  for (let at = nextReplace(files, timeline, undefined); at; at = nextReplace(files, timeline, at.time)) {
    files = withoutReplaced(files, at.time, replacedBy(await getText(ctx, bucket, at.key)));
  }
  return files;
}

/**
 * Small files in one GET, bigger ones by ranges. The answer's own length is not trusted for ranges: a store that ignores
 * them sends the whole.
 */
export async function bufferOf(ctx: AwsContext, bucket: string, file: DataFile): Promise<AsyncBuffer> {
  if (file.size <= WHOLE) {
    const bytes = await getBytes(ctx, bucket, file.key);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  }
  const { cachedAsyncBuffer } = await import("hyparquet");
  return cachedAsyncBuffer({
    byteLength: file.size,
    slice: async (start: number, end = file.size): Promise<ArrayBuffer> => {
      const bytes = await getBytes(ctx, bucket, file.key, `bytes=${start}-${end - 1}`);
      const part = bytes.byteLength === end - start ? bytes : bytes.subarray(start, end);
      return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
    },
  });
}

/** 64-bit integers come as bigint: ours are counts, far below 2^53. */
const plain = (value: Cell | bigint): Cell => (typeof value === "bigint" ? Number(value) : value);

async function readRows(
  ctx: AwsContext,
  bucket: string,
  file: DataFile,
  columns: readonly string[] | undefined,
): Promise<TableRow[]> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const buffer = await bufferOf(ctx, bucket, file);
  const metadata = await parquetMetadataAsync(buffer);
  // A table that an older package wrote may lack one.
  const there = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
  const rows = await parquetReadObjects({
    file: buffer,
    metadata,
    compressors,
    ...(columns ? { columns: columns.filter((name) => there.has(name)) } : {}),
  });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([name]) => columns !== undefined || !name.startsWith("_hoodie_"))
        .map(([name, value]) => [name, plain(value as Cell | bigint)]),
    ),
  );
}

/** Rows that are objects at one time: a row group may hold a million, and its columns alone are a small part of that. */
const AT_ONCE = 1_000;

/** Some flat columns of a data file's rows, a few at a time, one row group after the other. */
export async function* fewRows(file: AsyncBuffer, columns: readonly string[]): AsyncGenerator<TableRow[]> {
  const { parquetMetadataAsync, parquetRead } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const found = new Map<string, ArrayLike<Cell | bigint>[]>(columns.map((name) => [name, []]));
    const onChunk = (chunk: { columnName: string; columnData: ArrayLike<Cell | bigint> }): void =>
      void found.get(chunk.columnName)?.push(chunk.columnData);
    await parquetRead({ file, metadata, compressors, columns: [...columns], rowStart, rowEnd, onChunk });
    const cells = [...found].map(([name, chunks]) => [name, cellsOf(chunks)] as const);
    for (let at = rowStart; at < rowEnd; at += AT_ONCE)
      yield Array.from({ length: Math.min(AT_ONCE, rowEnd - at) }, () =>
        Object.fromEntries(cells.map(([name, next]) => [name, plain(next())])),
      );
    rowStart = rowEnd;
  }
}

/** The cells of a column, one a call. */
function cellsOf(chunks: readonly ArrayLike<Cell | bigint>[]): () => Cell | bigint {
  let chunk = 0;
  let at = 0;
  return () => {
    while (at >= (chunks[chunk]?.length ?? Number.POSITIVE_INFINITY)) {
      chunk++;
      at = 0;
    }
    return chunks[chunk]?.[at++];
  };
}

/**
 * The current rows of a Hudi copy-on-write table (snapshot), read from S3 alone. `undefined` when there is no table.
 * Without `columns` all but Hudi's own. A writer that cleans up under our feet makes it look again.
 */
export async function readHudiTable(
  ctx: AwsContext,
  url: string,
  columns?: readonly string[],
): Promise<HudiTable | undefined> {
  const { bucket, prefix } = splitUrl(url);
  for (let attempt = 0; ; attempt++) {
    try {
      return await snapshot(ctx, bucket, prefix, columns);
    } catch (error) {
      await again(ctx, url, error, attempt < TRIES);
    }
  }
}

/** So often a look that a cleaner has overtaken is taken anew. */
export const TRIES = 2;

/** Waits where a file went while it was to be read, as long as another try is left; throws what is not mended by one. */
export async function again(ctx: AwsContext, url: string, error: unknown, left: boolean): Promise<void> {
  if (!isAbsent(error) || errorName(error) === "NoSuchBucket") throw error;
  if (!left)
    throw new OperateProblem(
      "table_is_written",
      `a run is writing ${url}: a file of it went while it was read`,
      "try again",
      "user",
      url,
    );
  await ctx.clock.sleep(200);
}

/**
 * Flat columns of the current rows, a few at a time: a big table needs no big memory. Nothing when there is no table. `only`
 * leaves files out, by their partition above all. A file that a cleaner removed first is looked for anew as long as no row
 * was told: a row must not come twice.
 */
export async function* eachRow(
  ctx: AwsContext,
  url: string,
  columns: readonly string[],
  only: (file: DataFile) => boolean = () => true,
): AsyncGenerator<TableRow> {
  const { bucket, prefix } = splitUrl(url);
  let told = false;
  for (let attempt = 0; ; attempt++) {
    try {
      const table = await look(ctx, bucket, prefix);
      for (const file of table?.files.filter(only) ?? [])
        for await (const rows of fewRows(await bufferOf(ctx, bucket, file), columns)) {
          told = true;
          yield* rows;
        }
      return;
    } catch (error) {
      await again(ctx, url, error, !told && attempt < TRIES);
    }
  }
}

async function snapshot(
  ctx: AwsContext,
  bucket: string,
  prefix: string,
  columns: readonly string[] | undefined,
): Promise<HudiTable | undefined> {
  const table = await look(ctx, bucket, prefix);
  if (!table) return undefined;
  const parts = await Promise.all(table.files.map((file) => readRows(ctx, bucket, file, columns)));
  return { ...table, rows: parts.flat() };
}

interface Look extends Omit<HudiTable, "rows"> {
  /** Key of the newest completed write, which says what it stands on. */
  readonly commit: string;
}

/** Which files hold the current rows. */
export async function look(ctx: AwsContext, bucket: string, prefix: string): Promise<Look | undefined> {
  // The timeline first: files of a commit that ends in between are then left out, not half seen.
  const hoodie = await listLevel(ctx, bucket, `${prefix}.hoodie/`);
  const timeline = timelineOf(hoodie.keys.map((object) => object.key));
  const newest = timeline.completed.at(-1);
  if (!newest) {
    if (hoodie.folders.some((folder) => folder.endsWith("/.hoodie/timeline/")))
      throw notReadable(`s3://${bucket}/${prefix}`, "Hudi 1.x wrote it with a table version above 6");
    return undefined;
  }
  const files = await currentFiles(ctx, bucket, timeline, await listData(ctx, bucket, prefix));
  return { files, instant: newest.time, commit: newest.key };
}
