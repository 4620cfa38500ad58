import { commands } from "./commands.ts";
import { ledger } from "./ledger.ts";
import { pipeline } from "./pipeline.ts";
import { scheduler } from "./scheduler.ts";
import { CASES } from "./terraform/cases.ts";
import { terraform } from "./terraform/index.ts";

const PARTS = ["pipeline", "ledger", "commands", "scheduler", "terraform"];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function refuse(text: string, code = 64): never {
  process.stderr.write(`error ${text}\n`);
  process.exit(code);
}

function number(name: string, otherwise: number): number {
  const given = Number(process.env[name] ?? otherwise);
  return Number.isInteger(given) && given > 0
    ? given
    : refuse(`${name} wants a whole number above 0, got ${JSON.stringify(process.env[name])}`);
}

/** Whole numbers with commas between them. */
function numbers(name: string, otherwise: readonly number[], least: number): readonly number[] {
  const given = process.env[name]?.split(",").map(Number) ?? otherwise;
  return given.every((one) => Number.isInteger(one) && one >= least)
    ? given
    : refuse(`${name} wants whole numbers from ${least} on with commas between, got ${process.env[name]}`);
}

function casesWanted(): readonly string[] {
  const all = Object.keys(CASES);
  const given = process.env["METRICCARE_BENCH_CASES"]?.split(",") ?? all;
  return given.every((one) => all.includes(one))
    ? given
    : refuse(`METRICCARE_BENCH_CASES wants some of ${all.join(",")}, got ${given.join(",")}`);
}

const wanted = process.argv.slice(3);
const repository = process.argv[2] ?? process.cwd();
const unknown = wanted.find((part) => !PARTS.includes(part));
if (unknown !== undefined)
  refuse(`unknown part ${JSON.stringify(unknown)}: use ${PARTS.join(" or ")}, or none for all but the last`);
const on = (part: string): boolean => wanted.length === 0 || wanted.includes(part);

async function run(): Promise<void> {
  if (on("pipeline"))
    await pipeline({
      repository,
      past: number("METRICCARE_BENCH_FILES", 100_000),
      commits: number("METRICCARE_BENCH_COMMITS", 40),
      fresh: number("METRICCARE_BENCH_NEW", 100),
      rounds: number("METRICCARE_BENCH_ROUNDS", 3),
      say,
    });

  if (on("commands")) await commands({ repository, rounds: number("METRICCARE_BENCH_ROUNDS", 3), say });

  if (on("scheduler")) await scheduler({ steps: number("METRICCARE_BENCH_STEPS", 20_000), say });

  // Takes more than an hour: only by its name.
  if (wanted.includes("terraform"))
    await terraform({
      repository,
      rounds: number("METRICCARE_BENCH_ROUNDS", 5),
      latencies: numbers("METRICCARE_BENCH_LATENCIES", [0, 20, 50, 100], 0),
      jobs: numbers("METRICCARE_BENCH_JOBS", [10, 99, 300], 10),
      cases: casesWanted(),
      say,
    });

  if (on("ledger")) await ledger({ repository, items: number("METRICCARE_BENCH_ITEMS", 1_000_000), say });
}

await run().catch((error: unknown) => refuse(error instanceof Error ? error.message : String(error), 1));
