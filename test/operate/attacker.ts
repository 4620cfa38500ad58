import { type Constraint, solve } from "yalps";
import type { PublishedRow } from "../../src/operate/measures/publishable.ts";
import type { MeasureRow } from "../../src/operate/measures/row.ts";

/**
 * Somebody who has all that is published, knows what the numbers mean, and has a solver: an equation for each sum, for both cohorts and their
 * difference, for those with and without the event, for figures that share a count, and what is at most what. Shares no code with what it attacks.
 */

/** Figures whose both numbers count stays. */
const OF_STAYS = ["readmission_30d", "mortality_in_hospital", "mortality_30d", "hai_stays"];
const FIGURES = [...OF_STAYS, "hai", "length_of_stay", "length_of_stay_midnights"];
const COHORTS = ["all", "age65plus", "under"];

export type Place = Pick<MeasureRow, "facility" | "period" | "stratum">;
export const placeKey = ({ facility, period, stratum = "" }: Place): string => `${facility}/${period}/${stratum}`;
export const nameOf = (measure: string, part: string, cohort: string, place: string): string =>
  [measure, part, cohort, place].join(":");

/** A sum of the table: a place, and those that make it. */
export interface Adds {
  readonly total: string;
  readonly parts: readonly string[];
  /** Categories of infections: only events add up, and each of them shows the denominator of the total. */
  readonly categories?: boolean;
}

interface Fact {
  readonly terms: Map<string, number>;
  value: number;
  readonly most: boolean;
}

export class Attacker {
  readonly #facts: Fact[] = [];
  readonly #known = new Map<string, number>();
  #settled = false;

  equal(left: readonly string[], right: readonly string[], value = 0): void {
    const terms = new Map<string, number>();
    for (const name of left) terms.set(name, (terms.get(name) ?? 0) + 1);
    for (const name of right) terms.set(name, (terms.get(name) ?? 0) - 1);
    this.#facts.push({ terms, value, most: false });
  }

  atMost(less: string, more: string): void {
    const terms = new Map([
      [less, 1],
      [more, -1],
    ]);
    this.#facts.push({ terms, value: 0, most: true });
  }

  /** What follows at once: an equation with one unknown tells it, and one that comes to 0 without a minus tells that all are 0. */
  #settle(): void {
    for (let moved = true; moved;) {
      moved = false;
      for (const fact of this.#facts) {
        for (const [name, factor] of fact.terms) {
          const value = this.#known.get(name);
          if (value === undefined) continue;
          fact.value -= factor * value;
          fact.terms.delete(name);
        }
        if (fact.most || fact.terms.size === 0) continue;
        const [only] = fact.terms;
        const nothing = fact.value === 0 && [...fact.terms.values()].every((factor) => factor > 0);
        if (fact.terms.size > 1 && !nothing) continue;
        for (const name of fact.terms.keys()) this.#known.set(name, nothing ? 0 : fact.value / (only?.[1] ?? 1));
        moved = true;
      }
    }
    this.#settled = true;
  }

  /** Facts that have to do with a number, by the unknowns that they share. */
  #about(name: string): Fact[] {
    const names = new Set([name]);
    const found = new Set<Fact>();
    for (let size = -1; size !== found.size;) {
      size = found.size;
      for (const fact of this.#facts) {
        if (found.has(fact) || ![...fact.terms.keys()].some((one) => names.has(one))) continue;
        found.add(fact);
        for (const one of fact.terms.keys()) names.add(one);
      }
    }
    return [...found];
  }

  /** The least and the most that a number can be. */
  range(name: string): readonly [number, number] {
    if (!this.#settled) this.#settle();
    const known = this.#known.get(name);
    if (known !== undefined) return [known, known];
    const facts = this.#about(name);
    const constraints = facts.map(({ value, most }, i): [string, Constraint] => [
      `c${i}`,
      most ? { max: value } : { equal: value },
    ]);
    const columns = new Map<string, [string, number][]>();
    facts.forEach(({ terms }, i) => {
      for (const [one, factor] of terms) columns.set(one, [...(columns.get(one) ?? []), [`c${i}`, factor]]);
    });
    columns.set(name, [...(columns.get(name) ?? []), ["goal", 1]]);
    const model = { objective: "goal", constraints, variables: [...columns] };
    const low = solve({ ...model, direction: "minimize" });
    const high = solve({ ...model, direction: "maximize" });
    if (low.status !== "optimal" || high.status === "infeasible")
      throw new Error(`no answer: ${low.status}, ${high.status}`);
    const most = high.status === "optimal" ? high.result : Number.POSITIVE_INFINITY;
    return [Math.ceil(low.result - 1e-6), Math.floor(most + 1e-6)];
  }
}

/** Everything that the published rows of these figures say. */
export function attackerOf(
  published: readonly PublishedRow[],
  sums: readonly Adds[],
  figures: readonly string[] = FIGURES,
): Attacker {
  const attacker = new Attacker();
  const places = [...new Set(published.map(placeKey))];
  const shown = new Map(published.map((row) => [`${row.measure}:${row.cohort}:${placeKey(row)}`, row]));
  for (const measure of figures) {
    const parts = OF_STAYS.includes(measure) ? ["n", "d", "r"] : ["n", "d"];
    for (const cohort of COHORTS)
      for (const place of places) {
        const name = (part: string, of = cohort): string => nameOf(measure, part, of, place);
        const row = shown.get(`${measure}:${cohort}:${place}`);
        if (cohort === "under") {
          for (const part of parts) attacker.equal([name(part), name(part, "age65plus")], [name(part, "all")]);
          if (/age=(65|80)/.test(place)) for (const part of ["n", "d"]) attacker.equal([name(part)], [], 0);
        } else if (!row) for (const part of ["n", "d"]) attacker.equal([name(part)], [], 0);
        else if (row.numerator !== null && row.denominator !== null) {
          attacker.equal([name("n")], [], row.numerator);
          attacker.equal([name("d")], [], row.denominator);
        }
        if (parts.includes("r")) attacker.equal([name("n"), name("r")], [name("d")]);
      }
    for (const cohort of COHORTS)
      for (const part of parts)
        for (const { total, parts: members, categories } of sums) {
          if (categories && !measure.startsWith("hai")) continue;
          const whole = nameOf(measure, part, cohort, total);
          const each = members.map((place) => nameOf(measure, part, cohort, place));
          if (!categories || (measure === "hai" && part === "n")) attacker.equal(each, [whole]);
          else if (part === "d") for (const one of each) attacker.equal([one], [whole]);
          else if (part === "n") for (const one of each) attacker.atMost(one, whole);
        }
  }
  if (figures !== FIGURES) return attacker;
  for (const cohort of COHORTS)
    for (const place of places) {
      const name = (measure: string, part: string): string => nameOf(measure, part, cohort, place);
      attacker.equal([name("hai", "d")], [name("length_of_stay", "n")]);
      attacker.equal([name("length_of_stay_midnights", "d")], [name("length_of_stay", "d")]);
      attacker.atMost(name("length_of_stay", "d"), name("length_of_stay", "n"));
      attacker.atMost(name("length_of_stay_midnights", "n"), name("length_of_stay", "n"));
      attacker.atMost(name("hai_stays", "n"), name("hai", "n"));
      for (const measure of OF_STAYS) attacker.atMost(name(measure, "d"), name("length_of_stay", "d"));
    }
  return attacker;
}
