import { table } from "../src/ui/table.ts";
import { fillLedger, fillTables, type Past } from "./fill.ts";
import { template } from "./files.ts";
import { type Place, settle } from "./place.ts";
import { round, type Round } from "./round.ts";
import { Stage } from "./stage.ts";

export interface PipelineOptions {
  readonly repository: string;
  /** Files that are processed already in the full environment. */
  readonly past: number;
  readonly commits: number;
  readonly fresh: number;
  readonly rounds: number;
  say(text: string): void;
}

const PARTS = ["receiving", "planning", "claiming", "bronze", "silver", "total", "stays", "gold", "run"] as const;

const TITLES: Partial<Record<(typeof PARTS)[number], string>> = {
  total: "planning to Silver",
  stays: "gold: stays",
  gold: "gold: all of it",
  run: "whole run",
};

/** Of an even number the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return ((sorted[low] ?? 0) + (sorted[high] ?? 0)) / 2;
}

function report(o: PipelineOptions, empty: readonly Round[], young: readonly Round[], full: readonly Round[]): void {
  const of = (rounds: readonly Round[], part: (typeof PARTS)[number]): number => median(rounds.map((one) => one[part]));
  const calls = (rounds: readonly Round[], service: string): number =>
    median(rounds.map((one) => one.calls[service] ?? 0));
  const times = PARTS.map((part) => {
    const [a, b, c] = [of(empty, part), of(young, part), of(full, part)];
    return [TITLES[part] ?? part, a.toFixed(2), b.toFixed(2), c.toFixed(2), (c / a).toFixed(2), (c / b).toFixed(2)];
  });
  const counts = ["dynamodb", "s3", "glue"].map((service) => {
    const [a, b, c] = [calls(empty, service), calls(young, service), calls(full, service)];
    return [`${service} calls`, a, b, c, (c / a).toFixed(2), (c / b).toFixed(2)];
  });
  const titles = [`${o.fresh} new files after`, "0", `${o.fresh}`, `${o.past}`, "to empty", `to ${o.fresh}`];
  for (const line of table(
    titles.map((title, at) => ({ title, align: at === 0 ? "left" : "right" })),
    [...times, ...counts],
  ))
    o.say(line);
}

/** The same new files in an empty environment and in one that has processed many, side by side in one embedded AWS. */
export async function pipeline(o: PipelineOptions): Promise<void> {
  const stage = await Stage.make(o.repository);
  try {
    const form = template(o.repository);
    const past: Past = { files: o.past, commits: o.commits, template: form, firstMs: Date.now() - o.past - 60_000 };
    const full = await settle(stage, "full");
    o.say(
      `Filling: ${o.past} files of ${form.ids} resources, ${o.commits} commits a table, by the package's own parser, writer`,
    );
    o.say("and Silver; ledger items by BatchWriteItem. Their objects are not in S3, which no step of a run lists.");
    const started = performance.now();
    await fillTables(full, o.repository, past);
    const tables = performance.now();
    await fillLedger(full, past);
    const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(0);
    o.say(`Filled: tables ${seconds(started, tables)} s, ledger ${seconds(tables, performance.now())} s.`);
    // A JVM runs its first writes slowly: they count for nobody. And the runs of the past have left Gold and its stays.
    const warm = await settle(stage, "warm");
    await round(warm, form, o.past + 900_000, 20);
    const first = await round(full, form, o.past + 800_000, 20);
    o.say(`Gold of all that, which no run has computed yet: ${first.gold.toFixed(0)} s.`);
    const results: { empty: Round[]; young: Round[]; full: Round[] } = { empty: [], young: [], full: [] };
    for (let at = 0; at < o.rounds; at++) {
      const empty = await settle(stage, `empty${at}`);
      const first = o.past + at * 2 * o.fresh;
      const take = async (name: keyof typeof results, place: Place, from: number): Promise<void> => {
        const one = await round(place, form, from, o.fresh);
        results[name].push(one);
        o.say(`round ${at + 1}, ${name}: ${PARTS.map((part) => `${part} ${one[part].toFixed(2)}`).join(", ")}`);
        if (process.env["METRICCARE_BENCH_DETAILS"]) o.say(JSON.stringify(one));
      };
      await take("empty", empty, first);
      await take("full", full, first);
      await take("young", empty, first + o.fresh);
      await take("full", full, first + o.fresh);
    }
    o.say("");
    report(o, results.empty, results.young, results.full);
  } finally {
    await stage.remove();
  }
}
