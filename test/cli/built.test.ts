import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import pkg from "../../package.json" with { type: "json" };
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

const built = (file: string): string => readFileSync(join(repository, "dist", file), "utf8");

/** Files that are loaded with one of `dist`. */
function loadedWith(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen;
  const text = built(file);
  seen.set(file, text);
  // Not those of a dynamic import, which stand behind `__toESM(`.
  for (const [, name = ""] of text.matchAll(/[=;}]require\("\.\/([\w-]+\.cjs)"\)/g)) loadedWith(name, seen);
  return seen;
}

/** The modules that a bundler took into these files: its maps name them. */
const modulesOf = (files: Iterable<string>): string[] =>
  [...files].flatMap((file) =>
    // esbuild's own format.
    (JSON.parse(built(`${file}.map`)) as { sources: string[] }).sources.map((name) => name.replace(/^(\.\.\/)+/, "")),
  );

// Help and the version are a file of their own; the other one is what every command starts with.
test.each(["help.cjs", "main.cjs"])("%s loads no SDK, no zod, no YAML and little else", (file) => {
  const loaded = loadedWith(file);
  const modules = modulesOf(loaded.keys());
  expect(modules).toContain("src/cli/declared/index.ts");
  expect(modules.filter((name) => /node_modules\/(@aws-sdk|@smithy|zod|yaml)\//.test(name))).toEqual([]);
  // Words of one file, which `measures --by` takes.
  expect(modules.filter((name) => /^src\/(services|lakehouse|local|cli\/commands)\//.test(name))).toEqual([
    "src/lakehouse/strata.ts",
  ]);
  expect([...loaded.values()].reduce((sum, text) => sum + text.length, 0)).toBeLessThan(200_000);
});

/** The command line as it is spawned: code and output. */
function said(...argv: string[]): string {
  return execFileSync(process.execPath, [join(repository, "bin", "metriccare"), ...argv], { encoding: "utf8" });
}

test("help of the program, of a group and of a command, and the version", () => {
  expect(said("--help")).toContain("Usage: metriccare");
  expect(said("ledger", "--help")).toContain("Usage: metriccare ledger");
  expect(said("diff", "-h")).toContain("Usage: metriccare diff");
  expect(said("--version")).toBe(`${pkg.version}\n`);
});

test("clients are built with the calls that are made, and no others", () => {
  const maps = readdirSync(join(repository, "dist")).filter((name) => /\.c?js$/.test(name));
  const commands = new Set(modulesOf(maps).flatMap((name) => /\/commands\/(\w+)Command\.js$/.exec(name)?.[1] ?? []));
  for (const name of ["GetWorkflowRuns", "BatchGetJobs", "PutObject", "GetCallerIdentity", "GetResources"])
    expect(commands).toContain(name);
  const idle = ["CreateMLTransform", "SearchTables", "SelectObjectContent", "CreateVirtualMFADevice"];
  expect(idle.filter((name) => commands.has(name))).toEqual([]);
});

test("clients load no part of Node that nobody uses", () => {
  // Nobody listens there: by then all is loaded that a call needs.
  const env = {
    PATH: process.env["PATH"],
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  };
  const tell =
    "data:text/javascript,process.on('exit',()=>process.stderr.write([...process.moduleLoadList,''].join('\\n')))";
  const argv = ["--import", tell, join(repository, "bin", "metriccare"), "diff", "--env", "dev"];
  const { stderr, status } = spawnSync(process.execPath, argv, { cwd: repository, encoding: "utf8", env });
  expect([status, stderr]).toEqual([1, expect.stringContaining("NativeModule http\n")]);
  for (const none of ["http2", "internal/crypto/webcrypto"]) expect(stderr).not.toContain(`NativeModule ${none}\n`);
});
