import { describe, expect, test } from "vitest";
import { counting, resourceNamed } from "../../src/operate/where-resource.ts";

const row = (time: number, generation: number, deletes = false): Parameters<typeof counting>[0][number] => ({
  ordering: `${String(time).padStart(15, "0")}-x`,
  fileId: `b/k#${String(generation).padStart(13, "0")}-0`,
  line: 1,
  entry: 0,
  deletes,
});
const newestOf = (...rows: Parameters<typeof counting>[0]): number => {
  const sorted = rows.toSorted((a, b) => (a.ordering < b.ordering ? 1 : -1));
  const found = counting(sorted);
  return found ? rows.indexOf(found) : -1;
};

describe("which version of a resource counts", () => {
  test.each([
    ["the newest", [row(5, 1), row(7, 2)], 1],
    ["a deletion after it", [row(5, 1), row(6, 2, true)], -1],
    ["a deletion of the same time", [row(5, 1), row(5, 2, true)], 0],
    ["a version after the deletion, in an earlier file", [row(7, 1), row(6, 2, true)], 0],
    ["without a time, in an earlier file", [row(0, 1), row(6, 2, true)], -1],
    ["without a time, in the same file", [row(0, 2), row(6, 2, true)], 0],
    ["an older one without a time, of a later file", [row(5, 1), row(0, 3), row(6, 2, true)], 1],
  ] as const)("%s", (_, rows, expected) => {
    expect(newestOf(...rows)).toBe(expected);
  });

  test("a resource is named by its type and id", () => {
    expect(resourceNamed("Encounter/e-1")).toEqual({ dataset: "encounter", id: "e-1" });
    expect(resourceNamed("fhir/Patient.ndjson")).toBeUndefined();
    expect(resourceNamed("Observation/o")).toBeUndefined();
  });
});
