import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { publishable, type PublishedRow } from "../../src/operate/measures/publishable.ts";
import { isSmall } from "../../src/operate/measures/suppress.ts";
import type { MeasureRow } from "../../src/operate/measures/row.ts";

interface Stay {
  readonly facility: string;
  readonly month: string;
  readonly old: boolean;
  readonly died: boolean;
  readonly back: boolean;
  readonly days: number;
  readonly events: number;
}

type Pair = readonly [hits: number, atRisk: number];
const COUNTS: Readonly<Record<string, (stay: Stay) => Pair>> = {
  readmission_30d: (stay) => [Number(stay.back && !stay.died), Number(!stay.died)],
  mortality_in_hospital: (stay) => [Number(stay.died), 1],
  mortality_30d: (stay) => [Number(stay.died), 1],
  hai: (stay) => [stay.events, stay.days],
  hai_stays: (stay) => [Number(stay.events > 0 && stay.days > 2), Number(stay.days > 2)],
  length_of_stay: (stay) => [stay.days, 1],
  length_of_stay_midnights: (stay) => [stay.days - 1, 1],
};

/** The Gold rows of stays, as the jobs count them. */
function rowsOf(stays: readonly Stay[]): MeasureRow[] {
  const cells = new Map<
    string,
    { row: Omit<MeasureRow, "numerator" | "denominator" | "rate">; n: number; d: number }
  >();
  for (const stay of stays)
    for (const [measure, count] of Object.entries(COUNTS))
      for (const cohort of stay.old ? ["all", "age65plus"] : ["all"])
        for (const [facility, period] of [
          ["all", "all"],
          [stay.facility, "all"],
          ["all", stay.month.slice(0, 4)],
          ["all", stay.month],
        ] as const) {
          const [n, d] = count(stay);
          const key = `${measure}|${cohort}|${facility}|${period}`;
          const cell = cells.get(key) ?? { row: { measure, cohort, facility, period }, n: 0, d: 0 };
          cells.set(key, { ...cell, n: cell.n + n, d: cell.d + d });
        }
  return [...cells.values()]
    .filter(({ row, d }) => d > 0 || (row.facility === "all" && row.period === "all"))
    .map(({ row, n, d }) => ({ ...row, numerator: n, denominator: d, rate: d === 0 ? null : n / d }));
}

/**
 * Somebody who has the published table and knows how it was made. Unknown numbers are variables; sums over facilities, years and months,
 * cohorts, and stays with and without the event are equations; every number is 0 or more. Independent of the module under test: it
 * knows nothing of what was hidden why.
 */
class Attacker {
  readonly #names = new Map<string, number>();
  readonly #equations: { readonly terms: Map<number, number>; readonly value: number }[] = [];
  readonly low: number[] = [];
  readonly high: number[] = [];

  variable(name: string): number {
    const found = this.#names.get(name) ?? this.#names.size;
    this.#names.set(name, found);
    this.low[found] ??= 0;
    this.high[found] ??= Number.POSITIVE_INFINITY;
    return found;
  }

  /** Σ plus − Σ minus = value */
  equation(plus: readonly string[], minus: readonly string[], value = 0): void {
    const terms = new Map<number, number>();
    for (const [names, sign] of [
      [plus, 1],
      [minus, -1],
    ] as const)
      for (const name of names) terms.set(this.variable(name), (terms.get(this.variable(name)) ?? 0) + sign);
    this.#equations.push({ terms, value });
  }

  /** Bounds of every number, narrowed by every equation until nothing moves. */
  narrow(): void {
    for (let round = 0, moved = true; moved && round < 200; round++) {
      moved = false;
      for (const { terms, value } of this.#equations)
        for (const [variable, factor] of terms) {
          let least = value;
          let most = value;
          for (const [other, weight] of terms) {
            if (other === variable) continue;
            least -= weight > 0 ? weight * (this.high[other] ?? 0) : weight * (this.low[other] ?? 0);
            most -= weight > 0 ? weight * (this.low[other] ?? 0) : weight * (this.high[other] ?? 0);
          }
          const [from, to] = factor > 0 ? [least / factor, most / factor] : [most / factor, least / factor];
          if (from > (this.low[variable] ?? 0)) [this.low[variable], moved] = [Math.ceil(from - 1e-9), true];
          if (to < (this.high[variable] ?? 0)) [this.high[variable], moved] = [Math.floor(to + 1e-9), true];
        }
    }
  }

  /** Variables that the equations alone determine: their row of the reduced matrix has no other variable. */
  determined(): Set<string> {
    const size = this.#names.size;
    const matrix = this.#equations.map(({ terms }) => {
      const row = new Float64Array(size);
      for (const [variable, factor] of terms) row[variable] = factor;
      return row;
    });
    let rank = 0;
    for (let column = 0; column < size && rank < matrix.length; column++) {
      const pivot = matrix.findIndex((row, i) => i >= rank && Math.abs(row[column] ?? 0) > 1e-9);
      if (pivot < 0) continue;
      [matrix[rank], matrix[pivot]] = [matrix[pivot]!, matrix[rank]!];
      const base = matrix[rank]!;
      const lead = base[column]!;
      for (let i = 0; i < size; i++) base[i]! /= lead;
      matrix.forEach((row, i) => {
        const factor = row[column] ?? 0;
        if (i !== rank && Math.abs(factor) > 1e-9) for (let k = 0; k < size; k++) row[k]! -= factor * base[k]!;
      });
      rank++;
    }
    const names = [...this.#names.keys()];
    const found = new Set<string>();
    for (const row of matrix.slice(0, rank)) {
      const used = [...row.keys()].filter((k) => Math.abs(row[k] ?? 0) > 1e-9);
      if (used.length === 1) found.add(names[used[0]!]!);
    }
    return found;
  }

