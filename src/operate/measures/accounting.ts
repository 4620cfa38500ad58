import type { AwsContext } from "../../aws/context.ts";
import { OWN, type Registry } from "../../lakehouse/registry.ts";
import { readHudiTable } from "../hudi/read.ts";

/** How many rows of a block a rule took; `what` details a line, null: the rule's total. */
export interface AccountRow {
  /** `encounters`, `stays`, `conditions`, `patients`, or a figure, whose lines count stays. */
  readonly measure: string;
  readonly rule: string;
  readonly what: string | null;
  readonly count: number;
}

type Rules = ReadonlyMap<string, readonly string[]>;

/** Blocks and their rules in the order of docs/measures.md. */
function rulesOf({ accounting, figures }: Registry): Rules {
  const found = new Map<string, readonly string[]>();
  for (const [block, rules] of Object.entries(accounting?.blocks ?? {})) found.set(block, Object.keys(rules));
  for (const { id, leavesOut } of figures.values()) found.set(id, ["used", ...leavesOut]);
  return found;
}

const rank = (list: readonly string[], word: string): number => {
  const at = list.indexOf(word);
  return at < 0 ? list.length : at;
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Blocks and rules in order, each rule's total before its details, the most frequent first. */
function ordered(rules: Rules): (a: AccountRow, b: AccountRow) => number {
  const blocks = [...rules.keys()];
  return (a, b) =>
    rank(blocks, a.measure) - rank(blocks, b.measure) ||
    compare(a.measure, b.measure) ||
    rank(rules.get(a.measure) ?? [], a.rule) - rank(rules.get(b.measure) ?? [], b.rule) ||
    compare(a.rule, b.rule) ||
    Number(a.what !== null) - Number(b.what !== null) ||
    b.count - a.count ||
    compare(a.what ?? "", b.what ?? "");
}

const text = (cell: unknown): string | null => (typeof cell === "string" ? cell : null);

/** What Gold accounts for, in order. */
export interface Accounting {
  readonly rows: readonly AccountRow[];
  /** The day that the data is complete up to. */
  readonly asOf: string | null;
}

/** The accounting; undefined where no job has written it yet. */
export async function readAccounting(
  ctx: AwsContext,
  gold: string,
  registry: Registry = OWN,
): Promise<Accounting | undefined> {
  if (!registry.accounting) return undefined;
  const url = `s3://${gold}/${registry.accounting.table}/`;
  const table = await readHudiTable(ctx, url, ["measure", "rule", "what", "count", "as_of"]);
  if (!table) return undefined;
  const rows = table.rows.map((row) => ({
    measure: text(row["measure"]) ?? "",
    rule: text(row["rule"]) ?? "",
    what: text(row["what"]),
    count: Number(row["count"] ?? 0),
  }));
  return { rows: rows.sort(ordered(rulesOf(registry))), asOf: text(table.rows[0]?.["as_of"]) };
}

/** A rule of a block: how many it took, and which. */
export interface Line {
  readonly rule: string;
  readonly count: number;
  readonly details: readonly { readonly what: string; readonly count: number }[];
}

/** The lines of one block, those without anything left out. */
export function linesOf(rows: readonly AccountRow[], block: string): Line[] {
  const own = rows.filter(({ measure, count }) => measure === block && count > 0);
  return own.flatMap(({ rule, what, count }) =>
    what === null
      ? [
          {
            rule,
            count,
            details: own.flatMap((one) =>
              one.rule === rule && one.what !== null ? [{ what: one.what, count: one.count }] : [],
            ),
          },
        ]
      : [],
  );
}
