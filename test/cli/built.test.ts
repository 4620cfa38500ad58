import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../harness/project.ts";

/** The bundle, not the sources: what a bundler makes of an import shows nowhere else. Commands that need no AWS. */
test.each(["validate", "config show", "config diff dev prod", "graph", "outputs"])(
  "the built command line: %s",
  (line) => {
    const env = line.startsWith("config diff") ? [] : ["--env", "local"];
    const out = execFileSync(process.execPath, [join(repository, "bin", "metriccare"), ...line.split(" "), ...env], {
      cwd: repository,
      encoding: "utf8",
    });
    expect(out).not.toBe("");
  },
);

/** Chunks that are loaded before a command is chosen: what `--help` and `--version` wait for. */
function atStart(file = "main.js", seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen;
  const text = readFileSync(join(repository, "dist", file), "utf8");
  seen.set(file, text);
  for (const [, name = ""] of text.matchAll(/^(?:import|export)\b[^;()]*?["']\.\/([\w-]+\.js)["'];/gm))
    atStart(name, seen);
  return seen;
}

test("help and the version load no SDK, no zod, no YAML and little else", () => {
  const loaded = [...atStart().values()];
  expect(loaded.length).toBeGreaterThan(1);
  // The bundler names each module that it took in.
  const modules = loaded.flatMap((text) => [...text.matchAll(/^\/\/ (\S+)$/gm)].map(([, name = ""]) => name));
  expect(modules).toContain("src/cli/declared/index.ts");
  expect(modules.filter((name) => /node_modules\/(@aws-sdk|@smithy|zod|yaml)\//.test(name))).toEqual([]);
  // Words of one file, which `measures --by` takes.
  expect(modules.filter((name) => /^src\/(services|lakehouse|local|cli\/commands)\//.test(name))).toEqual([
    "src/lakehouse/strata.ts",
  ]);
  expect(loaded.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(300_000);
});
