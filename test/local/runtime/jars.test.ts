import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assetPath } from "../../../src/local/paths.ts";
import { LocalProblem } from "../../../src/local/problem.ts";
import { alteredJars } from "../../../src/local/runtime/jar-stamp.ts";
import { installJars, jarFile, readJarList, type Jar } from "../../../src/local/runtime/jars.ts";
import { program, temporaryFolder } from "./fakes.ts";

let folder: ReturnType<typeof temporaryFolder>;
let cache: string;
let target: string;
beforeEach(() => {
  folder = temporaryFolder();
  cache = join(folder.dir, "cache");
  target = join(folder.dir, "project", "jars");
});
afterEach(() => folder.remove());

const contents = { one: "first", two: "second" };
const jar = (artifact: keyof typeof contents): Jar => ({
  group: "org.example",
  artifact,
  version: "1.0",
  sha256: createHash("sha256").update(contents[artifact]).digest("hex"),
  bytes: contents[artifact].length,
});

/** A `java` that does what Ivy does: writes the artifacts that its ivy.xml names, with what we tell it to. */
function ivyThatWrites(files: Record<string, string>, code = 0): string {
  const writes = Object.entries(files).map(([name, text]) => `printf '%s' '${text}' > "$out/${name}"`);
  const body = [
    '[ "$7" = "-retrieve" ] || exit 9',
    'out=$(dirname "$8")',
    'mkdir -p "$out"',
    ...writes,
    "echo UNRESOLVED something",
    `exit ${code}`,
  ];
  return program(join(folder.dir, "bin", "java"), `echo run >> ${folder.dir}/runs\n${body.join("\n")}`);
}
const runs = (): number =>
  existsSync(join(folder.dir, "runs")) ? readFileSync(join(folder.dir, "runs"), "utf8").trim().split("\n").length : 0;

const install = (java: string): Promise<void> =>
  installJars({
    jars: [jar("one"), jar("two")],
    target,
    cache,
    ivy: "ivy.jar",
    java: { executable: java, version: "17", home: "/" },
    // A direct line, whatever this machine has.
    env: { ...process.env, HTTPS_PROXY: undefined, https_proxy: undefined, AWS_CA_BUNDLE: undefined },
    onProgress: () => undefined,
  });
const problemOf = async (java: string): Promise<LocalProblem> => {
  const error: unknown = await install(java).catch((caught: unknown) => caught);
  if (!(error instanceof LocalProblem)) throw new Error(`no LocalProblem: ${String(error)}`);
  return error;
};
const both = { "one-1.0.jar": "first", "two-1.0.jar": "second" };

test("the shipped list has 24 jars with a checksum each", async () => {
  const jars = await readJarList(assetPath("requirements/jars.txt"));
  expect(jars).toHaveLength(24);
  expect(new Set(jars.map(jarFile)).size).toBe(24);
});

test("what is missing is fetched once, linked into the project, and kept in the cache for the next", async () => {
  const java = ivyThatWrites(both);
  await install(java);
  expect(readdirSync(target).sort()).toEqual(["one-1.0.jar", "two-1.0.jar"]);
  expect(statSync(join(target, "one-1.0.jar")).nlink).toBe(2);
  await install(java);
  target = join(folder.dir, "other", "jars");
  await install(java);
  expect(readFileSync(join(target, "two-1.0.jar"), "utf8")).toBe("second");
  expect(runs()).toBe(1);
  expect(readdirSync(cache).sort()).toEqual(["one-1.0.jar", "two-1.0.jar"]);
});

test("a spoiled file in the cache is not used", async () => {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "one-1.0.jar"), "FIRST");
  await install(ivyThatWrites(both));
  expect(readFileSync(join(target, "one-1.0.jar"), "utf8")).toBe("first");
});

test("a file with another checksum is refused, and nothing of it stays", async () => {
  const problem = await problemOf(ivyThatWrites({ "one-1.0.jar": "FIRST", "two-1.0.jar": "second" }));
  expect(problem.code).toBe("checksum");
  expect(problem.message).toContain("org.example:one:1.0");
  expect(existsSync(join(target, "one-1.0.jar"))).toBe(false);
  expect(existsSync(join(cache, "one-1.0.jar"))).toBe(false);
});

test("without network it says so, and what has arrived is kept", async () => {
  const problem = await problemOf(ivyThatWrites({ "one-1.0.jar": "first" }, 1));
  expect(problem.code).toBe("download_failed");
  expect(problem.message).toContain("UNRESOLVED something");
  expect(readdirSync(cache)).toEqual(["one-1.0.jar"]);
});

test("a jar that was changed after its installation is noticed, however its times are set back", async () => {
  await install(ivyThatWrites(both));
  const jars = [jar("one"), jar("two")];
  const stamp = join(folder.dir, "seen.json");
  const names = async (): Promise<string[]> => (await alteredJars(target, stamp, jars)).map(jarFile);
  expect(await names()).toEqual([]);
  const one = join(target, "one-1.0.jar");
  const before = statSync(one);
  writeFileSync(one, "FIRST");
  utimesSync(one, before.atime, before.mtime);
  expect(await names()).toEqual(["one-1.0.jar"]);
  // Told again at every start, until it is mended: it is put back from where it was fetched, since the cache has the same file.
  expect(await names()).toEqual(["one-1.0.jar"]);
  await install(ivyThatWrites(both));
  expect(await names()).toEqual([]);
  expect(readFileSync(one, "utf8")).toBe("first");
  rmSync(one);
  expect(await names()).toEqual(["one-1.0.jar"]);
});

test("what looks as it did when it was hashed is not hashed again; what only looks different is, and passes", async () => {
  await install(ivyThatWrites(both));
  const stamp = join(folder.dir, "seen.json");
  expect(await alteredJars(target, stamp, [jar("one")])).toEqual([]);
  // The stamp vouches: a pin that no file has passes only when nothing is hashed.
  const otherPin = { ...jar("one"), sha256: "0".repeat(64) };
  expect(await alteredJars(target, stamp, [otherPin])).toEqual([]);
  linkSync(join(target, "one-1.0.jar"), join(folder.dir, "another-project.jar"));
  expect(await alteredJars(target, stamp, [jar("one")])).toEqual([]);
  linkSync(join(target, "one-1.0.jar"), join(folder.dir, "a-third.jar"));
  expect(await alteredJars(target, stamp, [otherPin])).toHaveLength(1);
});
