import { assert, integer, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { clipPair } from "../../src/ui/clip.ts";

describe("two long values of one place", () => {
  const policy = (name: string): string => `"arn:aws:iam::123456789012:policy/${name}"`;

  test("that share their head show what differs", () => {
    expect(clipPair(policy("old_boundary"), policy("new_boundary"), 30)).toEqual([
      '…56789012:policy/old_boundary"',
      '…56789012:policy/new_boundary"',
    ]);
  });

  test("that differ at the head show the head, and short ones all", () => {
    const [one] = clipPair(`"${"a".repeat(50)}"`, `"${"b".repeat(50)}"`, 30);
    expect(one).toBe(`"${"a".repeat(28)}…`);
    expect(clipPair("1", policy("x"), 30)).toEqual(["1", '"arn:aws:iam::123456789012:po…']);
    expect(clipPair("1", "2", 30)).toEqual(["1", "2"]);
  });

  test("never look the same, and take no more than their room", () => {
    const text = string({ unit: "grapheme-ascii", maxLength: 60 });
    assert(
      property(text, text, text, text, integer({ min: 30, max: 60 }), (head, a, b, tail, room) => {
        const [before, after] = [head + a + tail, head + b + tail].map((each) => JSON.stringify(each)) as [
          string,
          string,
        ];
        const [from, to] = clipPair(before, after, room);
        expect(from === to).toBe(before === after);
        expect(Math.max(from.length, to.length)).toBeLessThanOrEqual(room);
      }),
    );
  });
});
