import { expect, test } from "vitest";
import { OWN } from "../../../src/operate/measures/read.ts";
import type { Standing } from "../../../src/operate/measures/standing.ts";
import { standsOf } from "../../../src/operate/report/stand.ts";

const SAID = { as_of: "2023-06-30", time_zone: "America/Chicago", rules: "3f2a91c0", run_id: "wr_1" };
const hai = (stale: boolean | null, ...because: string[]) => {
  const standing: Standing = { ...SAID, computed_at: "2023-07-28T02:21:00Z", value_set: null, stale, because };
  return standsOf({ value: new Map([["hai", standing]]) }, { hai: "2023-07-28T02:20:00Z" }, OWN);
};
const HAI = { table: "hai", measures: ["hai", "hai_stays"], ...SAID, computed_at: "2023-07-28T02:21:00Z" };

test("a table that is stale says why, a fresh one nothing", () => {
  expect(hai(true, "as_of 2023-06-30 -> today")).toEqual([
    { ...HAI, stale: ["as_of 2023-06-30 -> today"], untold: null },
  ]);
  expect(hai(false)).toEqual([{ ...HAI, stale: [], untold: null }]);
});

test("what cannot be told is not fresh", () => {
  expect(hai(null, "its job is not in AWS")).toEqual([{ ...HAI, stale: null, untold: "its job is not in AWS" }]);
  const denied = standsOf({ missing: "The credentials in use may not read it." }, { hai: "2023-07-28T02:20:00Z" }, OWN);
  expect(denied).toMatchObject([
    {
      table: "hai",
      computed_at: "2023-07-28T02:20:00Z",
      stale: null,
      untold: "The credentials in use may not read it.",
    },
  ]);
});

test("a table that is not there has no stand", () => {
  expect(standsOf({ value: new Map() }, {}, OWN)).toEqual([]);
});
