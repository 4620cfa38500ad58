import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { gunzipSync, constants } from "node:zlib";
import { OperateProblem } from "../problem.ts";

/** A file to send and the key it gets. */
export interface Selected {
  readonly path: string;
  readonly key: string;
  readonly size: number;
  /** Place among the arguments: what comes later is sent later. */
  readonly argument: number;
}

export interface Skipped {
  readonly path: string;
  readonly why: "hidden" | "not FHIR";
}

interface Selection {
  readonly files: readonly Selected[];
  readonly skipped: readonly Skipped[];
}

interface SelectOptions {
  /** Key prefix of the raw files, `fhir/`. */
  readonly prefix: string;
  readonly paths: readonly string[];
  /** Keys from dataset and content in place of names, which may tell who somebody is. */
  readonly neutralNames?: boolean;
}

/** S3's limit, in bytes of UTF-8. */
const KEY_BYTES = 1024;
const EXTENSION = /\.(ndjson|jsonl|json)(\.gz)?$/i;

/** A file that was named, or found in a folder. */
export interface Found {
  readonly path: string;
  readonly name: string;
  readonly argument: number;
  readonly size: number;
}

/**
 * Files and folders to keys: a file goes by its name, a folder's files by their paths inside it. In folders hidden files
 * are left out, and files that neither are called like FHIR (`.ndjson`, `.json`, `.jsonl`, also `.gz`) nor look like it
 * (first character `{` or `[`); a file that is named itself is always taken. Everything that is wrong is told at once.
 */
export async function select(options: SelectOptions): Promise<Selection> {
  const { found, skipped } = await find(options.paths);
  const files = await withKeys(found, options);
  if (files.length === 0) throw nothing(options.paths, skipped);
  return { files, skipped };
}

/** The files behind paths, in their order; what is wrong with the paths is told at once. */
export async function find(
  paths: readonly string[],
): Promise<{ readonly found: readonly Found[]; readonly skipped: readonly Skipped[] }> {
  const found: Found[] = [];
  const skipped: Skipped[] = [];
  const missing: string[] = [];
  for (const [argument, path] of paths.entries()) {
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw unreadable(path, error);
    });
    if (!info) missing.push(path);
    else if (info.isDirectory()) await walk(path, path, argument, found, skipped, new Set());
    else if (info.isFile()) found.push({ path, name: basename(path), argument, size: info.size });
    else
      throw new OperateProblem(
        "not_a_file",
        `${path} is neither a file nor a folder`,
        "name files or folders",
        "user",
        path,
      );
  }
  if (missing.length > 0)
    throw new OperateProblem(
      "no_such_file",
      `${missing.length === 1 ? "This path does" : `These ${missing.length} paths do`} not exist`,
      "correct the path",
      "user",
      missing[0],
      missing,
    );
  if (found.length === 0) throw nothing(paths, skipped);
  return { found, skipped };
}

function nothing(paths: readonly string[], skipped: readonly Skipped[]): OperateProblem {
  const fix =
    skipped.length > 0
      ? "name the files themselves: what is named is always taken"
      : "name files or folders that hold FHIR files";
  return new OperateProblem(
    "nothing_selected",
    `There is no file to send in ${paths.join(", ") || "nothing"}`,
    fix,
    "user",
    undefined,
    skipped.slice(0, 20).map((each) => `${each.path} (${each.why})`),
  );
}

const unreadable = (path: string, error: NodeJS.ErrnoException): OperateProblem =>
  new OperateProblem(
    "not_readable",
    `${path} cannot be read: ${error.code ?? error.message}`,
    "check the rights on it",
    "user",
    path,
  );

