import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { FigurePart, ReportRow } from "../../operate/report/model.ts";
import type { RunRow } from "../../operate/runs/history.ts";
import { visible } from "../visible.ts";
import { html, type Html, raw } from "./html.ts";
import { clipped, intervalText, isPercent, rateText, scaleText, whole } from "./numbers.ts";

/** Drawings are made here and now: the page holds them as SVG, and needs no script. Colours are the page's variables. */

const { document } = parseHTML("<!doctype html><html><body></body></html>");

interface Element {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelector(selector: string): { remove(): void } | null;
  querySelectorAll(selector: string): Iterable<{ removeAttribute(name: string): void }>;
}

/**
 * Plot's own style sheet is left out: the page's policy allows no style that it does not know, and the page's own says the
 * same. The label is written by us: a DOM may leave `<` as it is in an attribute, and then nobody can look for it.
 */
function drawn(options: Plot.PlotOptions, label: string): Html {
  const svg: Element = Plot.plot({ ...options, document, className: "plot" });
  svg.querySelector("style")?.remove();
  svg.setAttribute("font-size", "12");
  // An image is one thing to a screen reader: names of its groups would only be heard as noise, where they are at all.
  for (const group of svg.querySelectorAll("g[aria-label]")) group.removeAttribute("aria-label");
  return html`<svg role="img" aria-label="${label}" ${raw(svg.outerHTML.slice("<svg ".length))}`;
}

type Known = ReportRow & { readonly rate: number };
const isKnown = (row: ReportRow): row is Known => row.rate !== null;

const counts = ({ numerator, denominator }: ReportRow): string =>
  numerator === null || denominator === null ? "not shown" : `${whole(numerator)} / ${whole(denominator)}`;

/** What a mark says where a pointer rests on it. */
function told(figure: FigurePart, row: ReportRow, name: string): string {
  if (!isKnown(row)) return `${visible(name)}: ${row.suppressed ? "not shown" : "no rate"}`;
  const interval = intervalText(figure, row.interval);
  return `${visible(name)}: ${rateText(figure, row.rate)} (${counts(row)})${interval ? `, ${interval}` : ""}${row.suppressed ? ", small counts" : ""}`;
}

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
const day = (year: number, month: number, date: number): Date => new Date(Date.UTC(year, month, date));
const middleOf = (period: string): Date => {
  const [, year = "1970", month = "1"] = MONTH.exec(period) ?? [];
  return day(Number(year), Number(month) - 1, 15);
};

/** The scale of a figure; a rate is never below 0. */
const rateScale = (figure: FigurePart): Plot.ScaleOptions => ({
  label: [figure.unit.replace(/, per [\d,]+$/, ""), scaleText(figure)].filter(Boolean).join(", "),
  percent: isPercent(figure),
  grid: true,
  zero: true,
  nice: true,
});

/** What a drawing is made for; it shrinks with the page. */
const WIDTH = 540;

const BAR = { stroke: "var(--one)", strokeOpacity: 0.35, strokeWidth: 4 } as const;

/** A figure by month, with the level of each year; undefined where no row has a period. */
export function timeChart(figure: FigurePart, rows: readonly ReportRow[], label: string): Html | undefined {
  const months = rows.filter(({ grouping, period }) => grouping === "month" && MONTH.test(period));
  const years = rows.filter(({ grouping }) => grouping === "year");
  const spans = [...months, ...years].map(({ period }) => Number(period.slice(0, 4)));
  if (spans.length === 0) return undefined;
  const [from, to] = [Math.min(...spans), Math.max(...spans)];
  const known = months.filter(isKnown);
  const x = (row: ReportRow): Date => middleOf(row.period);
  const title = (row: ReportRow): string => told(figure, row, row.period);
  return drawn(
    {
      width: WIDTH,
      height: 260,
      marginLeft: 52,
      marginBottom: 36,
      x: { type: "utc", domain: [day(from, 0, 1), day(to, 11, 31)], label: null },
      y: rateScale(figure),
      marks: [
        Plot.ruleY([0], { stroke: "var(--quiet)" }),
        Plot.ruleY(years.filter(isKnown), {
          x1: ({ period }: Known) => day(Number(period), 0, 1),
          x2: ({ period }: Known) => day(Number(period), 11, 31),
          y: "rate",
          stroke: "var(--two)",
          strokeWidth: 2,
          title,
        }),
        Plot.ruleX(
          known.filter(({ interval }) => interval),
          { x, y1: ({ interval }: Known) => interval?.low, y2: ({ interval }: Known) => interval?.high, ...BAR },
        ),
        Plot.dot(known, {
          x,
          y: "rate",
          r: 3,
          fill: ({ suppressed }: Known) => (suppressed ? "var(--card)" : "var(--one)"),
          stroke: "var(--one)",
          title,
        }),
        Plot.dot(
          months.filter((row) => !isKnown(row)),
          { x, y: 0, r: 3, symbol: "times", stroke: "var(--quiet)", title },
        ),
      ],
    },
    label,
  );
}

