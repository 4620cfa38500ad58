import { commands } from "./commands.ts";
import { ledger } from "./ledger.ts";
import { pipeline } from "./pipeline.ts";
import { scheduler } from "./scheduler.ts";

const PARTS = ["pipeline", "ledger", "commands", "scheduler"];
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

const wanted = process.argv.slice(3);
const repository = process.argv[2] ?? process.cwd();
const unknown = wanted.find((part) => !PARTS.includes(part));
if (unknown !== undefined)
  refuse(`unknown part ${JSON.stringify(unknown)}: use ${PARTS.join(" or ")}, or none for all`);
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

  if (on("ledger")) await ledger({ repository, items: number("METRICCARE_BENCH_ITEMS", 1_000_000), say });
}

await run().catch((error: unknown) => refuse(error instanceof Error ? error.message : String(error), 1));
