import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { publishable } from "../../src/operate/measures/publishable.ts";
import type { MeasureRow } from "../../src/operate/measures/row.ts";
import { isSmall } from "../../src/operate/measures/suppress.ts";
import { type Adds, attackerOf, nameOf, placeKey, type Place } from "./attacker.ts";

interface Stay {
  readonly facility: string;
  readonly month: string;
  readonly sex: string;
  readonly age: string;
  readonly old: boolean;
  readonly days: number;
  readonly died: boolean;
  readonly back: boolean;
  readonly events: number;
  readonly category: string;
  /** Not an index stay, vital status unknown: not in every denominator. */
  readonly index: boolean;
}

/** What a place holds. */
interface Division extends Place {
  has(stay: Stay): boolean;
  /** Of a category of infections: which events count. */
  readonly category?: string;
}

/** What there is beside the rows of today. */
type Rich = "" | "facility_year, sex" | "age" | "hai_category" | "sex, hai_category";

const YEARS = ["2023", "2024"];
const FACILITIES = ["a", "b", "c"];
const AGES = ["0-17", "18-64", "65-79", "80+", "unknown"];
const CATEGORIES = ["A", "B", "C"];
const within = (period: string) => (stay: Stay) => period === "all" || stay.month.startsWith(period);
const at = (facility: string) => (stay: Stay) => facility === "all" || stay.facility === facility;

/** Everything that may stand in a table: the rows of today, facility by year, and sexes of each of them but months. */
function divisions(rich: Rich): Division[] {
  const months = YEARS.flatMap((year) => ["01", "02", "03"].map((month) => `${year}-${month}`));
  const plain = [
    ["all", "all"],
    ...FACILITIES.map((facility) => [facility, "all"]),
    ...[...YEARS, ...months].map((period) => ["all", period]),
    ...(rich.includes("year") ? FACILITIES.flatMap((facility) => YEARS.map((year) => [facility, year])) : []),
  ].map(([facility = "", period = ""]): Division => ({
    facility,
    period,
    has: (stay) => at(facility)(stay) && within(period)(stay),
  }));
  const whole = plain.filter(({ period }) => period.length < 7);
  const by = (name: "sex" | "age", values: readonly string[]): Division[] =>
    rich.includes(name)
      ? whole.flatMap((one) =>
          values.map((value) => ({
            ...one,
            stratum: `${name}=${value}`,
            has: (stay: Stay) => one.has(stay) && stay[name] === value,
          })),
        )
      : [];
  const categories = rich.includes("category")
    ? whole.flatMap((one) => CATEGORIES.map((category) => ({ ...one, stratum: `hai_category=${category}`, category })))
    : [];
  return [...plain, ...by("sex", ["f", "m"]), ...by("age", AGES), ...categories];
}

/** The sums that everybody knows, found by what the places hold and not by their names. */
function addsOf(places: readonly Division[], rows: readonly MeasureRow[]): Adds[] {
  const there = new Set(rows.map(placeKey));
  const known = places.filter((one) => there.has(placeKey(one)));
  const adds = (total: Division, which: (one: Division) => boolean): Adds[] => {
    const parts = known.filter((one) => one !== total && which(one)).map(placeKey);
    return parts.length > 0 ? [{ total: placeKey(total), parts }] : [];
  };
  return known.flatMap((total) => {
    const same = (one: Division): boolean => one.stratum === total.stratum;
    return [
      ...(total.facility === "all"
        ? adds(total, (one) => same(one) && one.period === total.period && one.facility !== "all")
        : []),
      ...(total.period === "all"
        ? adds(total, (one) => same(one) && one.facility === total.facility && one.period.length === 4)
        : []),
      ...(total.period.length === 4
        ? adds(
            total,
            (one) => same(one) && one.facility === total.facility && one.period.startsWith(`${total.period}-`),
          )
        : []),
      ...(total.stratum === undefined
        ? ["sex", "age", "hai_category"].flatMap((name) =>
            adds(
              total,
              (one) =>
                one.stratum?.startsWith(`${name}=`) === true &&
                one.facility === total.facility &&
                one.period === total.period,
            ).map((one) => (name === "hai_category" ? { ...one, categories: true } : one)),
          )
        : []),
    ];
  });
}

