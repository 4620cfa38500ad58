import { type Arrow, type Box, FONT, type Head, layoutOf, type Point } from "./layout.ts";
import type { Picture } from "./picture.ts";

const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const num = (value: number): string => String(Math.round(value * 10) / 10);
const at = ([x, y]: Point): string => `${num(x)},${num(y)}`;

/** The tip ends where the path ends: at the border of the box. */
function arrow({ from, to, label, pieces }: Arrow): string {
  const first = pieces[0]?.[0] ?? [0, 0];
  const path = pieces.map((points) =>
    points.length === 2 ? `L${at(points[1] ?? first)}` : `C${points.slice(1).map(at).join(" ")}`,
  );
  const title = escape(`${from} -> ${to}${label ? `: ${label}` : ""}`);
  return `<path class="arrow" d="M${at(first)} ${path.join(" ")}" marker-end="url(#tip)"><title>${title}</title></path>`;
}

function lines(text: readonly string[], x: number, top: number, font: number, style: string): string {
  return text
    .map((line, i) => {
      const y = top + (i + 0.8) * font * FONT.line;
      return `<text class="${style}" x="${num(x)}" y="${num(y)}">${escape(line)}</text>`;
    })
    .join("");
}

function box({ id, x, y, width, height, label, detail }: Box, look: string | undefined): string {
  const middle = x + width / 2;
  const used = (label.length * FONT.label + detail.length * FONT.detail) * FONT.line;
  const top = y + (height - used) / 2;
  const under = top + label.length * FONT.label * FONT.line;
  return [
    `<g${look === undefined ? "" : ` class="${look}"`}><title>${escape(id)}</title>`,
    `<rect x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}" rx="6"/>`,
    lines(label, middle, top, FONT.label, "label"),
    lines(detail, middle, under, FONT.detail, "detail"),
    "</g>",
  ].join("");
}

const head = ({ x, y, lines: text }: Head): string => lines(text, x, y, FONT.head, "head");

const STYLE = [
  ":root{color-scheme:light dark;--page:#fff;--text:#1b2a38;--quiet:#4d6175;--box:#eef4fa;--edge:#4a7ba6;--line:#6d8296}",
  "@media(prefers-color-scheme:dark){:root{--page:#12181f;--text:#e6edf3;--quiet:#a9bacb;--box:#1d2a37;--edge:#6ea3d0;--line:#8ba0b4}}",
  "body{margin:16px;background:var(--page);color:var(--text);font:14px system-ui,sans-serif}h1{font-size:18px;overflow-wrap:anywhere}",
  // One width a character: what was computed is what is drawn.
  `text{text-anchor:middle;font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:var(--text);white-space:pre}`,
  `.label{font-size:${FONT.label}px}.detail{font-size:${FONT.detail}px;fill:var(--quiet)}.head{font-size:${FONT.head}px;font-weight:600;fill:var(--quiet)}`,
  "rect{fill:var(--box);stroke:var(--edge)}.arrow{fill:none;stroke:var(--line);stroke-width:1.3}#tip path{fill:var(--line)}",
  ".arrow:hover{stroke:var(--edge);stroke-width:3}svg{display:block}",
].join("");

/** The drawing alone: `looks` gives boxes a class, by their id. */
export function pictureSvg(picture: Picture, looks: (id: string) => string | undefined = () => undefined): string {
  const { width, height, boxes, heads, arrows } = layoutOf(picture);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${num(width)} ${num(height)}" width="${num(width)}" height="${num(height)}" role="img" aria-label="${escape(picture.title)}">`,
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0.5 L10,5 L0,9.5 z"/></marker></defs>',
    ...arrows.map(arrow),
    ...boxes.map((one) => box(one, looks(one.id))),
    ...heads.map(head),
    "</svg>",
  ].join("\n");
}

/** A page of its own with an SVG: no script, nothing loaded from anywhere. It is as large as it has to be, and scrolls. */
export function pictureHtml(picture: Picture): string[] {
  const title = escape(picture.title);
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`,
    `<style>${STYLE}</style>`,
    `<h1>${title}</h1>`,
    `${pictureSvg(picture)}</html>`,
  ];
}
