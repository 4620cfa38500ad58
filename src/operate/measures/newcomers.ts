import { type AccountRow, type Line, linesOf } from "./accounting.ts";

/** What an ingest added to a block of the accounting: how much, and by which rules most of it was left out. */
export interface LeftOut {
  readonly block: string;
  readonly came: number;
  readonly left: readonly Line[];
}

/** Rules that leave out what no config would take in are no reason to warn. */
const CONFIGURED: Readonly<Record<string, string>> = {
  not_inpatient: "inpatientClasses",
  starts_after_as_of: "asOf",
  unknown_code_system: "icd10Systems",
  not_in_value_set: "haiValueSet",
};

/** The key of `measures` in the config that decides on a rule. */
export const configKeyOf = (rule: string): string | undefined => CONFIGURED[rule];

/** Rules of a block that let its rows in. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  encounters: ["used", "open"],
  conditions: ["event", "present_on_admission", "repeat"],
};

const sum = (lines: readonly { readonly count: number }[]): number => lines.reduce((all, { count }) => all + count, 0);

/** What is more than it was: of each rule, and of each of its details. */
function added(before: readonly Line[], after: readonly Line[]): Line[] {
  const was = new Map(before.map((line) => [line.rule, line]));
  return after.flatMap(({ rule, count, details }) => {
    const old = was.get(rule);
    const more = count - (old?.count ?? 0);
    const known = new Map(old?.details.map((one) => [one.what, one.count]));
    const grown = details.map((one) => ({ what: one.what, count: one.count - (known.get(one.what) ?? 0) }));
    return more > 0 ? [{ rule, count: more, details: grown.filter((one) => one.count > 0) }] : [];
  });
}

/** Blocks of which more than half of what came was left out by rules that the config decides on; the accounting before and after. */
export function mostlyLeftOut(before: readonly AccountRow[], after: readonly AccountRow[]): LeftOut[] {
  return Object.entries(KEPT).flatMap(([block, kept]) => {
    const lines = added(linesOf(before, block), linesOf(after, block));
    const left = lines.filter(({ rule }) => !kept.includes(rule) && configKeyOf(rule) !== undefined);
    const came = sum(lines);
    return came > 0 && sum(left) * 2 > came
      ? [{ block, came, left: left.toSorted((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1)) }]
      : [];
  });
}
