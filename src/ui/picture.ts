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
    const group = column[0]?.group;
    if (group) lines.push(group);
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
const quoted = (text: string): string => `"${text.replace(/"/g, "'")}"`;

export function pictureMermaid(picture: Picture): string[] {
  const nodes = picture.nodes.map(
    (node) => `  ${mermaidId(node.id)}[${quoted(node.detail ? `${node.label}<br/>${node.detail}` : node.label)}]`,
  );
  const edges = picture.edges.map(
    (edge) => `  ${mermaidId(edge.from)} -->${edge.label ? `|${quoted(edge.label)}|` : ""} ${mermaidId(edge.to)}`,
  );
  return ["flowchart LR", ...nodes, ...edges];
}

export function pictureDot(picture: Picture): string[] {
  const nodes = picture.nodes.map(
    (node) => `  ${quoted(node.id)} [label=${quoted(node.detail ? `${node.label}\\n${node.detail}` : node.label)}];`,
  );
  const edges = picture.edges.map(
    (edge) => `  ${quoted(edge.from)} -> ${quoted(edge.to)}${edge.label ? ` [label=${quoted(edge.label)}]` : ""};`,
  );
  return ["digraph metriccare {", "  rankdir=LR; node [shape=box];", ...nodes, ...edges, "}"];
}

const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

const BOX = { width: 190, height: 46, gapX: 80, gapY: 18, top: 70, left: 24 };

/** A page of its own with an SVG: no script, nothing loaded from anywhere. */
export function pictureHtml(picture: Picture): string[] {
  const columns = columnsOf(picture);
  const tallest = Math.max(1, ...columns.map((column) => column.length));
  const height = BOX.top + tallest * (BOX.height + BOX.gapY) + 20;
  const width = BOX.left * 2 + columns.length * BOX.width + (columns.length - 1) * BOX.gapX;
  const at = new Map<string, { x: number; y: number }>();
  columns.forEach((column, c) => {
    const offset = ((tallest - column.length) * (BOX.height + BOX.gapY)) / 2;
    column.forEach((node, r) =>
      at.set(node.id, { x: BOX.left + c * (BOX.width + BOX.gapX), y: BOX.top + offset + r * (BOX.height + BOX.gapY) }),
    );
  });
  const arrows = picture.edges.flatMap((edge) => {
    const from = at.get(edge.from);
    const to = at.get(edge.to);
    if (!from || !to) return [];
    const back = to.x <= from.x;
    const x1 = back ? from.x : from.x + BOX.width;
    const x2 = back ? to.x + BOX.width : to.x;
    const y1 = from.y + BOX.height / 2;
    const y2 = to.y + BOX.height / 2;
    const bend = (x2 - x1) / 2;
    return [
      `<path d="M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}" class="arrow" marker-end="url(#tip)"><title>${escape(edge.label ?? "")}</title></path>`,
    ];
  });
  const boxes = picture.nodes.map((node) => {
    const { x, y } = at.get(node.id) ?? { x: 0, y: 0 };
    const detail = node.detail
      ? `<text x="${x + BOX.width / 2}" y="${y + 35}" class="detail">${escape(node.detail)}</text>`
      : "";
    return `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/><text x="${x + BOX.width / 2}" y="${y + (node.detail ? 19 : 27)}">${escape(node.label)}</text>${detail}`;
  });
  const heads = columns.map(
    (column, c) =>
      `<text x="${BOX.left + c * (BOX.width + BOX.gapX) + BOX.width / 2}" y="${BOX.top - 18}" class="head">${escape(column[0]?.group ?? "")}</text>`,
  );
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(picture.title)}</title>`,
    "<style>body{font:14px system-ui,sans-serif;margin:16px;background:#fff;color:#1b2a38}rect{fill:#eef4fa;stroke:#4a7ba6}text{text-anchor:middle;font-size:13px}.detail{font-size:11px;fill:#567}.head{font-weight:600;fill:#345}.arrow{fill:none;stroke:#7a8fa3;stroke-width:1.4}svg{max-width:100%;height:auto}</style>",
    `<h1 style="font-size:18px">${escape(picture.title)}</h1>`,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escape(picture.title)}">`,
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="#7a8fa3"/></marker></defs>',
    ...arrows,
    ...boxes,
    ...heads,
    "</svg></html>",
  ];
}
