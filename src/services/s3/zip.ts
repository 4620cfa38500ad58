import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";

/** Up to this size files are stored as they are: who packs them at every look at the config would wait longer than who sends them. */
const STORED = 1024 * 1024;

/**
 * A zip whose bytes depend on names and contents alone: sorted, one time, one mode. The time is made as local time on
 * purpose: zip stores wall-clock time, so every time zone writes the same bytes.
 */
export function zipFiles(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const mtime = new Date(1980, 0, 1, 0, 0, 0);
  const size = Object.values(files).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const level = size > STORED ? 9 : 0;
  const entries = Object.keys(files)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => [name, [files[name] ?? new Uint8Array(), { mtime, os: 3, attrs: 0o100644 << 16, level }]] as const);
  return zipSync(Object.fromEntries(entries) as Parameters<typeof zipSync>[0]);
}

/** Files of a folder by their path in it (`/` as separator), without caches and hidden files. `inside` puts them under a folder. */
export function readFolder(folder: string, inside = ""): Record<string, Uint8Array> {
  const found: Record<string, Uint8Array> = {};
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isNoise(entry.name)) continue;
    const path = inside ? `${inside}/${entry.name}` : entry.name;
    if (entry.isDirectory()) Object.assign(found, readFolder(join(folder, entry.name), path));
    else found[path] = readFileSync(join(folder, entry.name));
  }
  return found;
}

/** What interpreters, editors and test runners leave behind: it would change the hash from machine to machine. */
const isNoise = (name: string): boolean => name.startsWith(".") || name === "__pycache__" || /\.py[co]$|~$/.test(name);
