import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, describe, expect, test } from "vitest";
import { packagesBeside } from "../../src/services/python-files.ts";
import { scriptsOf } from "../../src/lakehouse/check/python.ts";
import { Sources } from "../../src/services/sources.ts";
import { CONFIG, load, project } from "../services/compile/project.ts";

const ROOT = resolve(CONFIG, "..");
const undo: (() => void)[] = [];
afterEach(() => undo.splice(0).forEach((one) => one()));

const made = (files: Readonly<Record<string, string>>): string => {
  const { dir, remove } = project(files);
  undo.push(remove);
  return dir;
};

async function entries(dir: string, folder: string): Promise<string[]> {
  const content = await new Sources(dir).zip(folder, "here");
  return content ? Object.keys(unzipSync(await content.load())).toSorted() : [];
}

describe("a zip holds the packages beside its folder that the code imports", () => {
  test("and what these import in turn, whatever is not Python among it", async () => {
    const dir = made({
      "code/fn/main.py": "import os, shared\n",
      "code/shared/__init__.py": "",
      "code/shared/data.json": "{}",
      "code/shared/deep.py": "def f():\n    from base.x import y\n",
      "code/base/__init__.py": "",
      "code/unused/__init__.py": "",
    });
    expect(await entries(dir, "code/fn")).toEqual([
      "base/__init__.py",
      "main.py",
      "shared/__init__.py",
      "shared/data.json",
      "shared/deep.py",
    ]);
  });

  test("not what is no package, what is only spoken of, and what the folder has itself", async () => {
    const dir = made({
      "code/fn/main.py": '"""\nimport spoken\nfrom spoken import of\n"""\nimport own, plain, json  # import spoken\n',
      "code/fn/own.py": "",
      "code/own/__init__.py": "",
      "code/plain/x.py": "",
      "code/spoken/__init__.py": "",
    });
    expect(await entries(dir, "code/fn")).toEqual(["main.py", "own.py"]);
  });

  test("two packages that import one another are no endless search", () => {
    const dir = made({
      "code/a/__init__.py": "import b\n",
      "code/b/__init__.py": "import a\nimport c\n",
      "code/c/__init__.py": "import b\n",
    });
    expect(packagesBeside(dir, "code/a")).toEqual(["code/b", "code/c"]);
  });

  test("and the syntax of these is checked too", () => {
    const dir = made({ "glue-scripts/lambda/more.py": "import shared\n", "glue-scripts/shared/__init__.py": "" });
    const files = scriptsOf(load({ dir, env: "dev" }), dir).map(({ file }) => file);
    expect(files).toContain("glue-scripts/shared/__init__.py");
  });
});

describe("the ledger's package", () => {
  test.each(["glue-scripts/lambda", "glue-scripts/metriccare_etl"])(
    "is imported from the zip of %s",
    async (folder) => {
      const content = await new Sources(ROOT).zip(folder, "here");
      const place = mkdtempSync(join(tmpdir(), "metriccare-zip-"));
      undo.push(() => rmSync(place, { recursive: true, force: true }));
      writeFileSync(join(place, "code.zip"), (await content?.load()) ?? new Uint8Array());
      const program =
        "import sys; sys.path.insert(0, 'code.zip'); from metriccare_ledger import schema; print(schema.HASH_KEY)";
      expect(execFileSync("python3", ["-I", "-S", "-c", program], { cwd: place, encoding: "utf8" }).trim()).toBe(
        "file_id",
      );
    },
  );

  test("leaves the function small, and free of what Lambda's runtime has not", async () => {
    const content = await new Sources(ROOT).zip("glue-scripts/lambda", "here");
    // As it is stored: what Lambda unpacks.
    expect(content?.size).toBeLessThan(130_000);
    const dir = made({});
    cpSync(join(ROOT, "glue-scripts"), join(dir, "glue-scripts"), { recursive: true });
    expect(packagesBeside(dir, "glue-scripts/lambda")).toEqual(["glue-scripts/metriccare_ledger"]);
  });
});
