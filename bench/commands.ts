import { table } from "../src/ui/table.ts";
import { Stage } from "./stage.ts";

export interface CommandsOptions {
  readonly repository: string;
  readonly rounds: number;
  say(text: string): void;
}

interface Measured {
  readonly calls: number | undefined;
  readonly seconds: number;
  readonly peakMb: number;
}

/** One command; the requests that it made are what it says itself at the end of its JSON. */
async function measure(stage: Stage, args: readonly string[]): Promise<Measured> {
  const { out, seconds, peakMb } = await stage.cli(args);
  const last = out.trim().split("\n").at(-1) ?? "";
  const { calls } = last.startsWith("{") ? (JSON.parse(last) as { calls?: number }) : {};
  return { calls, seconds, peakMb };
}

function casesOf(env: string): readonly (readonly [string, readonly string[]])[] {
  const of = ["--env", env, "--json"];
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

/** What the command line itself costs: its start, and the requests of a first apply, an apply of nothing, a diff and a destroy. */
export async function commands(o: CommandsOptions): Promise<void> {
  const stage = await Stage.make(o.repository);
  try {
    // The first one starts the embedded AWS: it counts for nobody.
    stage.environment("warm");
    await stage.cli(["diff", "--env", "warm"]);
    const all = new Map<string, Measured[]>();
    for (let at = 0; at < o.rounds; at++) {
      const env = `bench${at}`;
      stage.environment(env);
      for (const [name, args] of casesOf(env)) all.set(name, [...(all.get(name) ?? []), await measure(stage, args)]);
    }
    const rows = [...all].map(([name, measured]) => [
      name,
      measured[0]?.calls,
      middle(measured.map(({ seconds }) => seconds)).toFixed(2),
      middle(measured.map(({ peakMb }) => peakMb)).toFixed(0),
    ]);
    const titles = ["command", "requests", "seconds", "peak MB"];
    const columns = titles.map((title, at) => ({ title, align: at === 0 ? ("left" as const) : ("right" as const) }));
    for (const line of table(columns, rows)) o.say(line);
  } finally {
    await stage.remove();
  }
}
