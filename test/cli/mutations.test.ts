import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { inProcess } from "../harness/in-process.ts";
import { CONFIG, project } from "../services/compile/project.ts";

let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

const FILES = ["lakehouse.yaml", "dev.yaml"] as const;
const ORIGINAL = Object.fromEntries(FILES.map((file) => [file, readFileSync(join(CONFIG, file), "utf8")]));

/** What people and editors put into YAML files, and what YAML itself has in store. */
const ODD = [
  "\t",
  "\0",
  "\uFEFF",
  "\r\n",
  "\n---\n",
  "\n...\n",
  "&a [*a]",
  "&a {b: *a}",
  "*nobody",
  "\n<<: *nobody\n",
  "\n<<: {project: x}\n",
  "!!binary aGk=",
  "!!js/function x",
  "!own {a: 1}",
  "%YAML 1.1\n",
  "? [a, b]\n: c",
  "__proto__",
  "\n__proto__: {a: 1}\n",
  "\nconstructor: {a: 1}\n",
  "\ntoString: 1\n",
  "| \n",
  ">-\n",
  "'",
  '"',
  '"\\uD800"',
  "{",
  "]",
  ": ",
  "- ",
  "#",
  "~",
  ".nan",
  "-.inf",
  "0x1F",
  "1_000",
  "1e999",
  "99999999999999999999",
  "-0",
  "2023-02-30",
  "12:30:45",
  "yes",
  "<script>",
  "../../etc/passwd",
  "/",
  "${HOME}",
  "a".repeat(5000),
  "[".repeat(300),
  "日本語",
  "𝕏\u202E",
];

const spot = { file: fc.constantFrom(...FILES), at: fc.double({ min: 0, max: 1, noNaN: true }) };
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), ...spot, odd: fc.constantFrom(...ODD) }),
  fc.record({ kind: fc.constant("value" as const), ...spot, odd: fc.constantFrom(...ODD) }),
  fc.record({ kind: fc.constant("key" as const), ...spot, odd: fc.constantFrom(...ODD) }),
  fc.record({ kind: fc.constant("cut" as const), ...spot, length: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ kind: fc.constant("end" as const), ...spot }),
  fc.record({ kind: fc.constant("move" as const), ...spot, to: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant("indent" as const), ...spot, by: fc.integer({ min: 1, max: 5 }) }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(text: string, change: Mutation): string {
  const at = Math.floor(change.at * text.length);
  const lines = text.split("\n");
  const line = Math.floor(change.at * (lines.length - 1));
  const old = lines[line] ?? "";
  switch (change.kind) {
    case "insert":
      return text.slice(0, at) + change.odd + text.slice(at);
    case "value":
      return lines
        .with(
          line,
          old.replace(/(: *|- *)[^:]*$/, (_, lead: string) => lead + change.odd),
        )
        .join("\n");
    case "key":
      return lines
        .with(
          line,
          old.replace(/\w+:/, () => `${change.odd}:`),
        )
        .join("\n");
    case "cut":
      return text.slice(0, at) + text.slice(at + change.length);
    case "end":
      return text.slice(0, at);
    case "move": {
      const rest = lines.toSpliced(line, 1);
      return rest.toSpliced(Math.floor(change.to * rest.length), 0, old).join("\n");
    }
    case "indent":
      return lines.with(line, " ".repeat(change.by) + old).join("\n");
  }
}

/** More with METRICCARE_MUTATIONS; fast-check prints the seed of a failure. */
const RUNS = Number(process.env["METRICCARE_MUTATIONS"] ?? 100);

interface Answer {
  readonly valid?: boolean;
  readonly error?: {
    readonly code: string;
    readonly problems?: readonly { file: string; line: number; column: number; message: string }[];
  };
}

it("validate takes every mutilated file, or says what is wrong and where", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (changes) => {
      const texts: Record<string, string> = { ...ORIGINAL };
      for (const change of changes) texts[change.file] = mutate(texts[change.file] ?? "", change);
      for (const file of FILES) writeFileSync(join(folder.dir, "config", file), texts[file] ?? "");
      const { code, out, err, calls } = await inProcess(folder.dir, ["validate", "--env", "dev", "--json"]);
      expect(calls).toEqual([]);
      expect(err).not.toMatch(/^ {4}at /m);
      const answer = JSON.parse(out) as Answer;
      if (code === 0) {
        expect(answer.valid).toBe(true);
        return;
      }
      expect([code, answer.error?.code], err).toEqual([64, "config_invalid"]);
      const problems = answer.error?.problems ?? [];
      expect(problems.length).toBeGreaterThan(0);
      for (const { file, line, column, message } of problems) {
        const lines = (texts[file.replace(/^config\//, "")] ?? "").split("\n").length;
        expect(
          [line >= 1 && line <= lines, column >= 1, message !== ""],
          `${file}:${line}:${column} ${message}`,
        ).toEqual([true, true, true]);
      }
    }),
    { numRuns: RUNS },
  );
}, 1_800_000);
