import type { Path } from "./problem.ts";
import { type Located, nodeAt, valueOf } from "./source.ts";

type Change = (holder: Located, last: string | number) => Located;

const withEntries = (node: Located, entries: ReadonlyMap<string, Located>): Located => ({
  ...node,
  entries,
  value: valueOf(entries),
});

const withItems = (node: Located, items: readonly Located[]): Located => ({
  ...node,
  items,
  value: items.map(({ value }) => value),
});

/** The node with another one in place of one that it holds. */
function holding(node: Located, part: string | number, inner: Located): Located {
  if (typeof part === "number" && node.items) return withItems(node, node.items.with(part, inner));
  return node.entries ? withEntries(node, new Map(node.entries).set(String(part), inner)) : node;
}

/** The tree with a change to what holds the last part of a path; as it is where the path leads nowhere. */
function changed(node: Located, [head, ...rest]: Path, change: Change): Located {
  if (head === undefined) return node;
  const inner = nodeAt(node, [head]);
  if (inner === undefined) return node;
  return rest.length === 0 ? change(node, head) : holding(node, head, changed(inner, rest, change));
}

/** Without what stands at a path. */
export const without = (root: Located, path: Path): Located =>
  changed(root, path, (holder, last) => {
    if (holder.items) return withItems(holder, holder.items.toSpliced(Number(last), 1));
    return withEntries(holder, new Map([...(holder.entries ?? [])].filter(([key]) => key !== last)));
  });

/** With another key in the same place. */
export const renamed = (root: Located, path: Path, to: string): Located =>
  changed(root, path, (holder, last) =>
    withEntries(holder, new Map([...(holder.entries ?? [])].map(([key, one]) => [key === last ? to : key, one]))),
  );

/** With another text in the same place. */
export const replaced = (root: Located, path: Path, value: string): Located =>
  changed(root, path, (holder, last) => {
    const inner = nodeAt(holder, [last]);
    return inner === undefined ? holder : holding(holder, last, { ...inner, value });
  });
