import { type Accounting, type Line, linesOf } from "../operate/measures/accounting.ts";
import type { LeftOut } from "../operate/measures/newcomers.ts";
import type { Registry } from "../operate/measures/read.ts";
import { table } from "./table.ts";

type Named = Pick<Registry, "accounting" | "figures">;

/** A rule in words; `after as-of` tells the day. */
function words(registry: Named, block: string, rule: string, asOf: string | null): string {
  const { blocks = {}, leftOut = {} } = registry.accounting ?? {};
  const said = blocks[block]?.[rule] ?? leftOut[rule] ?? rule;
  return rule === "starts_after_as_of" && asOf !== null ? `${said} ${asOf}` : said;
}

const COLUMNS = [
  { title: "of" },
  { title: "rule" },
  { title: "what" },
  { title: "count", align: "right" as const },
  { title: "means" },
];

/** All of it as a table: every rule's total, under it its details. */
export const accountLines = ({ rows, asOf }: Accounting, registry: Named): string[] =>
  table(
    COLUMNS,
    rows.map(({ measure, rule, what, count }) => [
      measure,
      rule,
      what,
      String(count),
      what === null ? words(registry, measure, rule, asOf) : null,
    ]),
  );

/** So many reasons, and so many details of one, are named; the rest is counted. */
const NAMED = 3;

const sum = (lines: readonly { readonly count: number }[]): number => lines.reduce((all, { count }) => all + count, 0);

function detailed(line: Line, said: string): string {
  const named = line.details.slice(0, NAMED).map(({ what, count }) => `${what} ${count}`);
  const rest = sum(line.details.slice(NAMED));
  const all = [...named, ...(rest > 0 ? [`others ${rest}`] : [])];
  return `${line.count} ${said}${all.length > 0 ? ` (${all.join(", ")})` : ""}`;
}

interface Told extends Accounting {
  readonly registry: Named;
}

/** What was left out of a block, the most first. */
function leftOut({ rows, registry, asOf }: Told, block: string, kept: readonly string[]): string {
  const lines = linesOf(rows, block)
    .filter(({ rule }) => !kept.includes(rule))
    .toSorted((a, b) => b.count - a.count);
  const rest = sum(lines.slice(NAMED));
  const named = lines.slice(0, NAMED).map((line) => detailed(line, words(registry, block, line.rule, asOf)));
  return [...named, ...(rest > 0 ? [`${rest} for other reasons`] : [])].join(", ");
}

const withRest = (head: string, rest: string): string => (rest === "" ? head : `${head}; ${rest}`);
const countOf = (lines: readonly Line[], ...rules: readonly string[]): number =>
  sum(lines.filter(({ rule }) => rules.includes(rule)));

const UNCODED = ["not_confirmed", "unknown_code_system", "not_in_value_set"];
const COUNTED = ["event", "present_on_admission", "repeat"];

/** Of the coded infections those that count; where none is coded, why. Without conditions, the stays. */
function second(told: Told): string {
  const conditions = linesOf(told.rows, "conditions");
  const all = sum(conditions);
  const coded = all - countOf(conditions, ...UNCODED);
  if (all > 0 && coded > 0)
    return withRest(
      `${countOf(conditions, "event")} events of ${coded} coded infections`,
      leftOut(told, "conditions", ["event", ...UNCODED]),
    );
  if (all > 0) return withRest(`no coded infection among ${all} conditions`, leftOut(told, "conditions", COUNTED));
  const stays = linesOf(told.rows, "stays");
  return withRest(
    `${countOf(stays, "complete")} of ${sum(stays)} stays complete`,
    leftOut(told, "stays", ["complete"]),
  );
}

/** That most of what came was left out, and which keys of the config would change it; `keys` as they are to be shown. */
export const leftOutText = (
  { block, came, left }: LeftOut,
  registry: Named,
  asOf: string | null,
  keys: readonly string[],
): string =>
  `warning: ${sum(left)} of ${came} new ${block} were left out: ${left.map((line) => detailed(line, words(registry, block, line.rule, asOf))).join(", ")}. ${keys.join(" and ")} would change that.`;

/** The two lines at the end of the measures: what became of the encounters, and of what else matters most. */
export function accountSummary(accounts: Accounting, registry: Named): string[] {
  const { rows } = accounts;
  const told = { ...accounts, registry };
  const encounters = linesOf(rows, "encounters");
  const used = `used ${countOf(encounters, "used")} of ${sum(encounters)} encounters`;
  return [withRest(used, leftOut(told, "encounters", ["used"])), second(told)];
}