  names = (): string[] => [...this.#names.keys()];
}

/** Two names of one number. */
const ALIASES: readonly (readonly [string, string])[] = [
  ["hai:d", "length_of_stay:n"],
  ["length_of_stay_midnights:d", "length_of_stay:d"],
  ["mortality_in_hospital:d", "length_of_stay:d"],
  ["mortality_30d:d", "length_of_stay:d"],
];

function attack(published: readonly PublishedRow[]): Attacker {
  const attacker = new Attacker();
  const groups = [...new Set(published.map((row) => `${row.facility}|${row.period}`))];
  const shown = new Map(published.map((row) => [`${row.measure}|${row.cohort}|${row.facility}|${row.period}`, row]));
  const sums = (): (readonly [string, string[]])[] => [
    ["all|all", groups.filter((g) => g.endsWith("|all") && g !== "all|all")],
    ["all|all", groups.filter((g) => /^all\|\d{4}$/.test(g))],
    ...groups
      .filter((g) => /^all\|\d{4}$/.test(g))
      .map((y) => [y, groups.filter((g) => g.startsWith(`${y}-`))] as const),
  ];
  for (const measure of Object.keys(COUNTS)) {
    const parts = measure.startsWith("length") || measure === "hai" ? ["n", "d"] : ["n", "d", "r"];
    for (const cohort of ["all", "age65plus", "under"])
      for (const part of parts) {
        const name = (group: string): string => `${measure}:${part}:${cohort}:${group}`;
        for (const [total, members] of sums()) attacker.equation(members.map(name), [name(total)]);
        for (const group of groups) {
          const row = shown.get(`${measure}|${cohort}|${group}`);
          // A row that is not there is known, too: nothing was counted.
          if (cohort !== "under" && part !== "r") {
            const value = row ? (part === "n" ? row.numerator : row.denominator) : 0;
            if (value !== null) attacker.equation([name(group)], [], value);
          }
          if (cohort === "under")
            attacker.equation(
              [name(group), `${measure}:${part}:age65plus:${group}`],
              [`${measure}:${part}:all:${group}`],
            );
          if (part === "r")
            attacker.equation([name(group), `${measure}:n:${cohort}:${group}`], [`${measure}:d:${cohort}:${group}`]);
        }
      }
  }
  for (const [one, other] of ALIASES)
    for (const cohort of ["all", "age65plus", "under"])
      for (const group of groups) attacker.equation([`${one}:${cohort}:${group}`], [`${other}:${cohort}:${group}`]);
  return attacker;
}

/** The true numbers, by the attacker's names. */
function truth(rows: readonly MeasureRow[]): (name: string) => number {
  const cells = new Map(rows.map((row) => [`${row.measure}|${row.cohort}|${row.facility}|${row.period}`, row]));
  const one = (measure: string, part: string, cohort: string, group: string): number => {
    if (cohort === "under") return one(measure, part, "all", group) - one(measure, part, "age65plus", group);
    const row = cells.get(`${measure}|${cohort}|${group}`);
    if (!row) return 0;
    return part === "n" ? row.numerator : part === "d" ? row.denominator : row.denominator - row.numerator;
  };
  return (name) => {
    const [measure = "", part = "", cohort = "", group = ""] = name.split(":");
    return one(measure, part, cohort, group);
  };
}

const stay = fc.record({
  facility: fc.constantFrom("a", "b", "c"),
  month: fc.constantFrom("2023-01", "2023-02", "2023-03", "2024-01", "2024-02"),
  old: fc.boolean(),
  died: fc.integer({ min: 0, max: 9 }).map((n) => n < 2),
  back: fc.integer({ min: 0, max: 9 }).map((n) => n < 3),
  days: fc.integer({ min: 1, max: 9 }),
  events: fc.integer({ min: 0, max: 9 }).map((n) => (n < 8 ? 0 : n - 7)),
});
/** Hospitals of every size: some cells with nothing, some with few, some with many. */
const stays = fc
  .tuple(fc.array(stay, { minLength: 1, maxLength: 60 }), fc.array(fc.nat(12), { minLength: 60, maxLength: 60 }))
  .map(([one, times]) => one.flatMap((each, i) => Array.from({ length: times[i] ?? 1 }, () => each)))
  .filter((all) => all.length > 0);

describe("what may be published gives no small count away", () => {
  test("to somebody who has all of it, and adds and subtracts", () => {
    let narrowest = Number.POSITIVE_INFINITY;
    fc.assert(
      fc.property(stays, (all) => {
        const rows = rowsOf(all);
        const attacker = attack(publishable(rows));
        const real = truth(rows);
        const known = attacker.determined();
        attacker.narrow();
        attacker.names().forEach((name, i) => {
          const value = real(name);
          if (!isSmall(value)) return;
          expect(known.has(name), `${name} is ${value}`).toBe(false);
          const width = (attacker.high[i] ?? 0) - (attacker.low[i] ?? 0);
          narrowest = Math.min(narrowest, width);
          expect(width, `${name} is ${value}: ${attacker.low[i]} to ${attacker.high[i]}`).toBeGreaterThan(0);
        });
      }),
      { numRuns: 40 },
    );
    expect(narrowest).toBeGreaterThan(0);
  }, 120_000);

  test("with numbers that leave little room: two facilities, two months, few of everything", () => {
    const few = fc.array(stay, { minLength: 1, maxLength: 14 }).chain((one) =>
      fc.array(fc.constantFrom(1, 3, 10, 11, 12, 25), { minLength: one.length, maxLength: one.length }).map((times) =>
        one.flatMap((each, i) => {
          const narrow = {
            ...each,
            facility: each.facility === "c" ? "a" : each.facility,
            month: each.month.endsWith("-01") ? "2023-01" : "2023-02",
          };
          return Array.from({ length: times[i] ?? 1 }, () => narrow);
        }),
      ),
    );
    fc.assert(
      fc.property(few, (all) => {
        const rows = rowsOf(all);
        const attacker = attack(publishable(rows));
        const real = truth(rows);
        const known = attacker.determined();
        attacker.narrow();
        attacker.names().forEach((name, i) => {
          if (!isSmall(real(name))) return;
          expect(known.has(name), name).toBe(false);
          expect((attacker.high[i] ?? 0) - (attacker.low[i] ?? 0), name).toBeGreaterThan(0);
        });
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

const row = (
  measure: string,
  facility: string,
  period: string,
  numerator: number,
  denominator: number,
): MeasureRow => ({
  measure,
  cohort: "all",
  facility,
  period,
  numerator,
  denominator,
  rate: numerator / denominator,
});
const blank = (rows: readonly MeasureRow[]): string[] =>
  publishable(rows)
    .filter((one) => one.numerator === null)
    .map((one) => `${one.measure} ${one.facility} ${one.period}`);

describe("no more is blank than has to be", () => {
  const stays = [
    row("length_of_stay", "all", "all", 900, 300),
    row("length_of_stay", "a", "all", 300, 100),
    row("length_of_stay", "b", "all", 300, 100),
    row("length_of_stay", "c", "all", 300, 100),
  ];
  const died = (a: number, b: number, c: number): MeasureRow[] => [
    row("mortality_30d", "all", "all", a + b + c, 300),
    row("mortality_30d", "a", "all", a, 100),
    row("mortality_30d", "b", "all", b, 100),
    row("mortality_30d", "c", "all", c, 100),
  ];

  test("nothing, where nothing is small; the rows are the same", () => {
    const rows = [...stays, ...died(20, 30, 40)];
    expect(publishable(rows)).toEqual(rows);
  });

  test("a small count, and one more, or the total would give it away", () => {
    expect(blank([...stays, ...died(3, 30, 40)])).toEqual(["mortality_30d a all", "mortality_30d b all"]);
  });

  test("two small ones whose sum is small are not each other's cover", () => {
    expect(blank([...stays, ...died(3, 4, 40)])).toEqual([
      "mortality_30d a all",
      "mortality_30d b all",
      "mortality_30d c all",
    ]);
  });

  test("a blank row has neither count nor rate, and says so", () => {
    const [, first] = publishable([...died(3, 30, 40), ...stays]);
    expect(first).toEqual({
      measure: "mortality_30d",
      cohort: "all",
      facility: "a",
      period: "all",
      numerator: null,
      denominator: null,
      rate: null,
      suppressed: true,
    });
  });

  test("few stays are blank in every measure, days of them too", () => {
    const hai = (facility: string, days: number): MeasureRow => row("hai", facility, "all", 0, days);
    const rows = [
      row("length_of_stay", "all", "all", 919, 301),
      row("length_of_stay", "a", "all", 19, 1),
      row("length_of_stay", "b", "all", 900, 300),
      hai("all", 919),
      hai("a", 19),
      hai("b", 900),
    ];
    expect(blank(rows)).toContain("hai a all");
    expect(blank(rows)).toContain("length_of_stay b all");
  });
});
