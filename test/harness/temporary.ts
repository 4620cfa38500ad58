import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made = new Set<string>();

/** A folder of this test file: gone when the file's tests are, if nobody takes it away before. */
export function temporary(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  made.add(folder);
  return folder;
}

export function removeTemporary(): void {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
  made.clear();
}
