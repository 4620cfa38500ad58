import { expect, test } from "vitest";
import { parseYaml } from "../../src/config/source.ts";

const read = (text: string) => parseYaml("x.yaml", text);

test("a merge key takes what stands elsewhere; what stands here has the last word", () => {
  const { root, problems } = read("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: {<<: [*a, {z: 4}]}\n");
  expect(problems).toEqual([]);
  expect(root.value).toEqual({ a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 2, z: 4 } });
});

test("the place of a merged value is where it was written", () => {
  const { root } = read("a: &a\n  x: 1\nb:\n  <<: *a\n");
  expect(root.entries?.get("b")?.entries?.get("x")?.at).toEqual({ file: "x.yaml", line: 2, column: 6 });
});

test("anything but a map is a mistake", () => {
  expect(read("b:\n  <<: 1\n").problems).toEqual([
    { file: "x.yaml", line: 2, column: 7, path: "b", message: "`<<` takes a map, or a list of maps" },
  ]);
});
