import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { failed, usage } from "./errors.ts";

/** How much of a file is looked at: a report says early what it is. */
const HEAD = 4096;

/** Only its owner reads a file with small counts; what may be published is as any other file. */
export const PRIVATE = 0o600;

/** The beginning of a file; undefined where there is none. */
function headOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) return "";
  const open = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(HEAD);
    return bytes.toString("utf8", 0, readSync(open, bytes, 0, HEAD, 0));
  } finally {
    closeSync(open);
  }
}

/** Says before anything is read that no file could be written there. Answers the whole path. */
export function checkFolder(cwd: string, out: string): string {
  const file = resolve(cwd, out);
  const place = statSync(file, { throwIfNoEntry: false });
  if (place?.isDirectory()) throw usage("usage", `${file} is a folder`, "Name a file with --out.");
  const folder = dirname(file);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw usage(
      "not_written",
      `the folder of ${out} does not exist`,
      `Make it first: mkdir -p ${dirname(out)}`,
      folder,
    );
  // What is no file, a pipe for one, is written to where it is.
  if (place === undefined || place.isFile()) checkWritable(folder, out);
  return file;
}

function checkWritable(folder: string, out: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw usage("not_written", `the folder of ${out} takes no file from you`, "Name another place with --out.", folder);
  }
}

/** The same of a report, which is written over nothing but a report. */
export function checkPlace(cwd: string, out: string, mark: string, force: boolean): string {
  const file = checkFolder(cwd, out);
  const head = headOf(file);
  if (head !== undefined && head !== "" && !head.includes(mark) && !force)
    throw usage(
      "not_a_report",
      `${out} exists and is no report`,
      "Name another file with --out, or write over this one with --force.",
      file,
    );
  return file;
}

/** Puts it in its place at once: who looks meanwhile sees the old file or the new one. */
export function writeReport(file: string, content: string | Uint8Array, mode: number | undefined): void {
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) writeFileSync(file, content);
    else replace(there === undefined ? file : realpathSync(file), content, mode);
  } catch (error) {
    throw failed(
      "not_written",
      `${file} could not be written: ${error instanceof Error ? error.message : String(error)}`,
      "Name another file with --out.",
    );
  }
}

function replace(file: string, content: string | Uint8Array, mode: number | undefined): void {
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(fresh, content, { flag: "wx", ...(mode === undefined ? {} : { mode }) });
    // The mode of a new file is cut by umask only; what is private must not depend on it.
    if (mode !== undefined) chmodSync(fresh, mode);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
