import { mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LocalPaths } from "./paths.ts";

const LARGEST_LOG = 5_000_000;

/** Opens a log for appending; one that has grown large is put aside (one old one is kept). */
export function openLog(paths: LocalPaths, name: string): number {
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const file = join(paths.logs, name);
  try {
    if (statSync(file).size > LARGEST_LOG) renameSync(file, `${file}.old`);
  } catch {
    // Not there yet.
  }
  return openSync(file, "a", 0o600);
}
