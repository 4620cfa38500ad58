import { randomOf } from "./faults/network.ts";

/** The whole, or a sample that a seed chooses. */
export const FULL = process.env["METRICCARE_CHAOS_FULL"] === "1";
export const SEED = Number(process.env["METRICCARE_CHAOS_SEED"] ?? Math.floor(Math.random() * 1_000_000));
/** `2/4`: the second of four parts of the whole. */
const [PART = 1, PARTS = 1] = (process.env["METRICCARE_CHAOS_PART"] ?? "1/1").split("/").map(Number);

/** `npm test` runs about half of the sample that `scripts/chaos.sh sample` runs. */
export const SMALL = !FULL && process.env["METRICCARE_CHAOS_SAMPLE"] === "small";

/** Of all cases those to run: every one of this part, or `count` that the seed chooses. */
export function chosen<T>(all: readonly T[], wanted: number, salt = 0): readonly T[] {
  if (FULL) return all.filter((_, index) => index % PARTS === PART - 1);
  const count = SMALL ? Math.ceil(wanted / 2) : wanted;
  const random = randomOf(SEED + salt);
  return all
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .slice(0, count)
    .map(([, one]) => one);
}

/** Whether a test that there is one of runs this time. */
export const drawn = (name: string, share = 1 / 2): boolean =>
  !SMALL || randomOf(SEED + [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7))() < share;

/** Of a few long stories those that `npm test` takes this time, half of them; every other suite tells all. */
export const stories = (names: readonly string[], salt = 0): readonly string[] =>
  SMALL ? chosen(names, names.length, salt) : names;

/** Those that take longest, each with whole pipelines on the embedded AWS: `npm test` takes two of them, in turns. */
const LONG = ["a bad day", "killed", "original", "poison", "forgotten", "interrupted", "operator", "calendar"] as const;
export const LONGEST: readonly string[] = SMALL ? chosen(LONG, 4, 5) : LONG;

/** What this run is, for the log: how to repeat it. */
export const RUN = FULL
  ? `chaos: the whole, part ${PART}/${PARTS}`
  : `chaos: ${SMALL ? "a small sample" : "a sample"}; METRICCARE_CHAOS_SEED=${SEED} repeats it`;
