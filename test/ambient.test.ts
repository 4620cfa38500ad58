import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const src = resolve(import.meta.dirname, "../src");

test("nothing is kept beside a context: what a kind needs travels with the resource", () => {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((file) => /Weak(Map|Ref)<AwsContext/.test(readFileSync(join(src, file), "utf8")))).toEqual([]);
});
