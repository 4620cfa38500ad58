import { table } from "../../src/ui/table.ts";
import type { Cost } from "./run.ts";
import type { Seen } from "./world.ts";

/** What somebody's runs of a case came to: medians, and the calls of the last one. */
export interface Figures extends Cost, Seen {
  /** Seconds of each run. */
  readonly runs: readonly number[];
}

export interface Measured {
  readonly jobs: number;
  readonly latencyMs: number;
  readonly name: string;
  readonly waves: number;
  readonly ours: Figures;
  readonly floor: Figures;
  readonly terraform?: Figures;
}

/** The ratios that count: how many times as long as the floor, and as fast as Terraform. */
export const ratios = ({ ours, floor, terraform }: Measured) => ({
  overFloor: ours.seconds / floor.seconds,
  ...(terraform ? { faster: terraform.seconds / ours.seconds } : {}),
});

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

export type Run = Cost & Seen;

export function figuresOf(runs: readonly Run[]): Figures {
  const last = runs.at(-1);
  if (!last) throw new Error("nothing was measured");
  return {
    ...last,
    seconds: middle(runs.map(({ seconds }) => seconds)),
    cpu: middle(runs.map(({ cpu }) => cpu)),
    peakMb: middle(runs.map(({ peakMb }) => peakMb)),
    inFlight: Math.max(...runs.map(({ inFlight }) => inFlight)),
    runs: runs.map(({ seconds }) => Number(seconds.toFixed(3))),
  };
}

const TITLES = ["case", "who", "seconds", "calls", "in flight", "waves", "CPU s", "peak MB", "ratio"] as const;

function rowsOf(one: Measured): (string | number | undefined)[][] {
  const { overFloor, faster } = ratios(one);
  const row = (name: string, who: string, of: Figures, waves: number | undefined, ratio: string | undefined) => [
    name,
    who,
    of.seconds.toFixed(2),
    of.calls,
    of.inFlight,
    waves,
    of.cpu.toFixed(2),
    of.peakMb.toFixed(0),
    ratio,
  ];
  return [
    row(one.name, "metriccare", one.ours, one.waves, `${overFloor.toFixed(2)} of the floor`),
    row("", "bare SDK", one.floor, one.waves, undefined),
    ...(one.terraform && faster
      ? [row("", "Terraform", one.terraform, undefined, `${faster.toFixed(1)} times ours`)]
      : []),
  ];
}

/** One table of cases that were measured in the same lakehouse, behind the same line. */
export function tableOf(all: readonly Measured[]): string[] {
  const columns = TITLES.map((title, at) => ({ title, align: at < 2 ? ("left" as const) : ("right" as const) }));
  return table(columns, all.flatMap(rowsOf));
}

/** Which services the calls went to, a line a case. */
export function callsOf(all: readonly Measured[]): string[] {
  const told = ({ byService }: Figures): string =>
    Object.entries(byService)
      .map(([service, count]) => `${service} ${count}`)
      .join(", ");
  return all.flatMap(({ name, ours, terraform }) => [
    `${name}, metriccare: ${told(ours)}`,
    ...(terraform ? [`${name}, Terraform: ${told(terraform)}`] : []),
  ]);
}
