import { createHash } from "node:crypto";
import { isAscii } from "node:buffer";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

export { cacheFolder } from "../config/cache.ts";

/**
 * Loads the bundle with what V8 has compiled of it before, for Nodes without a compile cache of their own (before 22.8): most of
 * a start is compiling. Bundled by itself and loaded by bin/metriccare, so it needs Node alone.
 */

type Exports = Readonly<Record<string, (argv: readonly string[]) => unknown>>;

interface Kept {
  readonly cache: string;
  readonly folder: string;
  readonly dist: string;
  readonly command: string;
}

interface Loaded {
  readonly module: { exports: object };
  readonly script: Script;
  /** Checksum of its source. */
  readonly of: number;
  /** V8 took what was compiled before. */
  readonly known: boolean;
}

/** Before what is kept: checksums of the source that it was made of, and of itself. V8 looks at the source's length alone. */
const HEAD = 8;
/** Before a piece, as Node's own: what it takes for given is given to it. */
const HEADER = "(function(exports,require,module,__filename,__dirname){";
/** Three months. */
const LONG_MS = 90 * 86_400_000;
/** Names the commands that have left what they compiled: another one needs other functions. */
const COMMANDS = "commands";

/** A folder into which somebody else can write is not read: what lies there is run. */
function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function checkOf(of: number, data: Buffer): Buffer {
  const check = Buffer.alloc(HEAD);
  check.writeUInt32LE(of, 0);
  check.writeUInt32LE(crc32(data), 4);
  return check;
}

function kept(path: string, of: number): Buffer | undefined {
  try {
    const all = readFileSync(path);
    const data = all.subarray(HEAD);
    return checkOf(of, data).equals(all.subarray(0, HEAD)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** `main` of the bundle in `dist`, and all that it loads, now and later. What was compiled lies in `cache`, a folder of this user's. */
export function load(dist: string, cache: string, command: string): Exports {
  const place = createHash("sha256").update(dist).digest("hex").slice(0, 16);
  const folder = join(cache, `${process.version}-${process.arch}-${place}`);
  const ours = isOurs(folder);
  const loaded = new Map<string, Loaded>();
  const node = createRequire(join(dist, "main.cjs"));

  const need = (id: string): unknown => (id.startsWith("./") ? moduleOf(id.slice(2)) : node(id));
  const moduleOf = (name: string): object => {
    const there = loaded.get(name);
    if (there) return there.module.exports;
    const file = join(dist, name);
    const source = readFileSync(file);
    const of = crc32(source);
    const cachedData = ours ? kept(join(folder, name), of) : undefined;
    // Most pieces are plain ASCII: as Latin-1 they are read without a look at each letter, and take half the memory.
    const text = `${HEADER}${source.toString(isAscii(source) ? "latin1" : "utf8")}\n})`;
    const script = new Script(text, {
      filename: file,
      // Places in a stack are those of the file.
      columnOffset: -HEADER.length,
      ...(cachedData ? { cachedData } : {}),
    });
    const known = cachedData !== undefined && script.cachedDataRejected !== true;
    const module: Loaded["module"] = { exports: {} };
    loaded.set(name, { module, script, of, known });
    const run = script.runInThisContext() as (...given: unknown[]) => void;
    try {
      run.call(module.exports, module.exports, need, module, file, dist);
    } catch (error) {
      // Whoever needs it next tries again, as with require().
      loaded.delete(name);
      throw error;
    }
    return module.exports;
  };
  const main = moduleOf("main.cjs") as Exports;
  process.once("exit", () => keep({ cache, folder, dist, command }, loaded));
  return main;
}

/** Of places and Nodes that nobody has started anything of for long. */
function forget(cache: string, now: number): void {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    if (/^v[\d.]+-\w+-[0-9a-f]{16}$/.test(name) && statSync(folder).mtimeMs < now - LONG_MS)
      rmSync(folder, { recursive: true });
  }
}

/** At the end, when what the command needed has been compiled. Whoever cannot write there compiles anew each time. */
function keep({ cache, folder, dist, command }: Kept, loaded: ReadonlyMap<string, Loaded>): void {
  try {
    const commands = join(folder, COMMANDS);
    const before = existsSync(commands) ? readFileSync(commands, "utf8").split("\n") : [];
    if (before.includes(command) && [...loaded.values()].every(({ known }) => known)) return;
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (!isOurs(folder)) return;
    for (const [name, { script, of }] of loaded) {
      const data = script.createCachedData();
      const fresh = join(folder, `${name}.${process.pid}`);
      writeFileSync(fresh, Buffer.concat([checkOf(of, data), data]), { mode: 0o600 });
      renameSync(fresh, join(folder, name));
    }
    if (!before.includes(command)) appendFileSync(commands, `${command}\n`, { mode: 0o600 });
    forget(cache, statSync(join(folder, "main.cjs")).mtimeMs);
    // Of older builds.
    for (const name of readdirSync(folder))
      if (name !== COMMANDS && !existsSync(join(dist, name))) rmSync(join(folder, name));
  } catch {
    // A full disk, a folder of somebody else's: nothing is lost.
  }
}
