import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/**
 * A folder of this user's for what can be made again, between commands: `~/.cache/metriccare/<part>`. Undefined where there is
 * none and none can be made. What lies in the folder of whatever project a command is started in is not ours to read.
 */
export function cacheFolder(part: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const base = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  if (!isAbsolute(base)) return undefined;
  const folder = join(base, "metriccare", part);
  return made(folder) ? folder : undefined;
}

/**
 * One by one: where nothing can be made though the parent is there (the home of nobody under an automounter, /proc), Node's own
 * `recursive` goes round for ever.
 */
function made(folder: string): boolean {
  const missing: string[] = [];
  for (let dir = folder; !existsSync(dir); dir = dirname(dir)) missing.unshift(dir);
  try {
    for (const dir of missing) mkdirSync(dir, { mode: 0o700 });
  } catch {
    // Another command may have been faster.
  }
  return existsSync(folder);
}
