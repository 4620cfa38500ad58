import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ArchiveOptions, compileArchive } from "../../../src/local/spark/archives.ts";
import { repository } from "../../harness/project.ts";

/** A zip of modules that jobs import is compiled once, and says the same. */

let root = "";
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "metriccare-archives-"))));
afterEach(() => rmSync(root, { recursive: true }));

const options = (): ArchiveOptions => ({
  python: "python3",
  code: join(repository, "src", "local", "python"),
  folder: join(root, "archives"),
  env: { PATH: process.env["PATH"] },
  signal: new AbortController().signal,
});

const python = (script: string, ...args: string[]): string =>
  execFileSync("python3", ["-I", "-c", script, ...args], { encoding: "utf8" }).trim();

function zip(modules: Readonly<Record<string, string>>): string {
  const file = join(root, "etl.zip");
  const script =
    "import json,sys,zipfile\nwith zipfile.ZipFile(sys.argv[1],'w') as out:\n for n,t in json.loads(sys.argv[2]).items(): out.writestr(n,t)";
  python(script, file, JSON.stringify(modules));
  return file;
}

const names = (file: string): string[] =>
  python("import sys,zipfile;print(*sorted(zipfile.ZipFile(sys.argv[1]).namelist()))", file).split(" ");
/** What a script says that has the zip on its path. */
const said = (file: string, script: string): string =>
  python(`import sys;sys.path.insert(0,sys.argv[1])\n${script}`, file);

test("modules come compiled, from where they were, and other files stay", async () => {
  const file = zip({ "etl/__init__.py": "", "etl/gold.py": "def f():\n  return 1/0\n", "etl/a.sql": "SELECT 1" });
  await compileArchive(file, options());
  expect(names(file)).toEqual(["etl/__init__.py", "etl/__init__.pyc", "etl/a.sql", "etl/gold.py", "etl/gold.pyc"]);
  expect(said(file, "import etl.gold;print(etl.gold.f.__code__.co_filename)")).toBe("etl.zip/etl/gold.py");
  // A traceback still has its line.
  const trace = "import etl.gold,traceback\ntry: etl.gold.f()\nexcept ZeroDivisionError: print(traceback.format_exc())";
  expect(said(file, trace)).toContain("return 1/0");
  expect(said(file, "import pkgutil;print(pkgutil.get_data('etl','a.sql').decode())")).toBe("SELECT 1");
});

test("it is done once for the same content, and anew for another", async () => {
  await compileArchive(zip({ "m.py": "x = 1\n" }), options());
  const [one = ""] = readdirSync(options().folder);
  const { mtimeMs } = statSync(join(options().folder, one));
  const again = zip({ "m.py": "x = 1\n" });
  await compileArchive(again, options());
  const file = zip({ "m.py": "x = 2\n" });
  await Promise.all([compileArchive(file, options()), compileArchive(file, options())]);
  expect(said(file, "import m;print(m.x)")).toBe("2");
  expect(readdirSync(options().folder).length).toBeLessThanOrEqual(3);
  expect(statSync(join(options().folder, one)).mtimeMs).toBe(mtimeMs);
});

test("a module that is no Python is told by Python, and the others are compiled", async () => {
  const file = zip({ "good.py": "x = 1\n", "bad.py": "def (\n" });
  await compileArchive(file, options());
  expect(names(file)).toEqual(["bad.py", "good.py", "good.pyc"]);
  expect(said(file, "try: import bad\nexcept SyntaxError as e: print(e.lineno, e.text.strip())")).toBe("1 def (");
});

test("what is no zip, and a Python that is not there, leave it as it came", async () => {
  const file = join(root, "etl.zip");
  writeFileSync(file, "no zip at all");
  await compileArchive(file, options());
  expect(readFileSync(file, "utf8")).toBe("no zip at all");
  const whole = zip({ "m.py": "x = 1\n" });
  await compileArchive(whole, { ...options(), python: join(root, "nowhere") });
  expect(names(whole)).toEqual(["m.py"]);
  expect(readdirSync(options().folder)).toEqual([]);
});
