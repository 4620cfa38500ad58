import type { Picture, PictureNode } from "./picture.ts";
import { type Box, type Cell, mean, neighboursOf, ordered, placed, type Route } from "./layout-order.ts";
import { linesOf, widthOf } from "./text-box.ts";

/**
 * Where boxes and arrows go. Boxes stand in the columns that the picture gives them. An arrow that passes a column has a
 * lane of its own there, as a box has its place: so no arrow runs behind a box. Between columns there is nothing but arrows.
 */

export type { Box } from "./layout-order.ts";

export interface Head {
  readonly x: number;
  readonly y: number;
  readonly lines: readonly string[];
}

export type Point = readonly [x: number, y: number];

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string | undefined;
  /** A start, then pieces: two points are the ends of a line, four those of a curve with its handles. */
  readonly pieces: readonly (readonly Point[])[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly heads: readonly Head[];
  readonly arrows: readonly Arrow[];
}

export const FONT = { label: 13, detail: 11, head: 13, line: 1.35 } as const;
const PAD = { x: 12, y: 9 } as const;
const MARGIN = 24;
const LANE = 4;

const lineHeight = (font: number): number => font * FONT.line;

function boxOf(node: PictureNode): Omit<Box, "x" | "y" | "width"> {
  const label = linesOf(node.label);
  const detail = node.detail ? linesOf(node.detail, 38) : [];
  const height = PAD.y * 2 + label.length * lineHeight(FONT.label) + detail.length * lineHeight(FONT.detail);
  return { id: node.id, node, label, detail, height };
}

/** Boxes by column, columns numbered without gaps; then a lane for every column that an arrow passes. */
function cellsOf(picture: Picture): { columns: Cell[][]; routes: Route[] } {
  const numbers = [...new Set(picture.nodes.map((node) => node.column))].sort((a, b) => a - b);
  const cells = new Map<string, Cell>();
  for (const node of picture.nodes) {
    const box = boxOf(node);
    cells.set(node.id, { id: node.id, column: numbers.indexOf(node.column), height: box.height, box, y: 0 });
  }
  const routes = picture.edges.flatMap(({ from, to, label }): Route[] => {
    const [start, end] = [cells.get(from), cells.get(to)];
    if (!start || !end) return [];
    const step = Math.sign(end.column - start.column);
    const passed: Cell[] = [];
    for (let i = 1; i < Math.abs(end.column - start.column); i += 1) {
      const column = start.column + i * step;
      // Arrows of one box that go the same way share a lane, and part behind it.
      const id = `\u0000${from}\u0000${column}`;
      const lane = cells.get(id) ?? { id, column, height: LANE, y: 0 };
      cells.set(id, lane);
      passed.push(lane);
    }
    return [{ from, to, label, cells: [start, ...passed, end] }];
  });
  const columns = numbers.map((_, column) => [...cells.values()].filter((cell) => cell.column === column));
  return { columns, routes };
}

/** Where on a side of its box each arrow ends: spread over the side in the order of where it goes. */
function ports(routes: readonly Route[]): (box: Cell, towards: Cell, side: "left" | "right") => number {
  const ends = new Map<string, Set<Cell>>();
  const add = (box: Cell, towards: Cell, side: string): void => {
    const key = `${side}\u0001${box.id}`;
    ends.set(key, (ends.get(key) ?? new Set()).add(towards));
  };
  for (const { cells } of routes) {
    const [start, second] = cells;
    const [last, before] = [cells.at(-1), cells.at(-2)];
    if (!start || !second || !last || !before) continue;
    add(start, second, sideOf(start, second));
    add(last, before, sideOf(last, before));
  }
  const orders = new Map([...ends].map(([key, set]) => [key, [...set].sort((a, b) => a.y - b.y)]));
  return (box, towards, side) => {
    const order = orders.get(`${side}\u0001${box.id}`) ?? [];
    const room = box.height - 2 * PAD.y;
    return box.y - room / 2 + (room * (order.indexOf(towards) + 1)) / (order.length + 1);
  };
}

/** Arrows within a column go round on the right. */
const sideOf = (box: Cell, towards: Cell): "left" | "right" => (towards.column < box.column ? "left" : "right");