type Figure = readonly [string, (stays: readonly Stay[]) => readonly [number, number]];
const sum = (stays: readonly Stay[], of: (stay: Stay) => number): number =>
  stays.reduce((left, stay) => left + of(stay), 0);
const share = (of: (stay: Stay) => boolean, risk: (stay: Stay) => boolean) => (stays: readonly Stay[]) => {
  const all = stays.filter(risk);
  return [all.filter(of).length, all.length] as const;
};
const FIGURES: readonly Figure[] = [
  [
    "readmission_30d",
    share(
      ({ back }) => back,
      ({ index }) => index,
    ),
  ],
  [
    "mortality_in_hospital",
    share(
      ({ died }) => died,
      () => true,
    ),
  ],
  [
    "mortality_30d",
    share(
      ({ died, back }) => died || back,
      ({ index }) => index,
    ),
  ],
  ["hai", (stays) => [sum(stays, ({ events }) => events), sum(stays, ({ days }) => days)]],
  [
    "hai_stays",
    share(
      ({ events }) => events > 0,
      ({ days }) => days > 2,
    ),
  ],
  ["length_of_stay", (stays) => [sum(stays, ({ days }) => days), stays.length]],
  ["length_of_stay_midnights", (stays) => [sum(stays, ({ days }) => days - 1), stays.length]],
];

/** Rows as Gold has them: those without a denominator are left out, but overall. */
function rowsOf(stays: readonly Stay[], places: readonly Division[]): MeasureRow[] {
  return places.flatMap(({ has, category, ...place }) =>
    [true, false].flatMap((everybody) => {
      const group = stays
        .filter((stay) => has(stay) && (everybody || stay.old))
        .map((stay) => (category === undefined || stay.category === category ? stay : { ...stay, events: 0 }));
      return FIGURES.flatMap(([measure, count]): MeasureRow[] => {
        if (category !== undefined && !measure.startsWith("hai")) return [];
        const [numerator, denominator] = count(group);
        const overall = place.facility === "all" && place.period === "all" && place.stratum === undefined;
        if (denominator === 0 && !overall) return [];
        const rate = denominator === 0 ? null : numerator / denominator;
        return [{ measure, cohort: everybody ? "all" : "age65plus", ...place, numerator, denominator, rate }];
      });
    }),
  );
}

const often = (share: number): fc.Arbitrary<boolean> => fc.integer({ min: 0, max: 99 }).map((n) => n < share);
const stay: fc.Arbitrary<Stay> = fc
  .record({
    facility: fc.constantFrom(...FACILITIES),
    month: fc.constantFrom("2023-01", "2023-02", "2024-01", "2024-02", "2024-03"),
    sex: fc.constantFrom("f", "m"),
    age: fc.constantFrom(...AGES),
    days: fc.integer({ min: 1, max: 9 }),
    died: often(15),
    back: often(25),
    events: often(15).map(Number),
    category: fc.constantFrom(...CATEGORIES),
    index: often(80),
  })
  .map((one) => ({ ...one, old: /^(65|80)/.test(one.age) }));
const hospitals = (kinds: number, most: number): fc.Arbitrary<Stay[]> =>
  fc
    .array(fc.tuple(stay, fc.integer({ min: 1, max: most })), { minLength: 1, maxLength: kinds })
    .map((all) => all.flatMap(([one, times]) => Array.from({ length: times }, () => one)));

