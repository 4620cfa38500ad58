import { sankey, sankeyJustify, sankeyLinkHorizontal } from "d3-sankey";
import type { Block, RuleCount } from "../../operate/report/accounting.ts";
import { html, type Html } from "./html.ts";
import { clipped, whole } from "./numbers.ts";

/** How an accounting is drawn: from all there is to the rules that took it, and on to what details them. */

interface Node {
  readonly name: string;
  readonly count: number;
  readonly look: "all" | "used" | "left";
  readonly column: number;
}
interface Link {
  readonly source: number;
  readonly target: number;
  readonly value: number;
  readonly used: boolean;
}

const WIDTH = 980;
/** Room for the words at the right. */
const WORDS = 340;
const ROW = 27;
/** Details of a rule that are drawn; the table has all. */
const DETAILS = 6;

/** Rules under which rows are in the figures. */
export const isUsed = (rule: string): boolean => rule === "used" || rule === "complete" || rule === "event";

/** The most frequent details, the others together. */
function drawnDetails({ details }: RuleCount): { readonly what: string; readonly count: number }[] {
  if (details.length <= DETAILS) return [...details];
  const rest = details.slice(DETAILS - 1);
  const sum = rest.reduce((total, { count }) => total + count, 0);
  return [...details.slice(0, DETAILS - 1), { what: `${rest.length} others`, count: sum }];
}

function graphOf(block: Block, all: string, nameOf: (rule: string) => string): { nodes: Node[]; links: Link[] } {
  const nodes: Node[] = [{ name: all, count: block.total, look: "all", column: 0 }];
  const links: Link[] = [];
  for (const one of block.rules.filter(({ count }) => count > 0)) {
    const used = isUsed(one.rule);
    const look = used ? "used" : "left";
    const at = nodes.push({ name: nameOf(one.rule), count: one.count, look, column: 1 }) - 1;
    links.push({ source: 0, target: at, value: one.count, used });
    for (const { what, count } of drawnDetails(one).filter((each) => each.count > 0)) {
      const below = nodes.push({ name: what, count, look, column: 2 }) - 1;
      links.push({ source: at, target: below, value: count, used });
    }
  }
  return { nodes, links };
}

const COLOUR: Readonly<Record<Node["look"], string>> = { all: "var(--one)", used: "var(--good)", left: "var(--two)" };

const share = (count: number, total: number): string => {
  const percent = (count / total) * 100;
  return percent > 0 && percent < 0.1 ? "under 0.1%" : `${percent.toFixed(1)}%`;
};

/** Undefined where there is nothing to draw. */
export function flowChart(
  block: Block,
  all: string,
  nameOf: (rule: string) => string,
  label: string,
): Html | undefined {
  if (block.total <= 0) return undefined;
  const given = graphOf(block, all, nameOf);
  const columns = [1, 2].map((column) => given.nodes.filter((node) => node.column === column).length);
  const height = Math.max(120, Math.max(...columns) * ROW + 30);
  const deep = (columns[1] ?? 0) > 0;
  const layout = sankey<Node, Link>()
    .nodeWidth(12)
    .nodePadding(ROW - 9)
    .nodeAlign(deep ? (node) => node.column : sankeyJustify)
    // In the table's order: used first, then rule by rule.
    .nodeSort(null)
    .linkSort(null)
    .extent([
      [4, 16],
      [WIDTH - WORDS, height - 12],
    ]);
  const { nodes, links } = layout({
    nodes: given.nodes.map((one) => ({ ...one })),
    links: given.links.map((one) => ({ ...one })),
  });
  const path = sankeyLinkHorizontal<Node, Link>();
  const bands = links.map(
    (link) =>
      html`<path
        d="${path(link)}"
        fill="none"
        stroke="${link.used ? "var(--good)" : "var(--flow)"}"
        stroke-opacity="0.38"
        stroke-width="${Math.max(1, link.width ?? 1).toFixed(1)}"
      />`,
  );
  const boxes = nodes.map(({ name, count, look, x0 = 0, x1 = 0, y0 = 0, y1 = 0 }) => {
    const text = `${clipped(name, 32)}  ${whole(count)}${look === "all" ? "" : ` (${share(count, block.total)})`}`;
    return html`<g
      ><title>${name}: ${whole(count)}</title
      ><rect
        x="${x0.toFixed(1)}"
        y="${y0.toFixed(1)}"
        width="${(x1 - x0).toFixed(1)}"
        height="${Math.max(1.5, y1 - y0).toFixed(1)}"
        fill="${COLOUR[look]}"
      /><text
        x="${(x1 + 6).toFixed(1)}"
        y="${((y0 + y1) / 2).toFixed(1)}"
        dy="0.35em"
        stroke="var(--card)"
        stroke-width="4"
        stroke-linejoin="round"
        paint-order="stroke"
        fill="currentColor"
        >${text}</text
      ></g
    >`;
  });
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${WIDTH} ${height}"
    width="${WIDTH}"
    height="${height}"
    font-family="system-ui, sans-serif"
    font-size="12"
    role="img"
    aria-label="${label}"
  >
    ${bands}${boxes}
  </svg>`;
}
