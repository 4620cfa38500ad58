import { expect, test } from "vitest";
import { type Picture, pictureDot, pictureMermaid, pictureText, visiblePicture } from "../../src/ui/picture.ts";

const NAME = 'a"b\\<i>#\n  evil --> x\u001b[2J\u202e';
const picture: Picture = visiblePicture({
  title: NAME,
  nodes: [
    { id: NAME, label: NAME, detail: NAME, column: 0, group: NAME },
    { id: "two", label: "two", column: 1 },
  ],
  edges: [{ from: NAME, to: "two", label: NAME }],
});

test("a name with line ends, quotes and escape codes stays a name in every format", () => {
  const drawn = [pictureText(picture), pictureMermaid(picture), pictureDot(picture)];
  // oxlint-disable-next-line no-control-regex -- what a terminal obeys is what is looked for
  for (const line of drawn.flat()) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  const [, mermaid = [], dot = []] = drawn;
  expect(mermaid).toHaveLength(4);
  expect(mermaid.join("")).toContain("a#quot;b");
  expect(mermaid.join("")).not.toContain("<i>");
  expect(dot).toHaveLength(6);
  expect(dot[2]).toMatch(/^ {2}"a\\"b\\\\<i>/);
});

test("plain names are drawn as before", () => {
  const plain = {
    title: "t",
    nodes: [{ id: "a", label: "a", detail: "n", column: 0 }],
    edges: [{ from: "a", to: "a", label: "l" }],
  };
  expect(pictureMermaid(plain)).toEqual(["flowchart LR", '  n_a["a<br/>n"]', '  n_a -->|"l"| n_a']);
  expect(pictureDot(plain).slice(2, 4)).toEqual(['  "a" [label="a\\nn"];', '  "a" -> "a" [label="l"];']);
});
