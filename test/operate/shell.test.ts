import { execFileSync } from "node:child_process";
import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { adviceFor } from "../../src/operate/file-advice.ts";
import { shellWord } from "../../src/operate/shell.ts";
import { visible } from "../../src/ui/visible.ts";
import { stubContext } from "./support.ts";

const echoed = (words: string): string =>
  execFileSync("bash", ["-c", `printf %s ${words}`], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });

describe("a word of a command that is advised", () => {
  test.each([
    ["fhir/Patient.000.ndjson", "fhir/Patient.000.ndjson"],
    ["fhir/it's a.json", `'fhir/it'\\''s a.json'`],
    ["fhir/evil\n ok", "$'fhir/evil\\012 ok'"],
    ["fhir/\u202egnp.json!'\\", "$'fhir/\\342\\200\\256gnp.json\\041\\'\\\\'"],
    ["", "''"],
  ])("%j", (word, written) => {
    expect(shellWord(word)).toBe(written);
    expect(echoed(written)).toBe(word);
  });

  test("is what was meant, whatever is in it, and the terminal shows it as it is to be typed", () => {
    const part = constantFrom("\n", "\u001b[2J", "'", "$(id)", " ", "\\", "1", "\u200b", "東", '"', "`id`", "-");
    assert(
      property(string({ unit: part, minLength: 1, maxLength: 8 }), (word) => {
        expect(echoed(shellWord(`k${word}`))).toBe(`k${word}`);
        expect(visible(shellWord(word))).toBe(shellWord(word));
      }),
      { numRuns: 40 },
    );
  });

  test("what helps a file whose name holds a line end can be typed", () => {
    const advice = adviceFor(stubContext({}), { bucket: "b", key: "fhir/evil\n ok", version_id: null, error: null });
    expect(advice).toBe("metriccare ledger retry $'fhir/evil\\012 ok' --env test");
  });
});
