import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import { isAlive, ownIdentity, startedAt } from "../../../src/local/runtime/identity.ts";
import { tryLock, waitForLock } from "../../../src/local/runtime/lock.ts";
import { temporaryFolder } from "./fakes.ts";

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.dir, "sub", "a.lock");
});
afterEach(() => folder.remove());

test("one holder at a time; free again after release, with nothing left on disk", async () => {
  const first = await tryLock(file);
  expect(first).toBeDefined();
  expect(await tryLock(file)).toBeUndefined();
  await first?.release();
  const second = await tryLock(file);
  expect(second).toBeDefined();
  await second?.release();
  expect(readdirSync(join(folder.dir, "sub"))).toEqual([]);
});

test("of many at once exactly one gets it", async () => {
  const locks = await Promise.all(Array.from({ length: 20 }, () => tryLock(file)));
  expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
});

test("the lock of a process that was killed is taken over", async () => {
  const child = spawn("sleep", ["100"]);
  const started = await startedAt(child.pid ?? 0);
  await (await tryLock(file))?.release();
  writeFileSync(file, JSON.stringify({ pid: child.pid, started, token: "x" }));
  expect(await tryLock(file)).toBeUndefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await tryLock(file)).toBeDefined();
});

test("a number that went to another process does not hold a lock, nor does a broken file", async () => {
  await (await tryLock(file))?.release();
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: "another time", token: "x" }));
  const lock = await tryLock(file);
  expect(lock).toBeDefined();
  await lock?.release();
  writeFileSync(file, "{");
  expect(await tryLock(file)).toBeDefined();
});

test("a waiting one is told once, and goes on when the lock is free; an abort ends the wait", async () => {
  const held = await tryLock(file);
  let told = 0;
  const waiting = waitForLock(file, { clock: systemClock, onWait: () => (told += 1) });
  await systemClock.sleep(250);
  await held?.release();
  const lock = await waiting;
  expect(told).toBe(1);
  const abort = new AbortController();
  const second = waitForLock(file, { clock: systemClock, signal: abort.signal });
  abort.abort(new Error("stop"));
  await expect(second).rejects.toThrow("stop");
  await lock.release();
});

test("this process is alive, and is not itself at another time", async () => {
  const me = await ownIdentity();
  expect(await isAlive(me)).toBe(true);
  expect(await isAlive({ ...me, started: "0" })).toBe(false);
});
