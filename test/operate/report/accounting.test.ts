import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AccountLine, type Block, blocksOf, LUMP, publicBlocks } from "../../../src/operate/report/accounting.ts";
import type { PublishedRow } from "../../../src/operate/measures/publishable.ts";
import { isSmall } from "../../../src/operate/measures/suppress.ts";

const line = (measure: string, rule: string, count: number, what: string | null = null): AccountLine => ({
  measure,
  rule,
  what,
  count,
});

const overall = (numerator: number | null): PublishedRow => ({
  measure: "readmission_30d",
  cohort: "all",
  facility: "all",
  period: "all",
  numerator,
  denominator: numerator === null ? null : 400,
  rate: null,
});

test("lines are blocks whose rules add up, details by their count", () => {
  const [block] = blocksOf([
    line("encounters", "used", 18),
    line("encounters", "not_inpatient", 73, "EMER"),
    line("encounters", "not_inpatient", 263),
    line("encounters", "not_inpatient", 190, "AMB"),
    line("encounters", "bad_start", 4, "none"),
  ]);
  expect(block).toMatchObject({ id: "encounters", total: 285 });
  expect(block?.rules.map(({ rule, count }) => [rule, count])).toEqual([
    ["used", 18],
    ["not_inpatient", 263],
    // A rule without a total is the sum of its details.
    ["bad_start", 4],
  ]);
  expect(block?.rules[1]?.details.map(({ what }) => what)).toEqual(["AMB", "EMER"]);
});

const countsOf = (blocks: readonly Block[]): number[] =>
  blocks.flatMap(({ total, rules }) => [
    total,
    ...rules.flatMap(({ count, details }) => [count, ...details.map((one) => one.count)]),
  ]);

test("what is published of Silver's rows has no small count, and the same sum", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 9 }), (counts) => {
      const blocks = blocksOf(counts.map((count, i) => line("encounters", `rule_${i}`, count)));
      const shown = publicBlocks(blocks, [overall(40)]);
      expect(countsOf(shown).filter(isSmall)).toEqual([]);
      const [block] = shown;
      expect(block === undefined).toBe(isSmall(blocks[0]?.total ?? 0));
      if (block) expect(block.rules.reduce((sum, { count }) => sum + count, 0)).toBe(blocks[0]?.total);
    }),
  );
});

test("no rule is lumped alone: the lump would be that rule", () => {
  const lumped = (...counts: number[]): Block["rules"] =>
    publicBlocks(blocksOf(counts.map((count, i) => line("encounters", `rule_${i}`, count))), [overall(40)])[0]?.rules ??
    [];
  expect(lumped(100, 3, 50).map(({ rule, count }) => [rule, count])).toEqual([
    ["rule_0", 100],
    [LUMP, 53],
  ]);
  expect(lumped(100, 0, 50).map(({ count }) => count)).toEqual([100, 0, 50]);
  expect(lumped(100, 3, 4, 30).at(-1)).toMatchObject({ rule: LUMP, count: 37 });
});

test("details of a rule are lumped as rules are", () => {
  const blocks = blocksOf([
    line("encounters", "status", 40),
    line("encounters", "status", 30, "cancelled"),
    line("encounters", "status", 8, "unknown"),
    line("encounters", "status", 2, "planned"),
  ]);
  const [block] = publicBlocks(blocks, [overall(40)]);
  expect(block?.rules[0]?.details).toEqual([{ what: LUMP, count: 40 }]);
});

test("where a category of infections is blank, events are not told by category", () => {
  const blocks = blocksOf([
    line("conditions", "event", 60),
    line("conditions", "event", 40, "CLABSI"),
    line("conditions", "event", 20, "CDI"),
    line("conditions", "repeat", 30),
    line("conditions", "repeat", 30, "CDI"),
  ]);
  const details = (rows: readonly PublishedRow[]): number[] =>
    publicBlocks(blocks, rows).flatMap(({ rules }) => rules.map((one) => one.details.length));
  const blank = { ...overall(null), measure: "hai", stratum: "hai_category=CDI" };
  expect(details([overall(40), blank])).toEqual([0, 1]);
  expect(details([overall(40), { ...blank, period: "2024" }])).toEqual([2, 1]);
});

test("blocks of stays are shown together or not at all: their differences tell", () => {
  const stays = [
    line("stays", "complete", 100),
    line("stays", "continued", 20),
    line("readmission_30d", "used", 90),
    line("readmission_30d", "died", 30),
  ];
  const encounters = line("encounters", "used", 120);
  const ids = (lines: readonly AccountLine[], rows: readonly PublishedRow[]): string[] =>
    publicBlocks(blocksOf(lines), rows).map(({ id }) => id);
  expect(ids([encounters, ...stays], [overall(40)])).toEqual(["encounters", "stays", "readmission_30d"]);
  expect(ids([encounters, ...stays, line("hai", "continued", 3)], [overall(40)])).toEqual(["encounters"]);
  expect(ids([encounters], [overall(40), { ...overall(null), stratum: "sex=other" }])).toEqual(["encounters"]);
  // `used` is the denominator of what is blank.
  expect(ids([encounters, ...stays], [overall(null)])).toEqual([]);
});