/** How many facilities a chart shows; the table beside it has all. */
export const MOST = 80;
const LABEL = 27;

/** Highest rates first, what is not shown last. */
const byRate = (a: ReportRow, b: ReportRow): number =>
  (b.rate ?? -1) - (a.rate ?? -1) || (a.facility < b.facility ? -1 : 1);

/** A figure by facility against all of them; undefined where no row has a facility. */
export function facilityChart(figure: FigurePart, rows: readonly ReportRow[], label: string): Html | undefined {
  const largest = rows
    .filter(({ grouping }) => grouping === "facility")
    .toSorted((a, b) => (b.denominator ?? -1) - (a.denominator ?? -1))
    .slice(0, MOST);
  const shown = largest.sort(byRate);
  if (shown.length === 0) return undefined;
  const names = shown.map(({ facility }) => clipped(visible(facility), LABEL));
  const at = new Map(shown.map((row, i) => [row, String(i)]));
  const y = (row: ReportRow): string => at.get(row) ?? "";
  const overall = rows.filter((row) => row.grouping === "overall" && isKnown(row));
  const title = (row: ReportRow): string => told(figure, row, row.facility);
  return drawn(
    {
      width: WIDTH,
      height: 70 + shown.length * 20,
      marginLeft: Math.min(210, 20 + Math.max(...names.map((name) => name.length)) * 6.6),
      marginRight: 110,
      marginTop: 8,
      marginBottom: 46,
      x: rateScale(figure),
      y: {
        type: "band",
        domain: [...at.values()],
        tickFormat: (key: string) => names[Number(key)],
        tickSize: 0,
        label: null,
      },
      marks: [
        Plot.ruleX(overall, {
          x: "rate",
          stroke: "var(--two)",
          strokeDasharray: "5,3",
          strokeWidth: 1.5,
          title: (row: ReportRow) => told(figure, row, "all facilities"),
        }),
        Plot.ruleX([0], { stroke: "var(--quiet)" }),
        Plot.ruleY(
          shown.filter(({ interval }) => interval),
          {
            y,
            x1: ({ interval }: ReportRow) => interval?.low,
            x2: ({ interval }: ReportRow) => interval?.high,
            ...BAR,
          },
        ),
        Plot.dot(shown.filter(isKnown), {
          x: "rate",
          y,
          r: 3.5,
          fill: ({ suppressed }: Known) => (suppressed ? "var(--card)" : "var(--one)"),
          stroke: "var(--one)",
          title,
        }),
        Plot.text(shown, {
          y,
          frameAnchor: "right",
          textAnchor: "start",
          dx: 6,
          fill: "var(--quiet)",
          text: counts,
        }),
      ],
    },
    label,
  );
}

/** One bar a run, oldest first: colour and sign say how it ended. */
export function runChart(
  runs: readonly RunRow[],
  { value, unit, label }: { value: (run: RunRow) => number; unit: string; label: string },
): Html {
  const shown = runs.toReversed();
  const x = (run: RunRow): string => run.run_id;
  const failed = shown.filter(({ verdict }) => verdict !== "succeeded" && verdict !== "running");
  return drawn(
    {
      width: 2 * WIDTH,
      height: 220,
      marginLeft: 52,
      x: { type: "band", domain: shown.map(x), label: null, tickFormat: () => "", tickSize: 0 },
      y: { label: unit, grid: true, zero: true, nice: true },
      marks: [
        Plot.barY(shown, {
          x,
          y: value,
          fill: ({ verdict }: RunRow) =>
            verdict === "succeeded" || verdict === "running" ? "var(--one)" : "var(--bad)",
          title: (run: RunRow) =>
            visible(`${run.run_id}: ${run.verdict}, ${value(run).toFixed(2)} ${unit}, ${run.started_at ?? ""}`),
        }),
        Plot.text(failed, { x, y: value, text: () => "✗", dy: -7, fontWeight: "bold", fill: "var(--bad)" }),
        Plot.ruleY([0], { stroke: "var(--quiet)" }),
      ],
    },
    label,
  );
}
