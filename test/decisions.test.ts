import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("every decision has a number of its own, in order", () => {
  const text = readFileSync(new URL("../DECISIONS.md", import.meta.url), "utf8");
  const numbers = [...text.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));
  expect(numbers.length).toBeGreaterThan(80);
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
});
