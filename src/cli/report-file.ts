import { chmodSync, closeSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { failed, usage } from "./errors.ts";

/** How much of a file is looked at: a report says early what it is. */
const HEAD = 4096;

/** The beginning of a file; undefined where there is none. */
function headOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) throw usage("usage", `${file} is a folder`, "Name a file with --out: report.html.");
  if (!stat.isFile()) return "";
  const open = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(HEAD);
    return bytes.toString("utf8", 0, readSync(open, bytes, 0, HEAD, 0));
  } finally {
    closeSync(open);
  }
}

/** Says before anything is read that the report could not be written there. Answers the whole path. */
export function checkPlace(cwd: string, out: string, mark: string, force: boolean): string {
  const file = resolve(cwd, out);
  const head = headOf(file);
  if (head !== undefined && head !== "" && !head.includes(mark) && !force)
    throw usage(
      "not_a_report",
      `${out} exists and is no report`,
      "Name another file with --out, or write over this one with --force.",
      file,
    );
  const folder = statSync(dirname(file), { throwIfNoEntry: false });
  if (!folder?.isDirectory())
    throw usage(
      "not_written",
      `the folder of ${out} does not exist`,
      `Make it first: mkdir -p ${dirname(out)}`,
      dirname(file),
    );
  return file;
}

/** Puts it in its place at once: who looks meanwhile sees the old page or the new one. */
export function writeReport(file: string, page: string, mode: number | undefined): void {
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(fresh, page, { flag: "wx", ...(mode === undefined ? {} : { mode }) });
    // The mode of a new file is cut by umask only; what is private must not depend on it.
    if (mode !== undefined) chmodSync(fresh, mode);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw failed(
      "not_written",
      `${file} could not be written: ${error instanceof Error ? error.message : String(error)}`,
      "Name another file with --out.",
    );
  }
}
