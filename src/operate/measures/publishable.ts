import { OWN, type Registry } from "../../lakehouse/registry.ts";
import type { MeasureRow } from "./row.ts";

/** A row as it may be published: without its numbers where they are small, or where small ones could be computed from them. */
export interface PublishedRow extends Omit<MeasureRow, "numerator" | "denominator"> {
  readonly numerator: number | null;
  readonly denominator: number | null;
}

/** The rule of CMS for its own data: no count of 1 to 10, and nothing that one could be computed from. */
export const isSmall = (count: number): boolean => count >= 1 && count <= 10;

/** Stays in both numbers: those without the event are a count too. */
const shares = (registry: Registry, measure: string): boolean =>
  registry.figures.get(measure)?.counts.every((what) => what === "stays") === true;
/** Days, not stays, in the denominator: without the number of stays behind them nobody knows whether they are few. */
const ofDays = (registry: Registry, measure: string): boolean => registry.figures.get(measure)?.counts[1] === "days";

/** `facility|period`; the total of everything is `all|all`. */
type Group = string;
const TOTAL: Group = "all|all";
const groupOf = (row: MeasureRow): Group => `${row.facility}|${row.period}`;

/** One count in one cohort: its value by group. Where there is no row everybody knows that it is 0. */
type Vector = ReadonlyMap<Group, number>;
const at = (vector: Vector, group: Group): number => vector.get(group) ?? 0;

/** A total and the groups that add up to it. */
interface Sum {
  readonly total: Group;
  readonly parts: readonly Group[];
}

/** Facilities make the total, years make it too, months make a year. */
function sumsOf(groups: ReadonlySet<Group>): Sum[] {
  const all = [...groups];
  const years = all.filter((group) => /^all\|\d{4}$/.test(group));
  const months = all.filter((group) => /^all\|\d{4}-\d\d$/.test(group));
  const sums = [
    { total: TOTAL, parts: all.filter((group) => group.endsWith("|all") && group !== TOTAL) },
    { total: TOTAL, parts: years },
    ...years.map((total) => ({ total, parts: months.filter((month) => month.startsWith(`${total}-`)) })),
  ];
  return sums.filter(({ parts }) => parts.length > 0);
}

/** Counts of a measure that nobody may learn while they are small: by cohort, under 65 (the difference of the two) too. */
function vectorsOf(rows: readonly MeasureRow[], measure: string, registry: Registry): Vector[] {
  const of = (cohort: string, count: (row: MeasureRow) => number): Map<Group, number> =>
    new Map(
      rows
        .filter((row) => row.measure === measure && row.cohort === cohort)
        .map((row) => [groupOf(row), count(row)] as const),
    );
  const counts = [
    (row: MeasureRow) => row.numerator,
    (row: MeasureRow) => row.denominator,
    ...(shares(registry, measure) ? [(row: MeasureRow) => row.denominator - row.numerator] : []),
  ];
  return counts.flatMap((count) => {
    const all = of("all", count);
    const old = of("age65plus", count);
    return [all, old, new Map([...all].map(([group, value]) => [group, value - at(old, group)] as const))];
  });
}

/** Something that adding and subtracting gives away. */
interface Leak {
  readonly vector: Vector;
  readonly sum: Sum;
}

/** What is hidden, and what the sums over it tell. */
class Table {
  readonly hidden: Set<Group>;
  readonly #sums: readonly Sum[];
  readonly #vectors: readonly Vector[];

  constructor(groups: ReadonlySet<Group>, vectors: readonly Vector[], hidden: Iterable<Group>) {
    this.#sums = sumsOf(groups);
    this.#vectors = vectors;
    this.hidden = new Set([...hidden].filter((group) => groups.has(group)));
    for (const group of groups) if (vectors.some((vector) => isSmall(at(vector, group)))) this.hidden.add(group);
  }

