import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../clock/index.ts";
import { isAlive, ownIdentity, type ProcessId } from "./identity.ts";

interface Holder extends ProcessId {
  token: string;
}

/** A lock that is held until `release` or until its process dies. */
export interface FileLock {
  release(): Promise<void>;
}

/** Takes the lock if nobody living holds it; otherwise undefined. A lock left by a dead process is taken over. */
export async function tryLock(file: string): Promise<FileLock | undefined> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const mine: Holder = { ...(await ownIdentity()), token: randomUUID() };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await place(file, mine)) return { release: () => removeIf(file, mine.token) };
    const holder = await readHolder(file);
    if (holder !== undefined && (await isAlive(holder))) return undefined;
    await removeIf(file, holder?.token);
  }
  return undefined;
}

/** Waits for the lock. `onWait` is called once, when somebody else holds it. */
export async function waitForLock(
  file: string,
  options: { clock: Clock; signal?: AbortSignal; onWait?(): void },
): Promise<FileLock> {
  let told = false;
  for (;;) {
    const lock = await tryLock(file);
    if (lock !== undefined) return lock;
    if (!told) options.onWait?.();
    told = true;
    await options.clock.sleep(100, options.signal);
  }
}

/** Puts the whole content in place in one step: a lock that can be seen can be read. */
async function place(file: string, holder: Holder): Promise<boolean> {
  const temporary = `${file}.${holder.token}`;
  await writeFile(temporary, JSON.stringify(holder), { mode: 0o600 });
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the lock only when it is still the one that was looked at: it is moved aside, compared, and put back if it is another's. */
async function removeIf(file: string, token: string | undefined): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== undefined && moved.token !== token) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null && "pid" in value && "started" in value && "token" in value;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
