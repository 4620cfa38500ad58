import type { PictureNode } from "./picture.ts";

/** Which cell stands where in its column: few arrows cross, and none leads further than it must. */

const GAP = { box: 18, lane: 9 } as const;

export interface Box {
  readonly id: string;
  readonly node: PictureNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly label: readonly string[];
  readonly detail: readonly string[];
}

/** A box, or the lane of an arrow that passes. */
export interface Cell {
  readonly id: string;
  readonly column: number;
  readonly height: number;
  readonly box?: Omit<Box, "x" | "y" | "width">;
  /** Middle. */
  y: number;
}

/** An arrow by the cells that it passes, its ends among them. */
export interface Route {
  readonly from: string;
  readonly to: string;
  readonly label: string | undefined;
  readonly cells: readonly Cell[];
}

type Neighbours = ReadonlyMap<Cell, readonly Cell[]>;

/** What each cell is linked to. */
export function neighboursOf(routes: readonly Route[]): Neighbours {
  const found = new Map<Cell, Cell[]>();
  const add = (a: Cell, b: Cell): void => void found.set(a, [...(found.get(a) ?? []), b]);
  const known = new Set<string>();
  for (const { cells } of routes)
    for (const [i, cell] of cells.slice(1).entries()) {
      const before = cells[i];
      const key = `${before?.id}\u0001${cell.id}`;
      if (!before || before === cell || known.has(key)) continue;
      known.add(key);
      add(before, cell);
      add(cell, before);
    }
  return found;
}

const SWEEPS = 8;

/** Orders each column by where its neighbours in the column before stand, there and back: fewer arrows cross. */
export function ordered(columns: Cell[][], neighbours: Neighbours): void {
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0;
    const at = new Map(
      columns.flatMap((column) => column.map((cell, i) => [cell, i / Math.max(1, column.length - 1)])),
    );
    for (const column of forth ? columns : columns.toReversed()) {
      const wish = (cell: Cell): number => {
        const others = (neighbours.get(cell) ?? []).filter((one) =>
          forth ? one.column < cell.column : one.column > cell.column,
        );
        return others.length === 0 ? (at.get(cell) ?? 0) : mean(others.map((one) => at.get(one) ?? 0));
      };
      const wishes = new Map(column.map((cell) => [cell, wish(cell)]));
      column.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
      for (const [i, cell] of column.entries()) at.set(cell, i / Math.max(1, column.length - 1));
    }
  }
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const between = (a: Cell, b: Cell): number => (a.height + b.height) / 2 + (a.box && b.box ? GAP.box : GAP.lane);

/** Moves a column as near to the wishes as order and distances let: neighbours that are in each other's way share their mean. */
function settle(column: readonly Cell[], wish: (cell: Cell) => number): void {
  let offset = 0;
  const offsets = column.map((cell, i) => (offset += i === 0 ? 0 : between(column[i - 1] ?? cell, cell)));
  const blocks: { sum: number; count: number }[] = [];
  for (const [i, cell] of column.entries()) {
    blocks.push({ sum: wish(cell) - (offsets[i] ?? 0), count: 1 });
    for (
      let last = blocks.at(-1), before = blocks.at(-2);
      last && before;
      last = blocks.at(-1), before = blocks.at(-2)
    ) {
      if (before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  const base = blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  for (const [i, cell] of column.entries()) cell.y = (base[i] ?? 0) + (offsets[i] ?? 0);
}

export function placed(columns: readonly Cell[][], neighbours: Neighbours): void {
  for (const column of columns) settle(column, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1)
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed())
      settle(column, (cell) => {
        const others = (neighbours.get(cell) ?? []).filter((one) => one.column !== cell.column);
        return others.length === 0 ? cell.y : mean(others.map((one) => one.y));
      });
}
