import { createHash, randomUUID } from "node:crypto";
import { access, copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../runtime/run.ts";

export interface ArchiveOptions {
  readonly python: string;
  /** Folder of our own Python files. */
  readonly code: string;
  /** Where compiled archives are kept, by what they hold: ten jobs of a run share one. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Those that are being made. */
const making = new Map<string, Promise<void>>();

/**
 * Puts beside each module of a zip what Python makes of it (compiled_zip.py). The file stays where it is and a zip, as on Glue;
 * whatever cannot be read as one is left to Python to tell.
 */
export async function compileArchive(file: string, o: ArchiveOptions): Promise<void> {
  const name = createHash("sha256")
    .update(basename(file))
    .update(await readFile(file))
    .digest("hex");
  const target = join(o.folder, `${name}.zip`);
  if (!(await exists(target))) {
    const begun = making.get(target) ?? make(file, target, o).finally(() => making.delete(target));
    making.set(target, begun);
    await begun;
  }
  if (await exists(target)) await putInPlace(target, file);
}

/** Beside it first: half a zip is none. */
async function putInPlace(target: string, file: string): Promise<void> {
  const fresh = `${file}.compiled`;
  try {
    await copyFile(target, fresh);
    await rename(fresh, file);
  } catch {
    await rm(fresh, { force: true });
  }
}

async function make(file: string, target: string, o: ArchiveOptions): Promise<void> {
  const fresh = join(o.folder, `${randomUUID()}.zip`);
  try {
    await mkdir(o.folder, { recursive: true, mode: 0o700 });
    const { code } = await run(o.python, ["-I", "-S", join(o.code, "compiled_zip.py"), file, fresh], {
      env: o.env,
      cwd: o.folder,
      signal: o.signal,
    });
    if (code === 0) await rename(fresh, target);
  } catch {
    // The run that was stopped, a full disk: the zip as it came does as well.
  } finally {
    await rm(fresh, { force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
