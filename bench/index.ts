import { ledger } from "./ledger.ts";
import { pipeline } from "./pipeline.ts";

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const wanted = process.argv.slice(3);
const repository = process.argv[2] ?? process.cwd();
const on = (part: string): boolean => wanted.length === 0 || wanted.includes(part);

if (on("pipeline"))
  await pipeline({
    repository,
    past: number("METRICCARE_BENCH_FILES", 100_000),
    commits: number("METRICCARE_BENCH_COMMITS", 40),
    fresh: number("METRICCARE_BENCH_NEW", 100),
    rounds: number("METRICCARE_BENCH_ROUNDS", 3),
    say,
  });

if (on("ledger")) await ledger({ repository, items: number("METRICCARE_BENCH_ITEMS", 1_000_000), say });
