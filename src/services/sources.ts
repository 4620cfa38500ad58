import { readFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import type { Finding } from "../engine/types.ts";
import { given } from "./kit.ts";
import { md5Hex, sha256Base64, sha256Hex } from "./s3/content.ts";
import { readFolder, zipFiles } from "./s3/zip.ts";
import { packagesBeside } from "./python-files.ts";

/** Bytes that an apply sends: their hash is compared, they are read once more when they are sent. */
export interface Content {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly sha256Base64: string;
  /** Absent where this machine's rules forbid it (FIPS). */
  readonly md5?: string;
  readonly size: number;
  readonly load: () => Promise<Uint8Array>;
}

/** Local files behind resources. What cannot be read becomes a finding, and the resource is left out. */
export class Sources {
  readonly findings: Finding[] = [];
  readonly #projectDir: string;
  constructor(projectDir: string) {
    this.#projectDir = projectDir;
  }

  /** One file. `at` is its place in the config (`jobs.x.script`). */
  file(path: string, at: string): Promise<Content | undefined> {
    const full = resolve(this.#projectDir, path);
    return this.#content(path, at, () => readFileSync(full));
  }

  /**
   * The folder as a zip, with the packages beside it that its code imports. A Python package stays a folder in it, so that it
   * can be imported by its name.
   */
  zip(path: string, at: string): Promise<Content | undefined> {
    return this.#content(path, at, () =>
      zipFolder(
        resolve(this.#projectDir, path),
        packagesBeside(this.#projectDir, path).map((one) => resolve(this.#projectDir, one)),
      ),
    );
  }

  /** Of a folder it is mostly one file in it that cannot be read, and what is listed there and does not exist is a link. */
  #trouble(path: string, error: unknown, code: string): string {
    const full = error instanceof Error && "path" in error ? String(error.path) : resolve(this.#projectDir, path);
    const file = relative(this.#projectDir, full);
    if (code !== "ENOENT") return `${file} cannot be read (${code})`;
    return relative(path, file) === "" ? `${path} does not exist` : `${file} is a link to what does not exist`;
  }

  async #content(path: string, at: string, load: () => Uint8Array): Promise<Content | undefined> {
    try {
      // Many small files: each by itself, and not at the end of a queue, is read in a fraction of the time.
      const bytes = load();
      const hashes = { sha256: sha256Hex(bytes), sha256Base64: sha256Base64(bytes), ...given("md5", md5Hex(bytes)) };
      return { ...hashes, size: bytes.byteLength, load: async () => load() };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
      if (code === undefined) throw error;
      const text = this.#trouble(path, error, code);
      this.findings.push({
        code: "source_missing",
        level: "error",
        at,
        text,
        fix: "Paths start at the project folder.",
      });
      return undefined;
    }
  }
}

function zipFolder(folder: string, packages: readonly string[]): Uint8Array {
  const flat = readFolder(folder);
  if (Object.keys(flat).length === 0) throw Object.assign(new Error("empty"), { code: "ENOENT" });
  const own = Object.hasOwn(flat, "__init__.py") ? readFolder(folder, basename(folder)) : flat;
  const beside = packages.map((one) => readFolder(one, basename(one)));
  return zipFiles(Object.assign({}, own, ...beside) as Record<string, Uint8Array>);
}
