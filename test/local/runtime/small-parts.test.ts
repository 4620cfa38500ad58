import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import { scrubbedEnvironment } from "../../../src/local/environment.ts";
import { batches } from "../../../src/local/logs.ts";
import { localPaths } from "../../../src/local/paths.ts";
import { choosePort } from "../../../src/local/port.ts";
import { lineSplitter, run } from "../../../src/local/runtime/run.ts";
import { marked, sweep } from "../../../src/local/sweep.ts";
import { temporaryFolder } from "./fakes.ts";

const paths = localPaths("/project");
const java = { executable: "/jdk/bin/java", version: "17", home: "/jdk" };

test("nothing of the user's AWS settings reaches the processes of the embedded AWS", () => {
  const env = scrubbedEnvironment(paths, java, {
    PATH: "/bin",
    HOME: "/home/me",
    AWS_PROFILE: "production",
    AWS_ACCESS_KEY_ID: "AKIAREAL",
    HTTPS_PROXY: "http://proxy",
    NODE_OPTIONS: "--inspect",
    PYTHONPATH: "/x",
  });
  expect(env["PATH"]).toBe("/bin");
  expect(env["HOME"]).toBe("/project/.metriccare/local/tmp");
  for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "HTTPS_PROXY", "NODE_OPTIONS", "PYTHONPATH"])
    expect(env[name]).toBeUndefined();
});

test("a fixed port that another program has is refused by its number", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const taken = (server.address() as AddressInfo).port;
  await expect(choosePort(taken, undefined)).rejects.toMatchObject({
    code: "port_in_use",
    message: expect.stringContaining(String(taken)),
  });
  // A remembered one that is taken is replaced.
  expect(await choosePort(undefined, taken)).not.toBe(taken);
  server.close();
  await once(server, "close");
  expect(await choosePort(undefined, taken)).toBe(taken);
  expect(await choosePort(taken, undefined)).toBe(taken);
});

test("log lines are cut into calls that CloudWatch Logs takes", () => {
  expect(batches([])).toEqual([]);
  expect(batches([{ timestamp: 1, message: "" }])).toEqual([]);
  const many = Array.from({ length: 10_001 }, (_, index) => ({ timestamp: 10_001 - index, message: "x" }));
  const cut = batches(many);
  expect(cut.map((batch) => batch.length)).toEqual([10_000, 1]);
  expect(cut[0]?.[0]?.timestamp).toBe(1);
  const large = Array.from({ length: 9 }, () => ({ timestamp: 1, message: "y".repeat(240_000) }));
  expect(batches(large).map((batch) => batch.length)).toEqual([4, 4, 1]);
  expect(batches([{ timestamp: 1, message: "z".repeat(300_000) }])[0]?.[0]?.message.length).toBe(250_001);
});

test("lines are handed on whole, whatever the chunks", () => {
  const seen: string[] = [];
  const lines = lineSplitter((line) => seen.push(line));
  for (const chunk of ["a", "b\r\nc\n\nd", "e"]) lines.push(chunk);
  expect(seen).toEqual(["ab", "c", ""]);
  lines.flush();
  lines.flush();
  expect(seen).toEqual(["ab", "c", "", "de"]);
});

test("an abort ends a program and its children", async () => {
  const abort = new AbortController();
  const running = run("sh", ["-c", "sleep 97.531 & wait"], { signal: abort.signal });
  await systemClock.sleep(200);
  abort.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await systemClock.sleep(50);
  expect((await run("pgrep", ["-f", "sleep 97.531"])).stdout).toBe("");
});

test("a program that is not there is an answer, not an exception", async () => {
  const ran = await run("/nowhere/program", []);
  expect(ran.code).toBeNull();
  expect(ran.stderr).toContain("ENOENT");
});

test("processes of a dead supervisor are found by their mark and ended, deaf ones too", async () => {
  const folder = temporaryFolder();
  const local = join(folder.dir, "local");
  const env = { PATH: process.env["PATH"], METRICCARE_LOCAL: local };
  const soft = spawn("sleep", ["100"], { env, detached: true, stdio: "ignore" });
  const deaf = spawn("sh", ["-c", "trap '' TERM; while true; do sleep 0.1; done"], {
    env,
    detached: true,
    stdio: "ignore",
  });
  const other = spawn("sleep", ["100"], { env: { ...env, METRICCARE_LOCAL: `${local}2` }, stdio: "ignore" });
  await systemClock.sleep(200);
  expect((await marked(local)).length).toBeGreaterThanOrEqual(2);
  await sweep(local, systemClock, 300);
  expect(await marked(local)).toEqual([]);
  expect(soft.signalCode).toBe("SIGTERM");
  expect(deaf.signalCode).toBe("SIGKILL");
  expect(await marked(`${local}2`)).toEqual([other.pid]);
  other.kill("SIGKILL");
  folder.remove();
});