/** Small counts, and what the attacker makes of them. */
function attacked(
  stays: readonly Stay[],
  rich: Rich,
  most: number,
): { name: string; value: number; low: number; high: number }[] {
  const places = divisions(rich);
  const rows = rowsOf(stays, places);
  const [published, adds] = [publishable(rows), addsOf(places, rows)];
  const whole = rich === "" ? attackerOf(published, adds) : undefined;
  // With all that crosses, one figure at a time is what the solver can do while a test runs.
  const each = new Map(rows.map(({ measure }) => [measure, whole ?? attackerOf(published, adds, [measure])]));
  const secrets = rows.flatMap((row): [string, number][] => {
    const old = rows.find(
      (one) => one.measure === row.measure && one.cohort === "age65plus" && placeKey(one) === placeKey(row),
    );
    const name = (part: string, cohort = row.cohort): string => nameOf(row.measure, part, cohort, placeKey(row));
    const stays = !["hai", "length_of_stay", "length_of_stay_midnights"].includes(row.measure);
    const own: [string, number][] = [
      [name("n"), row.numerator],
      [name("d"), row.denominator],
      ...(stays ? [[name("r"), row.denominator - row.numerator] as [string, number]] : []),
    ];
    if (row.cohort !== "all") return own;
    return [
      ...own,
      [name("n", "under"), row.numerator - (old?.numerator ?? 0)],
      [name("d", "under"), row.denominator - (old?.denominator ?? 0)],
    ];
  });
  const small = secrets.filter(([, value]) => isSmall(value));
  const step = Math.max(1, Math.floor(small.length / most));
  return small
    .filter((_, i) => i % step === 0)
    .map(([name, value]) => {
      const [low = 0, high = 0] = each.get(name.split(":", 1)[0] ?? "")?.range(name) ?? [];
      return { name, value, low, high };
    });
}

describe("somebody with a solver, all that is published and its definitions learns no small count", () => {
  test.each([
    ["the rows of today", "", 30, 12],
    ["the rows of today, small hospitals", "", 8, 6],
    ["facility by year, and sexes", "facility_year, sex", 40, 12],
    ["facility by year, and sexes, small hospitals", "facility_year, sex", 8, 8],
    ["bands of ages", "age", 40, 20],
    ["categories of infections", "hai_category", 40, 40],
    ["sexes and categories, small hospitals", "sex, hai_category", 12, 12],
  ] as const)(
    "%s",
    (_, rich, kinds, times) => {
      let [checked, narrowest] = [0, Number.POSITIVE_INFINITY];
      fc.assert(
        fc.property(hospitals(kinds, times), (stays) => {
          const found = attacked(stays, rich, 6);
          // Hospitals without a small count have nothing to learn: others are drawn.
          fc.pre(found.length > 0);
          for (const { name, value, low, high } of found) {
            checked++;
            narrowest = Math.min(narrowest, high - low);
            expect(low, `${name} is ${value}`).toBeLessThanOrEqual(value);
            expect(high - low, `${name} is ${value}: ${low} to ${high}`).toBeGreaterThan(0);
          }
        }),
        { numRuns: 3 },
      );
      expect(checked).toBeGreaterThan(0);
      if (process.env["METRICCARE_TALK"]) console.log(checked, narrowest);
    },
    120_000,
  );

  test("the attacker is one: of what is not suppressed it learns every small count", () => {
    const places = divisions("facility_year, sex");
    const rows = rowsOf(fc.sample(hospitals(30, 6), { numRuns: 1, seed: 7 })[0] ?? [], places);
    const hidden = rows.find((row) => row.facility === "a" && row.period === "all" && isSmall(row.numerator));
    const published = rows.map((row) => (row === hidden ? { ...row, numerator: null, denominator: null } : row));
    const attacker = attackerOf(published, addsOf(places, rows));
    const name = nameOf(hidden?.measure ?? "", "n", hidden?.cohort ?? "", placeKey(hidden ?? rows[0]!));
    expect(attacker.range(name)).toEqual([hidden?.numerator, hidden?.numerator]);
  });
});
