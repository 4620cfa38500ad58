/** Complementary suppression over additive tables: what must be blank beside small counts, so that nothing adds up to one. */

/** The rule of CMS for its own data: no count of 1 to 10, and nothing that one could be computed from. */
export const isSmall = (count: number): boolean => count >= 1 && count <= 10;

/** Names a row of a table. */
export type Group = string;

/** One count: its value by group. Where there is no row everybody knows that it is 0. */
export type Vector = ReadonlyMap<Group, number>;
export const at = (vector: Vector, group: Group): number => vector.get(group) ?? 0;

/** A total and the groups that add up to it. */
export interface Sum {
  readonly total: Group;
  readonly parts: readonly Group[];
  /** The parts may overlap: together they come to the total at least. */
  readonly overlap?: boolean;
}

/** What somebody knows who has all that is shown: unknown groups with factors, and what they come to. */
interface Equation {
  readonly terms: ReadonlyMap<Group, number>;
  readonly value: number;
}

/** The sums as somebody sees them who does not have the hidden groups. What does not add up (days that several categories share) tells nothing. */
function equationsOf(vector: Vector, sums: readonly Sum[], hidden: ReadonlySet<Group>): Equation[] {
  const unknown = (group: Group): boolean => hidden.has(group) && vector.has(group);
  return sums.flatMap(({ total, parts, overlap }) => {
    const sum = parts.reduce((left, part) => left + at(vector, part), 0);
    const beyond = overlap === true && sum > at(vector, total);
    if (sum !== at(vector, total) && !beyond) return [];
    const terms = new Map<Group, number>(parts.filter(unknown).map((part) => [part, 1]));
    const known = parts.reduce((left, part) => (unknown(part) ? left : left + at(vector, part)), 0);
    if (unknown(total)) terms.set(total, -1);
    if (beyond && terms.size > 0) terms.set(`beyond ${total}`, -1);
    return terms.size === 0 ? [] : [{ terms, value: (unknown(total) ? 0 : at(vector, total)) - known }];
  });
}

const TINY = 1e-9;

/** The same knowledge with as few unknowns in each equation as subtracting them from each other leaves (Gauss and Jordan). */
function reduced(equations: readonly Equation[]): Equation[] {
  const names = [...new Set(equations.flatMap(({ terms }) => [...terms.keys()]))];
  const index = new Map(names.map((name, i) => [name, i]));
  const width = names.length;
  const rows = equations.map(({ terms, value }) => {
    const row = new Float64Array(width + 1);
    for (const [name, factor] of terms) row[index.get(name) ?? 0] = factor;
    row[width] = value;
    return row;
  });
  let rank = 0;
  for (let column = 0; column < width && rank < rows.length; column++) {
    const pivot = rows.findIndex((row, i) => i >= rank && Math.abs(row[column] ?? 0) > TINY);
    const chosen = rows[pivot];
    const first = rows[rank];
    if (!chosen || !first) continue;
    [rows[rank], rows[pivot]] = [chosen, first];
    const lead = chosen[column] ?? 1;
    for (let k = column; k <= width; k++) chosen[k] = (chosen[k] ?? 0) / lead;
    for (const row of rows) if (row !== chosen) subtract(row, chosen, column);
    rank++;
  }
  return rows.slice(0, rank).map((row) => ({
    terms: new Map(names.flatMap((name, i) => (Math.abs(row[i] ?? 0) > TINY ? [[name, row[i] ?? 0] as const] : []))),
    value: Math.round((row[width] ?? 0) * 1e6) / 1e6,
  }));
}

