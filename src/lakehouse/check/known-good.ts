import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "../../config/cache.ts";

/**
 * Remembers, between commands, which scripts a Python has found to be Python: starting one and parsing all again takes longer
 * than all else that a config costs. Of a set of scripts with a mistake nothing is kept.
 */

/** As many sets as are kept before all are forgotten. */
const MOST = 200;

/** Which file the name leads to, and of when: another Python may know more, or less. */
function pythonOf(env: NodeJS.ProcessEnv): readonly unknown[] | undefined {
  for (const dir of (env["PATH"] ?? "").split(delimiter)) {
    try {
      const file = realpathSync(join(dir, "python3"));
      const { size, mtimeMs } = statSync(file);
      return [file, size, mtimeMs];
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

/** Where it would stand that these are good; undefined where that cannot be told. `program` is what Python is asked. */
export function placeOf(
  program: string,
  scripts: readonly { readonly file: string; readonly python: unknown }[],
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const [base, python] = [cacheFolder("scripts", env), pythonOf(env)];
  if (base === undefined || python === undefined) return undefined;
  try {
    const hash = createHash("sha256").update(JSON.stringify([program, python]));
    for (const one of scripts) {
      const content = createHash("sha256").update(readFileSync(one.file)).digest("hex");
      hash.update(`${JSON.stringify(one.python)} ${content}\n`);
    }
    return join(base, hash.digest("hex"));
  } catch {
    return undefined;
  }
}

/** What was kept there. */
export function known(place: string | undefined): string | undefined {
  try {
    return place === undefined ? undefined : readFileSync(place, "utf8");
  } catch {
    return undefined;
  }
}

export function keep(place: string | undefined, text: string): void {
  if (place === undefined) return;
  try {
    const base = join(place, "..");
    const all = readdirSync(base);
    if (all.length >= MOST) for (const name of all) rmSync(join(base, name));
    writeFileSync(place, text, { mode: 0o600 });
  } catch {
    // Nobody can write there: Python is asked each time.
  }
}
