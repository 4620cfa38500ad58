import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { Found } from "../ingest/files.ts";
import { Documents, type Piece } from "./documents.ts";

/** How a file was read: to its end, or why not. */
export interface FileRead {
  bytes: number;
  problem?: "not FHIR" | "damaged";
}

const CHUNK = 1 << 20;
const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;
const isZip = (head: Uint8Array): boolean => head[0] === 0x50 && head[1] === 0x4b && head[2] === 3;
/** Characters between two rests: who watches, or interrupts, is heard in between. */
type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The pieces of one text. What neither begins like JSON nor has a line that does is no FHIR. */
async function* ofText(chunks: Chunks, read: FileRead): AsyncGenerator<Piece> {
  const decoder = new TextDecoder();
  const documents = new Documents();
  let begun = false;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (!begun && text.trim() !== "") {
      begun = true;
      if (!/^\s*[{[]/.test(text)) {
        read.problem = "not FHIR";
        return;
      }
    }
    yield* documents.feed(text);
  }
  yield* documents.feed(decoder.decode());
  yield* documents.end();
}

/** A zip's files, unzipped as they come: an archive is never held whole. */
async function* ofZip(chunks: AsyncIterable<Uint8Array>, read: FileRead): AsyncGenerator<Piece> {
  const { Unzip, UnzipInflate } = await import("fflate");
  let arrived: { readonly name: string; readonly data: Uint8Array; readonly final: boolean }[] = [];
  let failed = false;
  const unzip = new Unzip((file) => {
    if (!/\.(ndjson|jsonl|json)$/i.test(file.name)) return;
    file.ondata = (error, data, final) => {
      failed ||= error !== null;
      arrived.push({ name: file.name, data, final });
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  let decoder = new TextDecoder();
  let documents = new Documents();
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 65_536) {
      unzip.push(chunk.subarray(at, at + 65_536));
      const now = arrived;
      arrived = [];
      for (const { data, final } of now) {
        yield* documents.feed(decoder.decode(data, { stream: !final }));
        if (!final) continue;
        yield* documents.end();
        [decoder, documents] = [new TextDecoder(), new Documents()];
      }
    }
  }
  unzip.push(new Uint8Array(0), true);
  if (failed) read.problem = "damaged";
}

/** Chunks of a stream whose first one has been looked at. */
async function* counted(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
  read: FileRead,
): AsyncGenerator<Uint8Array> {
  for (let next: Uint8Array | undefined = first; next;) {
    read.bytes += next.length;
    yield next;
    const more = await rest.next();
    next = more.done ? undefined : more.value;
  }
}

/** The resources of a file: text, gzip or zip by its first bytes, whatever it is called. */
export async function* piecesOf(file: Pick<Found, "path">, read: FileRead): AsyncGenerator<Piece> {
  const stream = createReadStream(file.path, { highWaterMark: CHUNK });
  const source = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const chunks = counted(first.value, source, read);
  try {
    if (isZip(first.value)) yield* ofZip(chunks, read);
    else if (isGzip(first.value)) yield* ofText(gunzipped(chunks), read);
    else yield* ofText(chunks, read);
  } catch (error) {
    // What was read of a damaged archive counts; other errors (the disk's) are not ours to hide.
    if (!(error instanceof Error) || !/^Z_|ERR_|FLATE/.test(codeOf(error))) throw error;
    read.problem = "damaged";
  } finally {
    stream.destroy();
  }
}

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "FLATE");

async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Readable } = await import("node:stream");
  const source = Readable.from(chunks, { objectMode: false });
  const out = source.pipe(createGunzip({ chunkSize: CHUNK }));
  source.on("error", (error) => out.destroy(error));
  yield* out as AsyncIterable<Uint8Array>;
}
