import * as fc from "fast-check";
import { expect, test } from "vitest";
import { garwood, type Interval, intervalOf, kindOf, wilson } from "../../../src/operate/report/interval.ts";
import { OWN } from "../../../src/operate/measures/read.ts";

const rounded = (interval: Interval | undefined, digits = 4): number[] =>
  interval ? [interval.low, interval.high].map((end) => Number(end.toFixed(digits))) : [];

// Half the quantiles of chi-squared with 2n and 2n+2 degrees of freedom (Ulm 1990), computed anew by summing the terms of
// the distribution in Python.
test.each([
  [0, 0, 3.6889],
  [1, 0.0253, 5.5716],
  [2, 0.2422, 7.2247],
  [5, 1.6235, 11.6683],
  [10, 4.7954, 18.3904],
  [20, 12.2165, 30.8884],
  [50, 37.111, 65.9188],
  [100, 81.364, 121.6268],
])("the exact Poisson interval of %i events is %f to %f", (count, low, high) => {
  const found = garwood(count);
  expect(Math.abs((found?.low ?? -1) - low)).toBeLessThan(0.0002);
  expect(Math.abs((found?.high ?? -1) - high)).toBeLessThan(0.0002);
});

// Newcombe 1998, table I: method 3 (score without continuity correction).
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("Wilson's interval of %i out of %i is %f to %f", (hits, total, low, high) => {
  expect(rounded(wilson(hits, total))).toEqual([low, high]);
});

test("an interval holds its rate, lies where a rate can lie, and narrows with more of the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 3000 }), (a, b) => {
      const [hits, total] = [Math.min(a, b), b];
      const share = wilson(hits, total);
      const more = wilson(hits * 10, total * 10);
      const events = garwood(a);
      if (!share || !more || !events) throw new Error("no interval");
      expect(share.low).toBeGreaterThanOrEqual(0);
      expect(share.high).toBeLessThanOrEqual(1);
      expect(share.low <= hits / total && hits / total <= share.high).toBe(true);
      expect(more.high - more.low).toBeLessThan(share.high - share.low);
      expect(events.low <= a && a < events.high).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("large counts come near the normal interval", () => {
  const { low, high } = garwood(100_000) ?? { low: 0, high: 0 };
  expect(Math.abs(low - (100_000 - 1.96 * Math.sqrt(100_000)))).toBeLessThan(3);
  expect(Math.abs(high - (100_000 + 1.96 * Math.sqrt(100_000)))).toBeLessThan(4);
});

test("each figure has the interval of what it is; a mean has none", () => {
  const kinds = Object.fromEntries([...OWN.figures].map(([id, figure]) => [id, kindOf(figure)]));
  expect(kinds).toEqual({
    readmission_30d: "proportion",
    mortality_in_hospital: "proportion",
    mortality_30d: "proportion",
    hai: "rate",
    hai_stays: "proportion",
    length_of_stay: "mean",
    length_of_stay_midnights: "mean",
  });
  expect(intervalOf(OWN.figures.get("length_of_stay"), 40, 10)).toBeUndefined();
  // 5 events in 2,000 days, per 1,000.
  expect(rounded(intervalOf(OWN.figures.get("hai"), 5, 2000))).toEqual([0.8117, 5.8342]);
  expect(intervalOf(OWN.figures.get("hai"), 0, 0)).toBeUndefined();
  expect(intervalOf(OWN.figures.get("hai"), null, null)).toBeUndefined();
  expect(intervalOf(undefined, 1, 2)).toBeUndefined();
  // Impossible numbers of an edited table are no reason to fail.
  expect(wilson(3, 2)).toBeUndefined();
  expect(garwood(-1)).toBeUndefined();
});
