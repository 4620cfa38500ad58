import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** One change: collection, key, new value (null = gone). A log line is a list of them: one transaction. */
type Change = [string, string, unknown];

function writeAll(fd: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}

export interface Collection<T> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  /** Values are replaced whole and never edited in place: what was handed out stays as it was. */
  set(key: string, value: T): void;
  delete(key: string): boolean;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[string, T]>;
  clear(): void;
  readonly size: number;
}

/**
 * All of Glue's state: maps in memory, every transaction one JSON line appended to a log before anybody hears of it.
 * A KILL can only tear the last line, and a torn line is a transaction that did not happen.
 */
export class Store {
  readonly #maps = new Map<string, Map<string, unknown>>();
  readonly #path: string;
  readonly #dir: string;
  #fd = -1;
  #open: Change[] | undefined;
  #undo: (() => void)[] = [];
  #written = 0;
  #snapshotSize = 0;
  #syncing: Promise<void> | undefined;
  #dirty = false;

  constructor(dir: string) {
    this.#dir = dir;
    this.#path = join(dir, "glue.jsonl");
    mkdirSync(dir, { recursive: true });
    this.#load();
    this.#compact();
  }

  collection<T>(name: string): Collection<T> {
    const map = (): Map<string, T> => this.#map(name) as Map<string, T>;
    return {
      get: (key) => map().get(key),
      has: (key) => map().has(key),
      set: (key, value) => this.#change(name, key, value),
      delete: (key) => map().has(key) && (this.#change(name, key, null), true),
      values: () => map().values(),
      entries: () => map().entries(),
      clear: () => this.transact(() => [...map().keys()].forEach((key) => this.#change(name, key, null))),
      get size() {
        return map().size;
      },
    };
  }

  /** Names of the collections that hold something. */
  names(): string[] {
    return [...this.#maps].filter(([, map]) => map.size > 0).map(([name]) => name);
  }

  /** All or nothing: a throw takes every change of the body back. Bodies are synchronous; nesting joins the outer one. */
  transact<R>(body: () => R): R {
    if (this.#open) return body();
    this.#open = [];
    this.#undo = [];
    try {
      const result = body();
      this.#append(this.#open);
      return result;
    } catch (error) {
      for (const back of this.#undo.reverse()) back();
      throw error;
    } finally {
      this.#open = undefined;
      this.#undo = [];
    }
  }

  /** Resolves when everything written so far is on the disk; callers share one flush. */
  async synced(): Promise<void> {
    while (this.#dirty && this.#fd >= 0) {
      this.#syncing ??= new Promise<void>((resolve, reject) => {
        this.#dirty = false;
        fdatasync(this.#fd, (error) => {
          this.#syncing = undefined;
          if (error) reject(error);
          else resolve();
        });
      });
      await this.#syncing;
    }
    await this.#syncing;
  }

  async close(): Promise<void> {
    await this.synced();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #map(name: string): Map<string, unknown> {
    let map = this.#maps.get(name);
    if (!map) this.#maps.set(name, (map = new Map()));
    return map;
  }

  #change(name: string, key: string, value: unknown): void {
    if (!this.#open) {
      this.transact(() => this.#change(name, key, value));
      return;
    }
    const map = this.#map(name);
    const [had, before] = [map.has(key), map.get(key)];
    this.#undo.push(() => void (had ? map.set(key, before) : map.delete(key)));
    this.#open.push([name, key, value]);
    if (value === null) map.delete(key);
    else map.set(key, value);
  }

  #append(changes: Change[]): void {
    if (changes.length === 0) return;
    if (this.#fd < 0) throw new Error("the Glue log is closed");
    const line = Buffer.from(`${JSON.stringify(changes)}\n`);
    try {
      writeAll(this.#fd, line);
    } catch (error) {
      // A full disk may leave half a line, and the next one must not join it.
      ftruncateSync(this.#fd, this.#written);
      throw error;
    }
    this.#written += line.length;
    this.#dirty = true;
    // A log many times its content only slows the next start down.
    const swollen = this.#written > 64 * 1024 * 1024 && this.#written > 8 * this.#snapshotSize;
    if (swollen && !this.#syncing) this.#compact();
  }

  #load(): void {
    if (!existsSync(this.#path)) return;
    const lines = readFileSync(this.#path, "utf8").split("\n");
    lines.forEach((line, i) => {
      if (line === "") return;
      let changes: Change[];
      try {
        changes = JSON.parse(line) as Change[];
      } catch (error) {
        if (i >= lines.length - 2) return; // torn by a KILL: this transaction did not happen
        throw new Error(`${this.#path}:${i + 1} is damaged`, { cause: error });
      }
      for (const [name, key, value] of changes) {
        if (value === null) this.#map(name).delete(key);
        else this.#map(name).set(key, value);
      }
    });
  }

  /** Writes the state alone into a fresh log beside the old one and swaps them: at no moment is there no log. */
  #compact(): void {
    const fresh = `${this.#path}.new`;
    const fd = openSync(fresh, "w", 0o600);
    let size = 0;
    for (const [name, map] of this.#maps) {
      for (const [key, value] of map) {
        const line = Buffer.from(`${JSON.stringify([[name, key, value]])}\n`);
        writeAll(fd, line);
        size += line.length;
      }
    }
    fsyncSync(fd);
    if (this.#fd >= 0) closeSync(this.#fd);
    renameSync(fresh, this.#path);
    const dir = openSync(this.#dir, "r");
    fsyncSync(dir);
    closeSync(dir);
    // The old descriptor names the file before the swap: go on in the new one.
    this.#fd = fd;
    this.#written = size;
    this.#snapshotSize = size;
    this.#dirty = false;
  }
}
