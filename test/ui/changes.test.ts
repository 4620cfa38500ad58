import { assert, jsonValue, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { leafChanges } from "../../src/ui/changes.ts";

describe("where two values of an attribute differ", () => {
  test("the statement of a policy is named by its Sid, whatever stands before it", () => {
    const read = { Sid: "ReadRaw", Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::raw/fhir/*" };
    const before = { lakehouse: { Version: "2012-10-17", Statement: [read] } };
    const after = {
      lakehouse: {
        Version: "2012-10-17",
        Statement: [
          { Sid: "New", Effect: "Allow" },
          { ...read, Action: ["s3:GetObject", "s3:ListBucket"] },
        ],
      },
    };
    expect(leafChanges("policies", before, after)).toEqual([
      { path: "policies.lakehouse.Statement[ReadRaw].Action[]", before: undefined, after: "s3:ListBucket" },
      { path: "policies.lakehouse.Statement[New]", before: undefined, after: { Sid: "New", Effect: "Allow" } },
    ]);
  });

  test("one entry of a list without names is looked into", () => {
    expect(leafChanges("entries", [{ a: 1, b: 2 }, { a: 3 }], [{ a: 1, b: 9 }, { a: 3 }])).toEqual([
      { path: "entries[0].b", before: 2, after: 9 },
    ]);
  });

  test("values that differ always show a place, equal ones none", () => {
    assert(
      property(jsonValue(), jsonValue(), (before, after) => {
        const places = leafChanges("x", before, after);
        expect(places.length === 0).toBe(JSON.stringify(before) === JSON.stringify(after));
        for (const place of places) expect(JSON.stringify(place.before)).not.toBe(JSON.stringify(place.after));
      }),
    );
  });
});