function subtract(row: Float64Array, base: Float64Array, column: number): void {
  const factor = row[column] ?? 0;
  if (Math.abs(factor) <= TINY) return;
  for (let k = column; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (base[k] ?? 0);
}

interface Range {
  low: number;
  high: number;
}

/** What each unknown may be when no count is below 0. */
function rangesOf(equations: readonly Equation[]): ReadonlyMap<Group, Range> {
  const ranges = new Map<Group, Range>();
  for (const { terms } of equations)
    for (const name of terms.keys()) ranges.set(name, { low: 0, high: Number.POSITIVE_INFINITY });
  for (let round = 0, moved = true; moved && round < 60; round++) {
    moved = false;
    for (const equation of equations) moved = narrow(equation, ranges) || moved;
  }
  return ranges;
}

/** Bounds of each unknown of an equation by those of the others. */
function narrow({ terms, value }: Equation, ranges: ReadonlyMap<Group, Range>): boolean {
  const of = (name: Group): Range => ranges.get(name) ?? { low: 0, high: Number.POSITIVE_INFINITY };
  let moved = false;
  for (const [name, factor] of terms) {
    let [least, most] = [0, 0];
    for (const [other, weight] of terms) {
      if (other === name) continue;
      const { low, high } = of(other);
      least += weight * (weight > 0 ? low : high);
      most += weight * (weight > 0 ? high : low);
    }
    const ends = [(value - most) / factor, (value - least) / factor];
    const range = of(name);
    const low = Math.ceil(Math.min(...ends) - 1e-6);
    const high = Math.floor(Math.max(...ends) + 1e-6);
    if (low > range.low) [range.low, moved] = [low, true];
    if (high < range.high) [range.high, moved] = [high, true];
  }
  return moved;
}

/**
 * Groups whose small count somebody learns who has all that is shown: exactly, as the sum of several, or closer than "1 to 10". A secret is
 * kept when all of 1 to 10 remain possible.
 */
function leaksOf(vector: Vector, sums: readonly Sum[], hidden: ReadonlySet<Group>): ReadonlySet<Group>[] {
  const told = equationsOf(vector, sums, hidden);
  if (told.length === 0) return [];
  const all = [...told, ...reduced(told)];
  const together = all
    .filter(({ terms, value }) => isSmall(value) && [...terms.values()].every((factor) => factor > 0))
    .map(({ terms }) => new Set(terms.keys()));
  const close = [...rangesOf(all)]
    .filter(([group, { low, high }]) => isSmall(at(vector, group)) && (low > 1 || high < 10))
    .map(([group]) => new Set([group]));
  return [...together, ...close];
}

type Tells = ReadonlyMap<Group, readonly Group[]>;

/** These, and what must be blank with them. */
const withTelling = (groups: Iterable<Group>, tells: Tells): Group[] =>
  [...groups].flatMap((group) => [group, ...(tells.get(group) ?? [])]);

/** A table, its counts, and what is blank in it. */
interface Table {
  readonly groups: ReadonlySet<Group>;
  readonly sums: readonly Sum[];
  /** Counts that nobody may learn while they are small. */
  readonly vectors: readonly Vector[];
  /** What is blank whatever the counts are. */
  readonly hidden: Iterable<Group>;
  /** Groups that would show a count of a group, and so are blank with it. */
  readonly tells: Tells;
  /** What a group is worth to readers: the number of stays. */
  readonly weight: Vector;
}

/** Tables up to this many blank groups are looked through once more for what need not be blank. */
const REVIEWED = 150;

/** The groups that must be blank: the small ones and as little else as a greedy search finds. */
export function suppressed({ groups, sums, vectors, hidden: first, weight, tells }: Table): ReadonlySet<Group> {
  const primary = new Set([...first].filter((group) => groups.has(group)));
  for (const group of groups) if (vectors.some((vector) => isSmall(at(vector, group)))) primary.add(group);
  const secret = vectors.filter((vector) => [...vector.values()].some(isSmall));
  const hidden = new Set(withTelling(primary, tells));
  for (let leak = firstLeak(secret, sums, hidden); leak; leak = firstLeak(secret, sums, hidden)) {
    const more = cover(leak, { groups, sums, weight, hidden, tells });
    for (const group of withTelling(more, tells)) hidden.add(group);
    // Nothing is left that could be hidden: then everything is.
    if (more.length === 0) return new Set(groups);
  }
  return reviewed(hidden, primary, { secret, sums, weight, tells });
}

interface Leak {
  readonly vector: Vector;
  readonly groups: ReadonlySet<Group>;
}

function firstLeak(vectors: readonly Vector[], sums: readonly Sum[], hidden: ReadonlySet<Group>): Leak | undefined {
  for (const vector of vectors) {
    const [groups] = leaksOf(vector, sums, hidden);
    if (groups) return { vector, groups };
  }
  return undefined;
}

interface Place extends Pick<Table, "groups" | "sums" | "weight" | "tells"> {
  readonly hidden: ReadonlySet<Group>;
}

/** Groups that stand in a sum with one of these, and are shown. */
const besides = (of: Iterable<Group>, vector: Vector, { sums, hidden, groups, weight }: Place): Group[] => {
  const wanted = new Set(of);
  const near = sums.flatMap(({ total, parts }) =>
    wanted.has(total) || parts.some((part) => wanted.has(part)) ? [total, ...parts] : [],
  );
  return [...new Set(near)]
    .filter((group) => groups.has(group) && !hidden.has(group) && at(vector, group) > 0)
    .toSorted((a, b) => at(weight, a) - at(weight, b) || (a < b ? -1 : 1));
};

/** Candidates that are tried for one leak. */
const TRIED = 40;

/** What to hide against a leak: one group that stops it, else two (a year and one of its months), else the smallest. */
function cover({ vector, groups: leaked }: Leak, place: Place): readonly Group[] {
  const stops = (more: readonly Group[]): boolean =>
    !leaksOf(vector, place.sums, new Set([...place.hidden, ...withTelling(more, place.tells)])).some((one) =>
      [...one].some((group) => leaked.has(group) || more.includes(group)),
    );
  const candidates = besides(leaked, vector, place);
  const alone = candidates.slice(0, TRIED).find((group) => stops([group]));
  if (alone !== undefined) return [alone];
  for (const group of candidates.slice(0, TRIED)) {
    const hidden = new Set([...place.hidden, group]);
    const second = besides([group], vector, { ...place, hidden }).find((other) => stops([group, other]));
    if (second !== undefined) return [group, second];
  }
  return candidates.slice(0, 1);
}

/** Shows again what is blank for nothing, the most stays first. */
function reviewed(
  hidden: Set<Group>,
  primary: ReadonlySet<Group>,
  { secret, sums, weight, tells }: Pick<Table, "sums" | "weight" | "tells"> & { readonly secret: readonly Vector[] },
): ReadonlySet<Group> {
  if (hidden.size > REVIEWED) return hidden;
  const toldBy = new Map([...tells].flatMap(([group, all]) => all.map((one) => [one, group] as const)));
  const extra = [...hidden].filter((group) => !primary.has(group));
  for (const group of extra.toSorted((a, b) => at(weight, b) - at(weight, a) || (a < b ? -1 : 1))) {
    if (hidden.has(toldBy.get(group) ?? "")) continue;
    hidden.delete(group);
    if (firstLeak(secret, sums, hidden)) hidden.add(group);
  }
  return hidden;
}
