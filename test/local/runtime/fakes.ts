import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A temporary folder, removed by the returned function. */
export function temporaryFolder(): { dir: string; remove(): void } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "metriccare-runtime-")));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Writes an executable shell script. */
export function program(file: string, body: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A Python that answers our probe as told. */
export function fakePython(file: string, version: readonly number[], venv = true): string {
  return program(file, `echo '${JSON.stringify({ executable: file, version, venv })}'`);
}

/** A Java that prints its settings as Java does. */
export function fakeJava(home: string, version: string): string {
  return program(
    join(home, "bin", "java"),
    `echo "    java.home = ${home}" >&2; echo "    java.version = ${version}" >&2`,
  );
}
