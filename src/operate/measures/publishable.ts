import { OWN, type Registry } from "../../lakehouse/registry.ts";
import { CATEGORY, dimensionOf, valueOf } from "../../lakehouse/strata.ts";
import type { MeasureRow } from "./row.ts";
import { at, type Group, type Sum, suppressed, type Vector } from "./suppress.ts";

/** A row as it may be published: without its numbers where they are small, or where small ones could be computed from them. */
export interface PublishedRow extends Omit<MeasureRow, "numerator" | "denominator"> {
  readonly numerator: number | null;
  readonly denominator: number | null;
}

/** Stays in both numbers: those without the event are a count too. */
const shares = (registry: Registry, measure: string): boolean =>
  registry.figures.get(measure)?.counts.every((what) => what === "stays") === true;
/** Days, not stays, in the denominator: without the number of stays behind them nobody knows whether they are few. */
const ofDays = (registry: Registry, measure: string): boolean => registry.figures.get(measure)?.counts[1] === "days";

const groupOf = (row: Pick<MeasureRow, "facility" | "period" | "stratum">): Group =>
  [row.facility, row.period, row.stratum ?? ""].join("\u0000");

interface Place {
  readonly group: Group;
  readonly facility: string;
  readonly period: string;
  readonly stratum: string;
}

const placesOf = (rows: readonly MeasureRow[]): Place[] => [
  ...new Map(
    rows.map((row) => {
      const { facility, period, stratum = "" } = row;
      return [groupOf(row), { group: groupOf(row), facility, period, stratum }] as const;
    }),
  ).values(),
];

/** Whether one place is a part of another by one step: a facility, a year, a month of a year, a value of a dimension. */
const STEPS: readonly ((part: Place, whole: Place) => string | undefined)[] = [
  ({ facility, period, stratum }, whole) =>
    whole.facility === "all" && facility !== "all" && period === whole.period && stratum === whole.stratum
      ? "facility"
      : undefined,
  ({ facility, period, stratum }, whole) =>
    facility === whole.facility && stratum === whole.stratum && isWithin(period, whole.period) ? "period" : undefined,
  (part, whole) =>
    whole.stratum === "" && part.stratum !== "" && part.facility === whole.facility && part.period === whole.period
      ? dimensionOf(part.stratum)
      : undefined,
];

/** Years are parts of everything, months of their year. */
const isWithin = (period: string, whole: string): boolean =>
  whole === "all" ? /^\d{4}$/.test(period) : /^\d{4}-\d\d$/.test(period) && period.slice(0, 4) === whole;

/** Facilities make the total, years make it too, months make a year, the values of each dimension make what they divide. */
function sumsOf(places: readonly Place[]): Sum[] {
  const sums = new Map<string, { total: Group; parts: Group[]; overlap: boolean }>();
  for (const whole of places)
    for (const part of places)
      for (const step of STEPS) {
        const by = step(part, whole);
        if (by === undefined) continue;
        const overlap = by === CATEGORY;
        const sum = sums.get(`${whole.group}\u0001${by}`) ?? { total: whole.group, parts: [], overlap };
        sums.set(`${whole.group}\u0001${by}`, sum);
        sum.parts.push(part.group);
      }
  return [...sums.values()];
}

/** Of each category the same days and stays are at risk as of all: its row shows a count of the row that it divides. */
function tellsOf(places: readonly Place[]): ReadonlyMap<Group, readonly Group[]> {
  const tells = new Map<Group, Group[]>();
  for (const { group, facility, period, stratum } of places) {
    if (dimensionOf(stratum) !== CATEGORY) continue;
    const whole = groupOf({ facility, period });
    tells.set(whole, [...(tells.get(whole) ?? []), group]);
  }
  return tells;
}

/** Events of each category: its row has no stays of its own. */
const eventsOf = (rows: readonly MeasureRow[]): [Group, number][] =>
  rows
    .filter(({ cohort, stratum = "" }) => cohort === "all" && dimensionOf(stratum) === CATEGORY)
    .map((row) => [groupOf(row), row.numerator]);

/** `age=65-74`, `age=85+`: all of them are of the cohort `age65plus`. */
const isAged = (stratum: string): boolean => dimensionOf(stratum) === "age" && Number.parseInt(valueOf(stratum)) >= 65;

/** Counts of a measure that nobody may learn while they are small: by cohort, under 65 (the difference of the two) too. */
function vectorsOf(rows: readonly MeasureRow[], measure: string, registry: Registry): Vector[] {
  const of = (cohort: string, count: (row: MeasureRow) => number): Map<Group, number> =>
    new Map(
      rows
        .filter((row) => row.measure === measure && row.cohort === cohort)
        .map((row) => [groupOf(row), count(row)] as const),
    );
  const aged = new Set(rows.filter(({ stratum = "" }) => isAged(stratum)).map(groupOf));
  const counts = [
    (row: MeasureRow) => row.numerator,
    (row: MeasureRow) => row.denominator,
    ...(shares(registry, measure) ? [(row: MeasureRow) => row.denominator - row.numerator] : []),
  ];
  return counts.flatMap((count) => {
    const all = of("all", count);
    const old = of("age65plus", count);
    // Nobody in a band from 65 on is younger: that is known, whatever is blank.
    const young = [...all].filter(([group]) => !aged.has(group));
    return [all, old, new Map(young.map(([group, value]) => [group, value - at(old, group)] as const))];
  });
}

/** The number of stays of each group, behind every measure. */
const staysOf = (rows: readonly MeasureRow[], registry: Registry): readonly Vector[] => {
  const [, , , all, old, young] = vectorsOf(rows, registry.stays, registry);
  return all && old && young ? [all, old, young] : [];
};

/** Groups whose rows are blank, by measure. */
function hiddenOf(rows: readonly MeasureRow[], registry: Registry): ReadonlyMap<string, ReadonlySet<Group>> {
  const groups = new Set(rows.map(groupOf));
  const all = placesOf(rows);
  const sums = sumsOf(all);
  const tells = tellsOf(all);
  const stays = staysOf(rows, registry);
  const [weight = new Map<Group, number>()] = stays;
  // Few stays are few in every measure.
  const few = suppressed({ groups, sums, vectors: stays, hidden: [], weight, tells });
  const measures = new Set([...registry.figures.keys(), ...rows.map((row) => row.measure)]);
  // What is not in the registry stands alone.
  const bundles = new Map(
    [...measures].map((measure) => registry.figures.get(measure)?.bundle ?? [measure]).map((one) => [one.join(), one]),
  );
  return new Map(
    [...bundles.values()].flatMap((bundle) => {
      const own = rows.filter((row) => bundle.includes(row.measure));
      const places = new Set(own.map(groupOf));
      const vectors = bundle.flatMap((measure) => vectorsOf(rows, measure, registry));
      const blind = weight.size === 0 && bundle.some((measure) => ofDays(registry, measure));
      const worth = new Map([...weight, ...eventsOf(own)]);
      const hidden = suppressed({ groups: places, sums, vectors, hidden: blind ? places : few, weight: worth, tells });
      return bundle.map((measure) => [measure, hidden] as const);
    }),
  );
}

/** The rows of all measures as they may be published. Takes all of them: what a small count could be computed from may stand anywhere. */
export function publishable(rows: readonly MeasureRow[], registry: Registry = OWN): PublishedRow[] {
  const hidden = hiddenOf(rows, registry);
  return rows.map((row) => {
    const { suppressed: _, ...plain } = row;
    if (!hidden.get(row.measure)?.has(groupOf(row))) return plain;
    return { ...plain, numerator: null, denominator: null, rate: null, suppressed: true };
  });
}
