import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import { reset } from "../../../src/local/index.ts";
import { projectKeys } from "../../../src/local/keys.ts";
import { localPaths } from "../../../src/local/paths.ts";
import { temporaryFolder } from "./fakes.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const mode = (file: string): number => statSync(file).mode & 0o777;

test("a project folder has a pair of keys of its own, for the user's eyes alone", async () => {
  const paths = localPaths(folder.dir);
  const pair = await projectKeys(paths);
  expect(pair.accessKeyId).toMatch(/^[A-Z][A-Z0-9]{19}$/);
  // What looks like a real account's is refused, and digits are an account to the emulator.
  expect(pair.accessKeyId).not.toMatch(/^(AKIA|ASIA)|^\d{12}$/);
  expect(pair.secretAccessKey).toMatch(/^[0-9a-f]{64}$/);
  expect(mode(paths.keys)).toBe(0o600);
  expect(await projectKeys(paths)).toEqual(pair);
  expect(await projectKeys(localPaths(join(folder.dir, "other")))).not.toEqual(pair);
});

test("commands that start at once get the same pair", async () => {
  const all = Array.from({ length: 30 }, async () => JSON.stringify(await projectKeys(localPaths(folder.dir))));
  const there = await Promise.all(all);
  expect(new Set(there).size).toBe(1);
});

test("a file that others may read is closed, a broken one is made anew, and reset forgets the pair", async () => {
  const paths = localPaths(folder.dir);
  const first = await projectKeys(paths);
  chmodSync(paths.keys, 0o644);
  expect(await projectKeys(paths)).toEqual(first);
  expect(mode(paths.keys)).toBe(0o600);
  for (const text of ["", "{", '{"accessKeyId":"test","secretAccessKey":"test"}']) {
    mkdirSync(dirname(paths.keys), { recursive: true });
    writeFileSync(paths.keys, text);
    const again = await projectKeys(paths);
    expect(again.accessKeyId).toMatch(/^EMBD/);
    expect(JSON.parse(readFileSync(paths.keys, "utf8"))).toEqual(again);
  }
  const before = await projectKeys(paths);
  await reset(folder.dir, systemClock);
  expect(await projectKeys(paths)).not.toEqual(before);
  rmSync(paths.local, { recursive: true });
});
