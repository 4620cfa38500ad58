import type { Registry } from "../../lakehouse/registry.ts";

/** How sure a figure is: the ends of its 95% interval, on the scale of its rate. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What a figure is, and so which interval it has. */
export type FigureKind = "proportion" | "rate" | "mean" | "other";

type Counts = Pick<NonNullable<ReturnType<Registry["figures"]["get"]>>, "counts">;

/** Days add up over a stay: how much they vary is not in their sum, so a mean has no interval. */
export function kindOf(figure: Counts | undefined): FigureKind {
  const [of, over] = figure?.counts ?? [];
  if (of === undefined || over === undefined) return "other";
  if (of === "days") return "mean";
  return of === "stays" && over === "stays" ? "proportion" : "rate";
}

/** The normal quantile of 97.5%. */
const Z = 1.959963984540054;
const TAIL = 0.025;

/** Wilson's score interval of `hits` out of `total`. */
export function wilson(hits: number, total: number): Interval | undefined {
  if (!(total > 0) || hits < 0 || hits > total) return undefined;
  const p = hits / total;
  const shrink = 1 + Z ** 2 / total;
  const middle = (p + Z ** 2 / (2 * total)) / shrink;
  const half = (Z / shrink) * Math.sqrt((p * (1 - p)) / total + Z ** 2 / (4 * total ** 2));
  // At the ends the two terms are equal but for rounding.
  return { low: hits === 0 ? 0 : middle - half, high: hits === total ? 1 : middle + half };
}

/** ln n!, by Stirling's series where it is exact to the last digits. */
function lnFactorial(n: number): number {
  if (n < 20) return Math.log(Array.from({ length: n }, (_, i) => i + 1).reduce((product, k) => product * k, 1));
  const inverse = 1 / n;
  return (
    (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260
  );
}

const pmf = (n: number, mean: number): number => Math.exp(n * Math.log(mean) - mean - lnFactorial(n));

/** P(X <= n), for a mean above n: terms fall from n downwards. */
function lowerTail(n: number, mean: number): number {
  let term = pmf(n, mean);
  let sum = term;
  for (let k = n; k > 0 && term > sum * 1e-16; k--) {
    term *= k / mean;
    sum += term;
  }
  return sum;
}

/** P(X >= n), for a mean below n: terms fall from n upwards. */
function upperTail(n: number, mean: number): number {
  let term = pmf(n, mean);
  let sum = term;
  for (let k = n + 1; term > sum * 1e-16; k++) {
    term *= mean / k;
    sum += term;
  }
  return sum;
}

/** Where a rising function passes TAIL. */
function crossing(low: number, high: number, at: (mean: number) => number): number {
  for (let round = 0; round < 80; round++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (at(middle) < TAIL) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Garwood's exact interval of the mean of a Poisson count. */
export function garwood(count: number): Interval | undefined {
  if (!Number.isInteger(count) || count < 0) return undefined;
  const furthest = count + 8 * Math.sqrt(count + 1) + 10;
  return {
    low: count === 0 ? 0 : crossing(0, count, (mean) => (mean === 0 ? 0 : upperTail(count, mean))),
    // The lower tail falls as the mean rises: seen from the far end it rises.
    high: furthest + count - crossing(count, furthest, (mean) => lowerTail(count, furthest + count - mean)),
  };
}

/** The 95% interval of a row of a figure: Wilson's for stays out of stays, the exact Poisson one for events over days. */
export function intervalOf(
  figure: (Counts & { readonly factor: number }) | undefined,
  numerator: number | null,
  denominator: number | null,
): Interval | undefined {
  if (figure === undefined || numerator === null || denominator === null || denominator <= 0) return undefined;
  const kind = kindOf(figure);
  const found =
    kind === "proportion" ? wilson(numerator, denominator) : kind === "rate" ? garwood(numerator) : undefined;
  if (found === undefined) return undefined;
  const scale = kind === "proportion" ? figure.factor : figure.factor / denominator;
  return { low: found.low * scale, high: found.high * scale };
}
