import type { PublishedRow } from "../measures/publishable.ts";
import { isSmall } from "../measures/suppress.ts";
import { CATEGORY, dimensionOf } from "../../lakehouse/strata.ts";

/** One line of the Gold table `accounting`: `what` details a rule, or is null for the rule's total. */
export interface AccountLine {
  readonly measure: string;
  readonly rule: string;
  readonly what: string | null;
  readonly count: number;
}

interface Detail {
  readonly what: string;
  readonly count: number;
}

/** What one rule took of a block. */
export interface RuleCount {
  readonly rule: string;
  readonly count: number;
  readonly details: readonly Detail[];
}

/** Rows of Silver, or stays, each under the first rule that took it: the rules add up to all there is. */
export interface Block {
  readonly id: string;
  readonly total: number;
  readonly rules: readonly RuleCount[];
}

/** What is lumped together where it may not be told apart. */
export const LUMP = "several reasons";

const sumOf = (counts: readonly { readonly count: number }[]): number =>
  counts.reduce((sum, { count }) => sum + count, 0);

const descending = (a: { readonly count: number }, b: { readonly count: number }): number => b.count - a.count;

const byKey = <T>(all: readonly T[], key: (one: T) => string): ReadonlyMap<string, readonly T[]> => {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const before = found.get(key(one));
    if (before) before.push(one);
    else found.set(key(one), [one]);
  }
  return found;
};

function ruleOf(rule: string, lines: readonly AccountLine[]): RuleCount {
  const details = lines.flatMap(({ what, count }) => (what === null ? [] : [{ what, count }])).sort(descending);
  const whole = lines.find(({ what }) => what === null);
  return { rule, count: whole?.count ?? sumOf(details), details };
}

/** Lines as blocks, in the table's order of blocks and rules. */
export function blocksOf(lines: readonly AccountLine[]): Block[] {
  return [...byKey(lines, ({ measure }) => measure)].map(([id, own]) => {
    const rules = [...byKey(own, ({ rule }) => rule)].map(([rule, each]) => ruleOf(rule, each));
    return { id, total: sumOf(rules), rules };
  });
}

/** Counts of which none is small: small ones go together, with the next larger ones until they are many. Zeros stay. */
function lumped<T extends { readonly count: number }>(all: readonly T[], lump: (count: number) => T): readonly T[] {
  const rising = all.filter(({ count }) => count > 0).toSorted((a, b) => a.count - b.count);
  let taken = rising.filter(({ count }) => isSmall(count)).length;
  if (taken === 0) return all;
  // One alone would be itself, and few together are a small count of their own.
  while (taken < rising.length && (taken < 2 || isSmall(sumOf(rising.slice(0, taken))))) taken++;
  const gone = new Set(rising.slice(0, taken));
  return [...all.filter((one) => !gone.has(one)), lump(sumOf([...gone]))];
}

const lumpedRule = (rule: RuleCount): RuleCount => ({
  ...rule,
  details: lumped(rule.details, (count) => ({ what: LUMP, count })),
});

function lumpedBlock(block: Block): Block | undefined {
  if (isSmall(block.total)) return undefined;
  const rules = lumped(block.rules, (count) => ({ rule: LUMP, count, details: [] })).map(lumpedRule);
  return { ...block, rules };
}

/** Events by category are not shown where they are not to be. */
const withoutEvents = (block: Block): Block => ({
  ...block,
  rules: block.rules.map((one) => (one.rule === "event" ? { ...one, details: [] } : one)),
});

/** Blocks of Silver's rows stand alone; the others are all of the same stays, and what one lumps another one would tell. */
const ALONE: ReadonlySet<string> = new Set(["encounters", "conditions", "patients"]);

const hasSmall = ({ total, rules }: Block): boolean => isSmall(total) || rules.some(({ count }) => isSmall(count));

/**
 * What may be published of them beside these rows. Where an overall figure is blank nothing is: `used` would tell it. Of the
 * blocks of stays all are shown or none, because their differences tell.
 */
export function publicBlocks(blocks: readonly Block[], rows: readonly PublishedRow[]): Block[] {
  const blank = (row: PublishedRow): boolean =>
    row.facility === "all" && row.period === "all" && row.stratum === undefined && row.numerator === null;
  if (rows.some(blank)) return [];
  // What is blank of one category of infections would follow from the events of the others.
  const byCategory = ({ stratum, facility, period, numerator }: PublishedRow): boolean =>
    dimensionOf(stratum ?? "") === CATEGORY && facility === "all" && period === "all" && numerator === null;
  const told = rows.some(byCategory) ? blocks.map(withoutEvents) : blocks;
  const ofStays = blocks.filter(({ id }) => !ALONE.has(id));
  return [
    ...told.filter(({ id }) => ALONE.has(id)).flatMap((block) => lumpedBlock(block) ?? []),
    ...(ofStays.some(hasSmall) ? [] : ofStays.map((block) => ({ ...block, rules: block.rules.map(lumpedRule) }))),
  ];
}
