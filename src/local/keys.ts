import { randomBytes, randomInt } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { KeyPair } from "./front/door/keyring.ts";
import type { LocalPaths } from "./paths.ts";

export type { KeyPair } from "./front/door/keyring.ts";

/**
 * The pair of keys that opens this project folder's embedded AWS: made at random when it is first asked for, readable by
 * the user alone, forgotten by `local reset`. Two commands that start at once get the same.
 */
export async function projectKeys(paths: LocalPaths): Promise<KeyPair> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const found = await readKeys(paths.keys);
    if (found) return found;
    await place(paths.keys, mint());
  }
  throw new Error(`${paths.keys} cannot be read.`);
}

/** The pair, when there is one. */
async function readKeys(file: string): Promise<KeyPair | undefined> {
  try {
    // A copy or a restored backup may have opened it to others.
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isPair(value)) return { accessKeyId: value.accessKeyId, secretAccessKey: value.secretAccessKey };
    await rm(file, { force: true });
  } catch (error) {
    if (error instanceof SyntaxError) await rm(file, { force: true });
    else if (!isMissing(error)) throw error;
  }
  return undefined;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Of the length and the letters of AWS's keys, but nobody takes it for one: those begin with AKIA or ASIA. */
const mint = (): KeyPair => ({
  accessKeyId: `EMBD${Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)]).join("")}`,
  secretAccessKey: randomBytes(32).toString("hex"),
});

/** Puts the file in place whole, and never over another's. */
async function place(file: string, pair: KeyPair): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(8).toString("hex")}`;
  await writeFile(temporary, JSON.stringify(pair), { mode: 0o600, flag: "wx" });
  try {
    await link(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

function isPair(value: unknown): value is KeyPair {
  return (
    typeof value === "object" &&
    value !== null &&
    "accessKeyId" in value &&
    "secretAccessKey" in value &&
    typeof value.accessKeyId === "string" &&
    typeof value.secretAccessKey === "string" &&
    /^EMBD[A-Z2-7]{16}$/.test(value.accessKeyId) &&
    value.secretAccessKey.length >= 40
  );
}
