import type { FigurePart, ReportRow } from "../../operate/report/model.ts";
import { html, type Html } from "./html.ts";

/** Digits in groups, the same wherever the page is made. */
const grouped = new Intl.NumberFormat("en-US");
export const whole = (value: number): string => grouped.format(value);

type Scale = Pick<FigurePart, "kind" | "factor" | "decimals">;

/** Proportions are read as percentages; the exact value stands beside them for programs. */
export const isPercent = ({ kind, factor }: Scale): boolean => kind === "proportion" && factor === 1;

export function rateText(figure: Scale, rate: number): string {
  return isPercent(figure)
    ? `${(rate * 100).toFixed(Math.max(0, figure.decimals - 2))}%`
    : rate.toFixed(figure.decimals);
}

export const intervalText = (figure: Scale, interval: ReportRow["interval"]): string | null =>
  interval ? `${rateText(figure, interval.low)} to ${rateText(figure, interval.high)}` : null;

/** How a figure's interval is computed, in a word for its head. */
export const intervalName: Readonly<Record<FigurePart["kind"], string>> = {
  proportion: "95% interval (Wilson)",
  rate: "95% interval (exact Poisson)",
  mean: "interval",
  other: "interval",
};

/** What stands behind the rate of a figure. */
export const scaleText = (figure: Scale): string =>
  isPercent(figure) ? "%" : figure.factor === 1 ? "" : `per ${whole(figure.factor)}`;

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
export function bytesText(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${UNITS[step]}`;
}

/** `2026-11-30T10:00:00.000Z` as people read it. */
export function momentText(iso: string | null): Html | null {
  if (iso === null) return null;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d.*Z$/.test(iso)) return html`${iso}`;
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

/** A text of one line that fits: its middle gives way, because ids differ at their ends. */
export function clipped(text: string, length: number): string {
  const letters = Array.from(text);
  if (letters.length <= length) return text;
  const front = Math.ceil((length - 1) / 2);
  return `${letters.slice(0, front).join("")}…${letters.slice(letters.length - (length - 1 - front)).join("")}`;
}
