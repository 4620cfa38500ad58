import { table } from "../src/ui/table.ts";
import { type Place, callCounts, settle } from "./place.ts";
import { Stage } from "./stage.ts";

export interface CommandsOptions {
  readonly repository: string;
  readonly rounds: number;
  say(text: string): void;
}

const READS = /^(Get|List|Describe|Head|Search|Query|Scan|BatchGet|Lookup)/;

interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly reads: number;
  readonly changes: number;
}

/** Calls of the command line alone: the front counts `service Operation`. */
function countsBetween(
  before: Record<string, number>,
  after: Record<string, number>,
): Pick<Measured, "reads" | "changes"> {
  let reads = 0;
  let changes = 0;
  for (const [name, count] of Object.entries(after)) {
    const more = count - (before[name] ?? 0);
    if (READS.test(name.split(" ")[1] ?? "")) reads += more;
    else changes += more;
  }
  return { reads, changes };
}

async function measure(stage: Stage, place: Place, args: readonly string[]): Promise<Measured> {
  const before = await callCounts(place);
  const { seconds, peakMb } = await stage.cli(args, { keep: false });
  return { seconds, peakMb, ...countsBetween(before, await callCounts(place)) };
}

function casesOf(env: string): readonly (readonly [string, readonly string[]])[] {
  const of = ["--env", env];
  return [
    ["--version", ["--version"]],
    ["validate", ["validate", ...of]],
    ["diff, nothing there", ["diff", ...of]],
    ["apply, the first", ["apply", ...of, "--yes"]],
    ["apply, nothing to do", ["apply", ...of, "--yes"]],
    ["diff, nothing to do", ["diff", ...of]],
    ["destroy", ["destroy", ...of, "--yes"]],
  ];
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/** What the command line itself costs: its start, and the calls that a first apply, an apply of nothing, a diff and a destroy make. */
export async function commands(o: CommandsOptions): Promise<void> {
  const stage = await Stage.make(o.repository);
  try {
    const place = await settle(stage, "warm");
    const rows = new Map<string, Measured[]>();
    for (let at = 0; at < o.rounds; at++) {
      const env = `bench${at}`;
      stage.environment(env);
      for (const [name, args] of casesOf(env)) {
        const one = await measure(stage, place, args);
        rows.set(name, [...(rows.get(name) ?? []), one]);
      }
    }
    const cells = [...rows].map(([name, measured]) => [
      name,
      ...(["reads", "changes"] as const).map((part) => middle(measured.map((one) => one[part]))),
      middle(measured.map((one) => one.seconds)).toFixed(2),
      middle(measured.map((one) => one.peakMb)).toFixed(0),
    ]);
    const titles = ["command", "calls that read", "calls that change", "seconds", "peak MB"];
    for (const line of table(
      titles.map((title, at) => ({ title, align: at === 0 ? "left" : "right" })),
      cells,
    ))
      o.say(line);
  } finally {
    await stage.remove();
  }
}
