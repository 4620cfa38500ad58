import { visible } from "./visible.ts";

/** A picture: boxes in columns, arrows between them. What it shows is decided by the caller. */
export interface PictureNode {
  readonly id: string;
  readonly label: string;
  /** A second, smaller line. */
  readonly detail?: string;
  /** Column, from the left. */
  readonly column: number;
  readonly group?: string;
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

export interface Picture {
  readonly title: string;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

/** The picture with all of its texts on one line each, in which everything can be seen: names may come from a script or from AWS. */
export const visiblePicture = (picture: Picture): Picture => {
  const shown = <T extends object>(one: T): T =>
    Object.fromEntries(
      Object.entries(one).map(([key, value]) => [key, typeof value === "string" ? visible(value) : value]),
    ) as T;
  return { title: visible(picture.title), nodes: picture.nodes.map(shown), edges: picture.edges.map(shown) };
};

const columnsOf = (picture: Picture): PictureNode[][] => {
  const columns = new Map<number, PictureNode[]>();
  for (const node of picture.nodes) columns.set(node.column, [...(columns.get(node.column) ?? []), node]);
  return [...columns].sort(([a], [b]) => a - b).map(([, nodes]) => nodes);
};

/** Text: column by column, each node with where its arrows go. */
export function pictureText(picture: Picture): string[] {
  const labels = new Map(picture.nodes.map((node) => [node.id, node.label]));
  const lines = [picture.title];
  for (const column of columnsOf(picture)) {
    lines.push("");
    const groups = [...new Set(column.flatMap(({ group }) => group ?? []))];
    if (groups.length > 0) lines.push(groups.join(", "));
    for (const node of column) {
      const targets = picture.edges
        .filter((edge) => edge.from === node.id)
        .map((edge) => `${labels.get(edge.to) ?? edge.to}${edge.label ? ` (${edge.label})` : ""}`);
      lines.push(
        `  ${node.label}${node.detail ? `  [${node.detail}]` : ""}${targets.length > 0 ? `  -> ${targets.join(", ")}` : ""}`,
      );
    }
  }
  return lines;
}

const mermaidId = (id: string): string => `n_${id.replace(/[^A-Za-z0-9]/g, "_")}`;
/** Mermaid's own rule for what is not text: `#quot;`, `#35;`. */
const mermaidText = (text: string): string =>
  text.replace(/[#"<>&]/g, (found) => ({ '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;" })[found] ?? "#35;");
const quoted = (text: string): string => `"${text}"`;

export function pictureMermaid(picture: Picture): string[] {
  const nodes = picture.nodes.map(
    (node) =>
      `  ${mermaidId(node.id)}[${quoted([node.label, ...(node.detail ? [node.detail] : [])].map(mermaidText).join("<br/>"))}]`,
  );
  const edges = picture.edges.map(
    (edge) =>
      `  ${mermaidId(edge.from)} -->${edge.label ? `|${quoted(mermaidText(edge.label))}|` : ""} ${mermaidId(edge.to)}`,
  );
  return ["flowchart LR", ...nodes, ...edges];
}

/** Graphviz: a backslash and a quote are escaped by a backslash. */
const dotText = (text: string): string => text.replace(/[\\"]/g, "\\$&");

export function pictureDot(picture: Picture): string[] {
  const nodes = picture.nodes.map(
    (node) =>
      `  ${quoted(dotText(node.id))} [label=${quoted([node.label, ...(node.detail ? [node.detail] : [])].map(dotText).join("\\n"))}];`,
  );
  const edges = picture.edges.map(
    (edge) =>
      `  ${quoted(dotText(edge.from))} -> ${quoted(dotText(edge.to))}${edge.label ? ` [label=${quoted(dotText(edge.label))}]` : ""};`,
  );
  return ["digraph metriccare {", "  rankdir=LR; node [shape=box];", ...nodes, ...edges, "}"];
}