  #below = (group: Group): readonly Group[] =>
    group === TOTAL ? [] : (this.#sums.find(({ total }) => total === group)?.parts ?? []);

  /** What stays unknown of a group: itself, or of a hidden year those of its months that are hidden. */
  #unknown(vector: Vector, group: Group, hidden: ReadonlySet<Group>): readonly Group[] {
    if (!hidden.has(group) || !vector.has(group)) return [];
    const below = this.#below(group);
    return below.length > 0 ? below.flatMap((part) => this.#unknown(vector, part, hidden)) : [group];
  }

  /** Shown, or the sum of parts that are all known. */
  #known = (vector: Vector, total: Group): boolean =>
    !this.hidden.has(total) ||
    !vector.has(total) ||
    this.#sums.some(
      (sum) => sum.total === total && sum.parts.every((part) => this.#unknown(vector, part, this.hidden).length === 0),
    );

  /** A total that is known tells what its unknown parts come to together: that must be no small count either. */
  #leaks({ vector, sum }: Leak, hidden: ReadonlySet<Group>): boolean {
    const unknown = sum.parts.flatMap((part) => this.#unknown(vector, part, hidden));
    return isSmall(unknown.reduce((left, group) => left + at(vector, group), 0));
  }

  #leak(): Leak | undefined {
    for (const vector of this.#vectors)
      for (const sum of this.#sums)
        if (this.#known(vector, sum.total) && this.#leaks({ vector, sum }, this.hidden)) return { vector, sum };
    return undefined;
  }

  /** What could be hidden besides, the fewest stays first. A year alone is no secret: one of its months goes with it. */
  #candidates({ parts }: Sum, weight: Vector): (readonly Group[])[] {
    const shown = (group: Group): boolean => !this.hidden.has(group);
    const sets = parts.flatMap((part): (readonly Group[])[] => {
      const below = this.#below(part);
      if (below.length === 0) return shown(part) ? [[part]] : [];
      return below.filter(shown).map((one) => (shown(part) ? [part, one] : [one]));
    });
    const cost = (set: readonly Group[]): number => set.reduce((sum, group) => sum + at(weight, group), 0);
    return sets.sort((a, b) => cost(a) - cost(b) || (a.join() < b.join() ? -1 : 1));
  }

  #hideMore(leak: Leak, weight: Vector): void {
    const { sum, vector } = leak;
    const worth = (set: readonly Group[]): number => at(vector, set.at(-1) ?? "");
    const candidates = this.#candidates(sum, weight);
    const enough = candidates.find((set) => !this.#leaks(leak, new Set([...this.hidden, ...set])));
    const most = candidates.filter((set) => worth(set) > 0).toSorted((a, b) => worth(b) - worth(a))[0];
    const others = this.#sums.filter((other) => other !== sum && other.total === sum.total);
    // The total is hidden, and known all the same by what else adds up to it: some of that goes.
    const around = (): readonly Group[] =>
      others.flatMap((other) => this.#candidates(other, weight)).find((set) => worth(set) > 0) ?? [];
    const chosen = enough ?? most ?? (this.hidden.has(sum.total) ? around() : [sum.total]);
    for (const group of chosen) this.hidden.add(group);
  }

  /** Hides until no sum gives anything away. Each round hides one group more at least, or ends. */
  close(weight: Vector): ReadonlySet<Group> {
    for (let leak = this.#leak(); leak; leak = this.#leak()) {
      const before = this.hidden.size;
      this.#hideMore(leak, weight);
      // Nothing is left that could be hidden: then everything is.
      if (this.hidden.size === before)
        for (const { total, parts } of this.#sums) [total, ...parts].forEach((group) => this.hidden.add(group));
      if (this.hidden.size === before) break;
    }
    return this.hidden;
  }
}

/** The number of stays of each group, behind every measure. */
const staysOf = (rows: readonly MeasureRow[], registry: Registry): readonly Vector[] => {
  const [, , , all, old, young] = vectorsOf(rows, registry.stays, registry);
  return all && old && young ? [all, old, young] : [];
};

/** Groups whose rows are blank, by measure. */
function hiddenOf(rows: readonly MeasureRow[], registry: Registry): ReadonlyMap<string, ReadonlySet<Group>> {
  const groups = new Set(rows.map(groupOf));
  const stays = staysOf(rows, registry);
  const [weight = new Map<Group, number>()] = stays;
  // Few stays are few in every measure.
  const few = new Table(groups, stays, []).close(weight);
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
      const hidden = new Table(places, vectors, blind ? places : few).close(weight);
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
