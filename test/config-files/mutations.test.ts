import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { compile } from "../../src/lakehouse/index.ts";
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
