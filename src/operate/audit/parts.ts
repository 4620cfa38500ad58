import { appendFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** Text held in memory before it goes to disk, in characters. */
const HELD = 8 * 1024 * 1024;

/**
 * Lines dealt into parts by a key, so that what belongs together is met together although it comes from sources in different
 * orders. Few lines stay in memory; many go to files in a folder of the project that nobody else can read. One part is then
 * looked at at a time: memory is that of the biggest part.
 */
export class Parts<T> {
  readonly #lines: string[][];
  readonly #parent: string;
  readonly #held: number;
  #folder: string | undefined;
  #size = 0;

  constructor(parent: string, options: { readonly parts?: number; readonly held?: number } = {}) {
    this.#parent = parent;
    this.#lines = Array.from({ length: options.parts ?? 128 }, () => []);
    this.#held = options.held ?? HELD;
  }

  /** Puts a value where everything with this key goes. */
  async add(key: string, value: T): Promise<void> {
    const line = JSON.stringify(value);
    this.#lines[hashOf(key) % this.#lines.length]?.push(line);
    this.#size += line.length;
    if (this.#size > this.#held) await this.#flush();
  }

  /** The values (what JSON keeps of them) of each part, in the order in which they came. Every part comes once, then all is gone. */
  async *each(): AsyncGenerator<T[]> {
    for (const [at, held] of this.#lines.entries()) {
      const written = this.#folder === undefined ? "" : await readFile(this.#file(at), "utf8").catch(absentAsEmpty);
      const lines = [...written.split("\n").filter(Boolean), ...held];
      this.#lines[at] = [];
      if (lines.length > 0) yield lines.map((line) => JSON.parse(line) as T);
    }
  }

  /** Takes the files away. */
  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #file(part: number): string {
    return join(this.#folder ?? "", `part-${part}`);
  }

  async #flush(): Promise<void> {
    if (this.#folder === undefined) {
      await mkdir(this.#parent, { recursive: true });
      // Readable by this user alone: object keys may hold names.
      this.#folder = await mkdtemp(join(this.#parent, "audit-"));
    }
    for (const [at, lines] of this.#lines.entries()) {
      if (lines.length > 0) await appendFile(this.#file(at), `${lines.join("\n")}\n`, { mode: 0o600 });
      this.#lines[at] = [];
    }
    this.#size = 0;
  }
}

/** A part that nothing was written to has no file. */
function absentAsEmpty(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
  throw error;
}

/** FNV-1a: spreads keys that begin alike. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
