import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repository } from "../harness/project.ts";

/** What V8 has compiled of a bundle is kept, and is never that of another source. */

let root = "";
const [dist, cache] = [() => join(root, "dist"), () => join(root, "cache")];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "metriccare-compiled-"));
  mkdirSync(dist());
  mkdirSync(cache());
  bundle("first");
});
afterEach(() => rmSync(root, { recursive: true }));

/** A bundle of three pieces, the last of which is loaded when it is used. */
function bundle(word: string): void {
  const pieces = {
    "main.cjs": 'const a=require("./a-1.cjs");exports.run=(argv)=>a.said(argv[0])+require("./late-1.cjs").end;',
    "a-1.cjs": `const {sep}=require("node:path");exports.said=(name)=>sep+name+String.raw\` ${word} \`;`,
    "late-1.cjs": 'exports.end="end";',
  };
  for (const [name, text] of Object.entries(pieces)) writeFileSync(join(dist(), name), text);
}

/** Runs it in a process of its own, as bin/metriccare does. */
function said(command: string): string {
  const script = `const [loader,dist,cache,command]=process.argv.slice(1);
    process.stdout.write(require(loader).load(dist,cache,command).run([command]))`;
  const loader = join(repository, "dist", "compiled.cjs");
  return execFileSync(process.execPath, ["-e", script, loader, dist(), cache(), command], { encoding: "utf8" });
}

const folder = (): string => join(cache(), readdirSync(cache())[0] ?? "");
const kept = (): string[] => readdirSync(folder()).toSorted();
const timeOf = (name: string): number => statSync(join(folder(), name)).mtimeMs;

test("is kept for this user alone, and used again", () => {
  expect(said("diff")).toBe("/diff first end");
  expect(kept()).toEqual(["a-1.cjs", "commands", "late-1.cjs", "main.cjs"]);
  for (const name of kept()) expect(statSync(join(folder(), name)).mode & 0o077, name).toBe(0);
  const before = timeOf("a-1.cjs");
  expect(said("diff")).toBe("/diff first end");
  expect(timeOf("a-1.cjs")).toBe(before);
});

test("grows with another command, once", () => {
  said("diff");
  const before = timeOf("a-1.cjs");
  said("apply");
  expect(timeOf("a-1.cjs")).toBeGreaterThan(before);
  expect(readFileSync(join(folder(), "commands"), "utf8")).toBe("diff\napply\n");
});

test("is not that of another source, even one of the same length", () => {
  said("diff");
  bundle("FIRST");
  expect(said("diff")).toBe("/diff FIRST end");
  expect(said("diff")).toBe("/diff FIRST end");
});

test("is what the source says in letters of any language", () => {
  bundle("\u2713 d\u00e9c\u00e9d\u00e9");
  expect(said("diff")).toBe("/diff \u2713 d\u00e9c\u00e9d\u00e9 end");
  expect(said("diff")).toBe("/diff \u2713 d\u00e9c\u00e9d\u00e9 end");
});

test("is not read where somebody else may have written it", () => {
  said("diff");
  const before = timeOf("a-1.cjs");
  writeFileSync(join(folder(), "commands"), "");
  chmodSync(folder(), 0o777);
  expect(said("diff")).toBe("/diff first end");
  expect(timeOf("a-1.cjs")).toBe(before);
  chmodSync(folder(), 0o700);
  expect(said("diff")).toBe("/diff first end");
  expect(timeOf("a-1.cjs")).toBeGreaterThan(before);
});

test("is looked for in no folder of a project", () => {
  const metriccare = join(repository, "bin", "metriccare");
  const env = { PATH: process.env["PATH"], HOME: "", XDG_CACHE_HOME: "kept" };
  expect(execFileSync(process.execPath, [metriccare, "completion", "bash"], { cwd: root, env }).length).toBeGreaterThan(
    9,
  );
  expect(readdirSync(root).toSorted()).toEqual(["cache", "dist"]);
});

test.runIf(process.platform === "linux")("is done without where no folder can be made, and nobody hangs", () => {
  const env = { PATH: process.env["PATH"], HOME: root, XDG_CACHE_HOME: "/proc/nowhere" };
  const argv = [join(repository, "bin", "metriccare"), "validate", "--env", "local"];
  const told = { cwd: repository, env, timeout: 20_000, killSignal: "SIGKILL", encoding: "utf8" } as const;
  expect(execFileSync(process.execPath, argv, told)).toContain("The config is good");
});

test("is not used when it is damaged, and made anew", () => {
  said("diff");
  const file = join(folder(), "a-1.cjs");
  const whole = readFileSync(file);
  for (const damaged of [
    whole.subarray(0, 20),
    Buffer.alloc(0),
    Buffer.concat([whole.subarray(0, -9), Buffer.alloc(9, 7)]),
  ]) {
    writeFileSync(file, damaged);
    expect(said("diff")).toBe("/diff first end");
    expect(readFileSync(file).length).toBeGreaterThan(100);
  }
});

test("goes with the piece that it was made of", () => {
  said("diff");
  writeFileSync(join(folder(), "b-0.cjs"), "of an older build");
  bundle("other");
  said("diff");
  expect(kept()).toEqual(["a-1.cjs", "commands", "late-1.cjs", "main.cjs"]);
});

test("of places where nobody has started anything for long nothing is kept", () => {
  const [old, young] = ["v20.1.0-x64-0123456789abcdef", "v20.1.0-x64-0123456789abcdee"];
  for (const name of [old, young, "v22-of-node-itself"]) mkdirSync(join(cache(), name));
  utimesSync(join(cache(), old), 1, 1);
  utimesSync(join(cache(), "v22-of-node-itself"), 1, 1);
  said("diff");
  expect(readdirSync(cache())).toEqual(expect.arrayContaining([young, "v22-of-node-itself"]));
  expect(readdirSync(cache())).not.toContain(old);
});

test("is done without where nobody can write", () => {
  rmSync(cache(), { recursive: true });
  expect(said("diff")).toBe("/diff first end");
  writeFileSync(cache(), "a file where the folder should be");
  expect(said("diff")).toBe("/diff first end");
  rmSync(cache());
  mkdirSync(cache());
  chmodSync(cache(), 0o500);
  expect(said("diff")).toBe("/diff first end");
  chmodSync(cache(), 0o700);
});
