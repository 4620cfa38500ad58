import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isGood, jarFile, type Jar } from "./jars.ts";

/** What a file system says of a file: changes with its content, however its times are set back (the change time cannot be). */
async function looks(file: string): Promise<string | undefined> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(file, { bigint: true });
    return [size, mtimeNs, ctimeNs, ino].join(" ");
  } catch {
    return undefined;
  }
}

async function stamped(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // None yet, or half a one: all is looked at.
    return {};
  }
}

/**
 * The jars of `folder` that are not what is pinned. Each was hashed once and looks as it did then, or is hashed now: a
 * start costs a look at each file, and a changed one does not pass. (A hard link to one from another project changes how
 * it looks, too: then it is hashed and passes.)
 */
export async function alteredJars(folder: string, stamp: string, jars: readonly Jar[]): Promise<readonly Jar[]> {
  const before = await stamped(stamp);
  const now: Record<string, string> = {};
  const altered: Jar[] = [];
  for (const jar of jars) {
    const file = join(folder, jarFile(jar));
    const look = await looks(file);
    if (look !== undefined && (before[jarFile(jar)] === look || (await isGood(file, jar)))) now[jarFile(jar)] = look;
    else altered.push(jar);
  }
  if (JSON.stringify(now) !== JSON.stringify(before)) {
    await mkdir(dirname(stamp), { recursive: true });
    await writeFile(`${stamp}.new`, JSON.stringify(now));
    await rename(`${stamp}.new`, stamp);
  }
  return altered;
}
