import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import pkg from "../package.json" with { type: "json" };
import lock from "../package-lock.json" with { type: "json" };

const file = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

describe("decisions", () => {
  const entries = file("DECISIONS.md").match(/^\d+\. .*(?:\n(?!\d+\. ).*)*/gm) ?? [];
  const FORM = /^(\d+)\. \*(\d{4}-\d\d-\d\d), (?:stands|replaced by (\d+))\.\* \*\*/;

  test("every decision has a number of its own, in order", () => {
    expect(entries.length).toBeGreaterThan(80);
    expect(entries.map((text) => Number(text.split(".")[0]))).toEqual(entries.map((_, at) => at + 1));
  });

  test("every decision begins with its day and its status: `12. *2026-11-29, stands.* **What was decided.** …`", () => {
    expect(entries.filter((text) => !FORM.test(text)).map((text) => text.slice(0, 60))).toEqual([]);
  });

  test("a decision is replaced by a later one, and its day is no later than that one's", () => {
    const days = entries.map((text) => FORM.exec(text)?.[2] ?? "");
    for (const [at, text] of entries.entries()) {
      const by = FORM.exec(text)?.[3];
      if (by === undefined) continue;
      expect(Number(by)).toBeGreaterThan(at + 1);
      expect(entries[Number(by) - 1]).toBeDefined();
      expect((days[at] ?? "") <= (days[Number(by) - 1] ?? "")).toBe(true);
    }
  });
});

describe("the changelog", () => {
  const versions = [...file("CHANGELOG.md").matchAll(/^## (.*)$/gm)].map(([, title = ""]) => title);
  const numbered = versions.filter((title) => title !== "Unreleased");

  test("has a number and a day for each version, the newest first", () => {
    for (const title of numbered) expect(title).toMatch(/^\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)$/);
    const order = (title: string): number =>
      Number(
        title
          .replace(/ .*/, "")
          .split(".")
          .map((part) => part.padStart(4, "0"))
          .join(""),
      );
    expect(numbered.map(order)).toEqual(numbered.map(order).toSorted((a, b) => b - a));
    expect(numbered.at(-1)).toMatch(/^0\.2\.0 /);
  });

  test("begins with what is not released yet, or with the version that `--version` tells", () => {
    expect(versions.slice(1)).not.toContain("Unreleased");
    expect(numbered[0]?.split(" ")[0]).toBe(pkg.version);
    expect(lock.version).toBe(pkg.version);
  });
});
