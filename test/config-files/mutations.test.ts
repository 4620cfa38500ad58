import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { ConfigInvalid, type ConfigProblem } from "../../src/config/index.ts";
import { compile } from "../../src/lakehouse/index.ts";
import { temporary } from "../harness/temporary.ts";
import { CONFIG, load, project, scopeOf } from "../services/compile/project.ts";

let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

const lines = readFileSync(join(CONFIG, "lakehouse.yaml"), "utf8").split("\n");
const VALUES = [
  "",
  "null",
  "[]",
  "{}",
  "-1",
  "true",
  "nope",
  '"x"',
  "1e9",
  "[a, b]",
  "{ a: b }",
  "2023-06-30",
  "&a *a",
  "!!set {}",
  "𝕏",
];

const mutation = fc.oneof(
  fc.record({ kind: fc.constant("drop" as const), line: fc.nat(lines.length - 1) }),
  fc.record({ kind: fc.constant("double" as const), line: fc.nat(lines.length - 1) }),
  fc.record({ kind: fc.constant("indent" as const), line: fc.nat(lines.length - 1) }),
  fc.record({ kind: fc.constant("value" as const), line: fc.nat(lines.length - 1), value: fc.constantFrom(...VALUES) }),
  fc.record({ kind: fc.constant("letter" as const), line: fc.nat(lines.length - 1), at: fc.nat(30) }),
);

function mutate(text: readonly string[], change: typeof mutation extends fc.Arbitrary<infer T> ? T : never): string[] {
  const line = text[change.line] ?? "";
  const replaced = (): string[] => {
    switch (change.kind) {
      case "drop":
        return [];
      case "double":
        return [line, line];
      case "indent":
        return [` ${line}`];
      case "value":
        return [line.replace(/:.*$/, `: ${change.value}`)];
      case "letter":
        return [line.slice(0, change.at) + line.slice(change.at + 1)];
    }
  };
  return [...text.slice(0, change.line), ...replaced(), ...text.slice(change.line + 1)];
}

/** More with METRICCARE_MUTATIONS; fast-check prints the seed of a failure. */
const RUNS = Number(process.env["METRICCARE_MUTATIONS"] ?? 200);

it("answers every mutated config with resources, or with places of mistakes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (changes) => {
      const text = changes.reduce<readonly string[]>(mutate, lines).join("\n");
      writeFileSync(join(folder.dir, "config", "lakehouse.yaml"), text);
      try {
        await compile(load({ dir: folder.dir, env: "dev" }), scopeOf("dev"), folder.dir);
      } catch (error) {
        if (!(error instanceof ConfigInvalid)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
        for (const one of error.problems)
          expect([one.file, one.line > 0, one.column > 0, one.message !== ""]).toEqual([one.file, true, true, true]);
      }
    }),
    { numRuns: RUNS },
  );
}, 1_800_000);

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;

const isHolder = (value: unknown): value is Holder => typeof value === "object" && value !== null;

/** Every place of a tree. */
function places(value: unknown, above: Path = []): Path[] {
  if (!isHolder(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...above, Array.isArray(value) ? Number(key) : key];
    return [path, ...places(inner, path)];
  });
}

const at = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, part) => (isHolder(value) ? value[part] : undefined), root);

/** The tree with one thing changed in what holds the last part of a path. */
function changed(root: unknown, path: Path, change: (holder: Holder, last: string | number) => void): unknown {
  const copy: unknown = structuredClone(root);
  const holder = at(copy, path.slice(0, -1));
  const last = path.at(-1);
  if (!isHolder(holder) || last === undefined) throw new Error(`nothing holds ${path.join(".")}`);
  change(holder, last);
  return copy;
}

function renamed(holder: Holder, last: string | number, to: string): void {
  const entries = Object.entries(holder);
  for (const [key] of entries) delete holder[key];
  for (const [key, value] of entries) holder[key === last ? to : key] = value;
}

/** Slips of the fingers: two letters in the wrong order, one that is not there, one too many. */
const SLIPS = ["turned", "lost", "doubled"] as const;
function slipped(word: string, slip: (typeof SLIPS)[number], spot: number): string {
  const i = 1 + (spot % Math.max(word.length - 2, 1));
  if (slip === "lost") return word.slice(0, i) + word.slice(i + 1);
  if (slip === "doubled") return word.slice(0, i) + word.slice(i - 1);
  return word.slice(0, i) + (word[i + 1] ?? "") + (word[i] ?? "") + word.slice(i + 2);
}

/** What a text may be without that anybody knows another one: nothing is near to a date, or to a schedule. */
const FREE = /^(rules\.\w+\.schedule|measures\.(asOf|timeZone))$/;

const ORIGINAL = join(CONFIG, "../examples/original");

/** Configs that are right: the shipped one, and one with entries merged (`<<`) and texts that name others. */
const BASES = [
  ["the shipped config", CONFIG, "local", /^Did you mean /],
  // Its parameters and names are its own: nobody knows others.
  ["the original's", join(ORIGINAL, "config"), "dev", /^/],
] as const;

describe.each(BASES)("one mistake in %s", (_name, config, env, hint) => {
  let dir: string;
  beforeAll(() => {
    dir = folder.dir;
    if (config === CONFIG) return;
    dir = temporary("metriccare-original-");
    cpSync(ORIGINAL, dir, { recursive: true });
  });
  const tree: unknown = parse(readFileSync(join(config, "lakehouse.yaml"), "utf8"));
  const all = places(tree);
  const words = all.filter((path) => {
    const value = at(tree, path);
    return typeof value === "string" && value.length > 4 && !FREE.test(path.join("."));
  });
  const keys = all.filter((path) => String(path.at(-1)).length > 4 && typeof path.at(-1) === "string");

  function problemsOf(mutant: unknown): readonly ConfigProblem[] {
    writeFileSync(join(dir, "config", "lakehouse.yaml"), stringify(mutant));
    try {
      load({ dir, env });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigInvalid)) throw error;
      return error.problems;
    }
  }

  it.each([
    ["a key", keys],
    ["a word", words],
  ])("in %s is told once, at its line, with what was meant", (what, paths) => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(...SLIPS), fc.nat(40), (path, slip, spot) => {
        const word = String(what === "a key" ? path.at(-1) : at(tree, path));
        const wrong = slipped(word, slip, spot);
        // A slash more or less makes other folders: no file is near to that.
        fc.pre(wrong !== word && wrong.split("/").length === word.split("/").length);
        const mutant = changed(tree, path, (holder, last) => {
          if (what === "a key") renamed(holder, last, wrong);
          else holder[last] = wrong;
        });
        const problems = problemsOf(mutant);
        expect(problems.length, JSON.stringify(problems)).toBeLessThanOrEqual(1);
        for (const { line, suggestion } of problems) {
          expect(suggestion ?? "").toMatch(hint);
          // `project` stands in the first line.
          if (path[0] !== "project") expect(line).toBeGreaterThan(1);
        }
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });

  it.each([
    ["a map, or a number in place of one", ["x", "y"], 7],
    ["nothing", null, null],
  ])("of another type is told once, at its line: %s", (_what, plain, nested) => {
    fc.assert(
      fc.property(fc.constantFrom(...all), (path) => {
        const value = isHolder(at(tree, path)) ? nested : plain;
        const problems = problemsOf(changed(tree, path, (holder, last) => void (holder[last] = value)));
        expect(problems.length, JSON.stringify(problems)).toBeLessThanOrEqual(1);
        if (path[0] !== "project") for (const { line } of problems) expect(line).toBeGreaterThan(1);
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });
});