interface Span {
  readonly left: number;
  readonly right: number;
}

const curve = ([xa, ya]: Point, [xb, yb]: Point): Point[] => {
  const middle = (xa + xb) / 2;
  return [
    [xa, ya],
    [middle, ya],
    [middle, yb],
    [xb, yb],
  ];
};

function arrowOf(route: Route, spans: readonly Span[], gap: number, portOf: ReturnType<typeof ports>): Arrow {
  const { cells } = route;
  const [start, second] = cells;
  const [last, before] = [cells.at(-1), cells.at(-2)];
  if (!start || !second || !last || !before) throw new Error("an arrow has two ends");
  const x = (cell: Cell, side: "left" | "right"): number => spans[cell.column]?.[side] ?? 0;
  const begin: Point = [x(start, sideOf(start, second)), portOf(start, second, sideOf(start, second))];
  const end: Point = [x(last, sideOf(last, before)), portOf(last, before, sideOf(last, before))];
  const shown = { from: route.from, to: route.to, label: route.label };
  if (start.column === last.column) {
    const out = begin[0] + gap * 0.6;
    // From a box to itself both ends would be one point.
    const [ya, yb] = start === last ? [begin[1] - 5, end[1] + 5] : [begin[1], end[1]];
    return {
      ...shown,
      pieces: [
        [
          [begin[0], ya],
          [out, ya],
          [out, yb],
          [end[0], yb],
        ],
      ],
    };
  }
  const forward = last.column > start.column;
  const pieces: Point[][] = [];
  let at = begin;
  for (const lane of cells.slice(1, -1)) {
    const enter: Point = [x(lane, forward ? "left" : "right"), lane.y];
    const leave: Point = [x(lane, forward ? "right" : "left"), lane.y];
    pieces.push(curve(at, enter), [enter, leave]);
    at = leave;
  }
  pieces.push(curve(at, end));
  return { ...shown, pieces };
}

const widthOfBox = ({ label, detail }: Pick<Box, "label" | "detail">): number =>
  PAD.x * 2 +
  Math.max(0, ...label.map((line) => widthOf(line, FONT.label)), ...detail.map((line) => widthOf(line, FONT.detail)));

/** The groups of a column, each once. */
const headOf = (column: readonly Cell[]): string =>
  [...new Set(column.flatMap(({ box }) => box?.node.group ?? []))].join(", ");

/** Places everything. The same picture gives the same layout. */
export function layoutOf(picture: Picture): Layout {
  const { columns, routes } = cellsOf(picture);
  const neighbours = neighboursOf(routes);
  ordered(columns, neighbours);
  placed(columns, neighbours);
  const gap = Math.min(220, 70 + Math.max(0, ...columns.map((column) => column.length)) * 2);
  const headLines = columns.map((column) => linesOf(headOf(column)));
  const widths = columns.map((column, i) =>
    Math.max(
      120,
      ...column.map(({ box }) => (box ? widthOfBox(box) : 0)),
      ...(headLines[i] ?? []).map((line) => widthOf(line, FONT.head)),
    ),
  );
  let left = MARGIN;
  const spans = widths.map((width): Span => {
    const span = { left, right: left + width };
    left = span.right + gap;
    return span;
  });
  const all = columns.flat();
  const top = MARGIN + Math.max(0, ...headLines.map((lines) => lines.length)) * lineHeight(FONT.head) + 14;
  const highest = Math.min(0, ...all.map((cell) => cell.y - cell.height / 2));
  for (const cell of all) cell.y += top - highest;
  const portOf = ports(routes);
  return {
    width: left - gap + gap * 0.6 + MARGIN,
    height: Math.max(top, ...all.map((cell) => cell.y + cell.height / 2)) + MARGIN,
    boxes: all.flatMap(({ box, column, y, height }) => {
      const span = spans[column];
      return box && span ? [{ ...box, x: span.left, y: y - height / 2, width: span.right - span.left }] : [];
    }),
    heads: headLines.map((lines, i) => ({ lines, y: MARGIN, x: mean([spans[i]?.left ?? 0, spans[i]?.right ?? 0]) })),
    arrows: routes.map((route) => arrowOf(route, spans, gap, portOf)),
  };
}