async function walk(
  root: string,
  folder: string,
  argument: number,
  found: Found[],
  skipped: Skipped[],
  above: ReadonlySet<string>,
): Promise<void> {
  // A link to a folder above would never end.
  const real = await realpath(folder);
  if (above.has(real)) return;
  const inside = new Set([...above, real]);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(folder, error);
  });
  // By name, so that the order of sending does not depend on the disk.
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) {
      skipped.push({ path, why: "hidden" });
      continue;
    }
    const info = await stat(path).catch(() => undefined);
    if (info?.isDirectory()) await walk(root, path, argument, found, skipped, inside);
    else if (info?.isFile()) {
      if (EXTENSION.test(entry.name) || (await looksLikeFhir(path)))
        found.push({ path, name: relative(root, path).split(sep).join("/"), argument, size: info.size });
      else skipped.push({ path, why: "not FHIR" });
    }
  }
}

/** First bytes of a file as text, unpacked when it is gzip. */
async function head(path: string, bytes = 4096): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position: 0 });
    const raw = buffer.subarray(0, bytesRead);
    if (raw[0] !== 0x1f || raw[1] !== 0x8b) return raw.toString("utf8");
    // Only the start of the stream is here: take what it gives.
    return gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }).toString("utf8");
  } catch {
    // Not gzip after all, or damaged: the pipeline will say so, this only guesses.
    return "";
  } finally {
    await file.close();
  }
}

const looksLikeFhir = async (path: string): Promise<boolean> => /^\uFEFF?\s*[{[]/.test(await head(path));

async function withKeys(found: readonly Found[], options: SelectOptions): Promise<Selected[]> {
  const byKey = new Map<string, Selected[]>();
  for (const { path, name, argument, size } of found) {
    const key = options.prefix + (options.neutralNames ? await neutralName(path, name) : name);
    if (Buffer.byteLength(key) > KEY_BYTES)
      throw new OperateProblem(
        "key_too_long",
        `The key of ${path} is longer than S3's ${KEY_BYTES} bytes`,
        "shorten its path, or use --neutral-names",
        "user",
        path,
      );
    const same = byKey.get(key) ?? [];
    const real = await realpath(path);
    // The same file named twice is one file; under neutral names so is the same content.
    if (options.neutralNames && same.length > 0) continue;
    if (same.some((other) => other.path === path) || (await anyIs(same, real))) continue;
    byKey.set(key, [...same, { path, key, size, argument }]);
  }
  const collisions = [...byKey].filter(([, files]) => files.length > 1);
  if (collisions.length > 0) throw collision(collisions);
  return [...byKey.values()].flat();
}

async function anyIs(files: readonly Selected[], real: string): Promise<boolean> {
  for (const file of files) if ((await realpath(file.path)) === real) return true;
  return false;
}

function collision(collisions: readonly (readonly [string, readonly Selected[]])[]): OperateProblem {
  const lines = collisions.slice(0, 20).map(([key, files]) => `${key}: ${files.map((file) => file.path).join(", ")}`);
  return new OperateProblem(
    "same_key",
    `${collisions.length === 1 ? "Two files" : `Files of ${collisions.length} keys`} would overwrite each other; nothing was sent`,
    "name a folder above them (its files keep their relative paths), send them one after the other, or use --neutral-names",
    "user",
    collisions[0]?.[0],
    lines,
  );
}

/** `patient/3f2a….ndjson`: what the first resource is, and the start of the content's SHA-256. */
async function neutralName(path: string, name: string): Promise<string> {
  const start = await head(path, 65_536);
  const type = /"resourceType"\s*:\s*"(Patient|Encounter|Condition|Bundle)"/.exec(start)?.[1]?.toLowerCase() ?? "other";
  const extension = EXTENSION.exec(name)?.[0]?.toLowerCase() ?? (/\n\s*\{/.test(start) ? ".ndjson" : ".json");
  return `${type}/${(await digest(path)).sha256.slice(0, 32)}${extension}`;
}

interface Digest {
  readonly sha256: string;
  readonly md5: string;
  readonly size: number;
}

/** Both digests in one pass, without holding the file. MD5 is what S3 calls a small object, not a protection. */
export async function digest(path: string): Promise<Digest> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    md5.update(chunk);
    size += chunk.length;
  }
  return { sha256: sha256.digest("hex"), md5: md5.digest("hex"), size };
}
