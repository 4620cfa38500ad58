import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { usage } from "../src/cli/errors.ts";
import type { ErrorCode } from "../src/codes/index.ts";
import { FAMILIES } from "../src/services/codes.ts";
import { FILES } from "../src/codes/files.ts";
import type { Finding } from "../src/engine/types.ts";
import { repository } from "./harness/project.ts";

const texts = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !/^(codes|local\/front)\/|\/codes\.ts$/.test(file))
    .map((file) => readFileSync(join(repository, folder, file), "utf8"));

const typescript = texts("src", ".ts").join("\n");
const python = texts("glue-scripts", ".py").join("\n");
const all = new Set(FAMILIES.flatMap(({ codes }) => Object.keys(codes)));

/** Words in the places where this project's code names a code. */
const NAMED = [
  /\bcode: "([a-z]+(?:_[a-z0-9]+)*)"/g,
  /\bcode = "([a-z]+(?:_[a-z0-9]+)*)"/g,
  /\b(?:usage|failed|mismatch|OperateProblem|LocalProblem|ConfigNotFound|CliError|Told|told|error|warning|note|refuse)\(\s*"([a-z]+(?:_[a-z0-9]+)*)",/g,
];

/** The same in Python: what ends a file, and what is wrong with a line. */
const WRITTEN = [
  /\bUnreadable\(\s*"([a-z0-9_]+)"/g,
  /\bBroken\([^)"]*"([a-z0-9_]+)"/g,
  /f"([a-z]+_[a-z]+): the process/g,
  /return "(not_[a-z0-9_]+|too_[a-z]+)"/g,
];

const found = (text: string, patterns: readonly RegExp[]): string[] => [
  ...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code = ""]) => code))),
];

/** What is told about changes of the ledger, and zod's words. */
const OTHERS = ["left", "changed", "invalid_union"];

describe("error codes", () => {
  test("none that the code names is missing in the list", () => {
    const named = found(typescript, NAMED).filter((code) => !OTHERS.includes(code));
    expect(named.length).toBeGreaterThan(150);
    expect(named.filter((code) => !all.has(code))).toEqual([]);
  });

  test("none that Python writes is missing in the list, and none is listed that it does not write", () => {
    expect(found(python, WRITTEN).toSorted()).toEqual(Object.keys(FILES).toSorted());
  });

  test.each(FAMILIES)("$title: each is used", ({ codes }) => {
    const source = codes === FILES ? python : typescript;
    expect(Object.keys(codes).filter((code) => !new RegExp(`"${code}[":]`).test(source))).toEqual([]);
  });

  test.each(FAMILIES)("$title: each says what, why and what to do, in sentences", ({ codes }) => {
    for (const [code, { what, why, todo }] of Object.entries(codes)) {
      expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
      for (const text of [what, why, todo]) expect(text).toMatch(/^(["`A-Z]|metriccare ).*[.]$/s);
    }
  });

  test("a code that is not listed does not compile", () => {
    // @ts-expect-error: not in the list.
    const wrong: ErrorCode = "no_such_code";
    // @ts-expect-error: neither is this one.
    const error = usage("no_such_code", "text", "fix");
    // @ts-expect-error: nor one of another family.
    const finding: Finding = { code: "unknown_command", level: "note", at: "", text: "", fix: "" };
    expect([wrong, error.code, finding.code]).toHaveLength(3);
  });
});
