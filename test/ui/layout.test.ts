import { join } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Arrow, type Box, FONT, type Layout, layoutOf, type Point } from "../../src/ui/layout.ts";
import type { Picture } from "../../src/ui/picture.ts";
import { pictureHtml } from "../../src/ui/picture-html.ts";
import { linesOf, placesOf, widthOf } from "../../src/ui/text-box.ts";
import { inProcess } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

/** Where boxes, texts and arrows lie, by the numbers of the page itself. */
const inside = ([x, y]: Point, box: Box): boolean =>
  x > box.x + 0.01 && x < box.x + box.width - 0.01 && y > box.y + 0.01 && y < box.y + box.height - 0.01;

/** Points along an arrow, close enough together that no box is jumped over. */
function pointsOf({ pieces }: Arrow): Point[] {
  return pieces.flatMap((piece) =>
    Array.from({ length: 41 }, (_, i): Point => {
      const t = i / 40;
      const at = (axis: 0 | 1): number => {
        const [a = 0, b = 0, c = 0, d = 0] = piece.map((point) => point[axis]);
        if (piece.length === 2) return a + (b - a) * t;
        return a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
      };
      return [at(0), at(1)];
    }),
  );
}

function check(picture: Picture): Layout {
  const layout = layoutOf(picture);
  const { boxes, arrows, heads, width, height } = layout;
  expect(boxes).toHaveLength(picture.nodes.length);
  for (const [i, a] of boxes.entries()) {
    expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
    for (const b of boxes.slice(i + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(apart, `${a.id} and ${b.id} overlap`).toBe(true);
    }
    // Every text is whole, and lies within its box.
    expect(a.label.join("").replace(/\s/g, "")).toBe(a.node.label.replace(/\s/g, ""));
    expect(a.detail.join("").replace(/\s/g, "")).toBe((a.node.detail ?? "").replace(/\s/g, ""));
    for (const line of a.label) expect(widthOf(line, FONT.label)).toBeLessThanOrEqual(a.width);
    for (const line of a.detail) expect(widthOf(line, FONT.detail)).toBeLessThanOrEqual(a.width);
    expect((a.label.length * FONT.label + a.detail.length * FONT.detail) * FONT.line).toBeLessThanOrEqual(a.height);
  }
  for (const head of heads) {
    const bottom = head.y + head.lines.length * FONT.head * FONT.line;
    for (const box of boxes) expect(box.y).toBeGreaterThanOrEqual(bottom);
  }
  const byId = new Map(boxes.map((box) => [box.id, box]));
  for (const arrow of arrows) {
    const points = pointsOf(arrow);
    const onBorder = (id: string, point: Point | undefined): boolean => {
      const box = byId.get(id);
      if (!box || !point) return false;
      const [x, y] = point;
      const side = Math.abs(x - box.x) < 0.01 || Math.abs(x - box.x - box.width) < 0.01;
      return side && y >= box.y && y <= box.y + box.height;
    };
    expect(onBorder(arrow.from, points[0]), `${arrow.from} -> ${arrow.to} starts at the border`).toBe(true);
    expect(onBorder(arrow.to, points.at(-1)), `${arrow.from} -> ${arrow.to} ends at the border`).toBe(true);
    for (const point of points) {
      expect(point[0] >= 0 && point[0] <= width && point[1] >= 0 && point[1] <= height).toBe(true);
      const crossed = boxes.find((box) => inside(point, box));
      expect(crossed?.id, `${arrow.from} -> ${arrow.to} runs behind it`).toBeUndefined();
    }
    // What is drawn hangs together.
    for (const [i, piece] of arrow.pieces.slice(1).entries()) expect(piece[0]).toEqual(arrow.pieces[i]?.at(-1));
  }
  return layout;
}

const random: fc.Arbitrary<Picture> = fc
  .record({
    columns: fc.array(fc.tuple(fc.nat(6), fc.string({ maxLength: 300, unit: "grapheme" }), fc.boolean()), {
      minLength: 1,
      maxLength: 25,
    }),
    edges: fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 60 }),
  })
  .map(({ columns, edges }) => ({
    title: "t",
    nodes: columns.map(([column, label, detailed], i) => ({
      id: `n${i}`,
      label,
      column: column * 3,
      group: `group ${column}`,
      ...(detailed ? { detail: label } : {}),
    })),
    edges: edges.map(([from, to]) => ({ from: `n${from}`, to: `n${to}` })),
  }));

describe("a picture", () => {
  test("of any boxes and arrows: nothing overlaps, nothing runs behind anything", () => {
    fc.assert(
      fc.property(random, (picture) => void check(picture)),
      { numRuns: 60 },
    );
  });

  test("of 300 resources with names of 255 characters, in good time", () => {
    const nodes = Array.from({ length: 300 }, (_, i) => ({
      id: `n${i}`,
      label: `glue.job/job_${i}`,
      detail: `${"x".repeat(i % 2 ? 251 : 20)}_${String(i).padStart(3, "0")}`,
      column: i % 6,
      group: `step ${(i % 6) + 1}`,
    }));
    const edges = nodes.flatMap((node, i) =>
      [1, 2, 5, 7].map((step) => ({ from: nodes[(i * step + step) % 300]?.id ?? "", to: node.id })),
    );
    const began = performance.now();
    pictureHtml({ title: "t", nodes, edges });
    expect(performance.now() - began).toBeLessThan(5000);
    check({ title: "t", nodes, edges: edges.slice(0, 300) });
  }, 60_000);

  test("the same one twice gives the same page; it loads nothing and runs nothing", () => {
    const picture: Picture = {
      title: "a <b> & c",
      nodes: [
        { id: "a", label: '<script>alert("x")</script>', column: 0 },
        { id: "b", label: "b", column: 1, detail: "&" },
      ],
      edges: [{ from: "a", to: "b", label: "<i>" }],
    };
    const page = pictureHtml(picture).join("\n");
    expect(pictureHtml(picture).join("\n")).toBe(page);
    expect(page).not.toMatch(/<script|<i>|(src|href)=|url\((?!#)|@import/);
    expect(page).toContain("prefers-color-scheme:dark");
  });
});

describe("texts", () => {
  test("are cut where words end, and anywhere where they do not", () => {
    expect(linesOf("short")).toEqual(["short"]);
    expect(linesOf("metriccare-scripts-dev-123456789012-us-east-1", 32)).toEqual([
      "metriccare-scripts-dev-",
      "123456789012-us-east-1",
    ]);
    expect(linesOf("x".repeat(70), 32).map((line) => line.length)).toEqual([32, 32, 6]);
    expect(linesOf("")).toEqual([""]);
  });
  test("take two places a character where they do", () => {
    expect(placesOf("病院ab")).toBe(6);
    expect(widthOf("ab", 10)).toBeCloseTo(12.2);
  });
});

describe("graph", () => {
  let folder: ReturnType<typeof project>;
  beforeAll(() => {
    folder = project();
  });
  afterAll(() => folder.remove());
  interface Shown {
    readonly nodes: Picture["nodes"];
    readonly edges: Picture["edges"];
  }
  const graph = async (...more: string[]): Promise<Shown> => {
    const ran = await inProcess(folder.dir, ["graph", "--env", "dev", "--json", ...more]);
    expect(ran.code, ran.err).toBe(0);
    return JSON.parse(ran.out) as Shown;
  };
  const into = ({ edges }: Shown, to: string): string[] =>
    edges.filter((edge) => edge.to === to).map(({ from, label }) => `${from}${label ? ` (${label})` : ""}`);

  test("of the shipped config and of its resources", async () => {
    for (const more of [[], ["--resources"]]) check({ title: "t", ...(await graph(...more)) });
  });

  test("draws the queue of what the function could not record, which `config show` names too", async () => {
    const shown = await graph();
    expect(into(shown, "queue/undelivered")).toEqual(["function (could not be recorded)"]);
    expect(into(shown, "function")).toContain("queue/undelivered (is taken up again)");
    const ran = await inProcess(folder.dir, ["config", "show", "--env", "dev", "--json"]);
    expect((JSON.parse(ran.out) as { queues: unknown }).queues).toMatchObject({ undelivered: { retentionDays: 14 } });
  });

  test("draws what the triggers say, not what the layers would", async () => {
    const overlay = join(folder.dir, "config", "dev.yaml");
    const before = readFileSync(overlay, "utf8");
    try {
      writeFileSync(
        overlay,
        [
          "workflow:",
          "  triggers:",
          "    start: { type: scheduled, schedule: 'cron(0 6 * * ? *)', actions: [bronze_patient] }",
          "    more: { type: conditional, after: [bronze_patient], actions: [bronze_encounter, bronze_condition] }",
          "    gold: { after: [silver_encounter, silver_patient], actions: [gold_readmission, gold_mortality] }",
          "    measures: { after: [silver_encounter, silver_patient], actions: [gold_length_of_stay] }",
          "    last:",
          "      type: conditional",
          "      predicate: { logical: ANY, conditions: [{ job: silver_condition }, { job: gold_mortality, state: FAILED }] }",
          "      actions: [gold_hai]",
          "rules:",
          "  mine: { schedule: rate(1 day), targets: [alerts] }",
          "",
        ].join("\n"),
      );
      const shown = await graph();
      expect(into(shown, "job/bronze_patient")).toEqual(["workflow (cron(0 6 * * ? *))"]);
      expect(into(shown, "job/bronze_condition")).toEqual(["job/bronze_patient"]);
      expect(into(shown, "job/gold_readmission").toSorted()).toEqual(["job/silver_encounter", "job/silver_patient"]);
      expect(into(shown, "job/gold_hai")).toEqual(["job/silver_condition (any)", "job/gold_mortality (any, FAILED)"]);
      expect(into(shown, "topic")).toContain("rule/mine (tells)");
      const column = (id: string): number => shown.nodes.find((node) => node.id === id)?.column ?? -1;
      expect(column("job/bronze_condition")).toBe(column("job/bronze_patient") + 1);
      expect(column("job/gold_hai")).toBe(column("job/gold_mortality") + 1);
      check({ title: "t", ...shown });
    } finally {
      writeFileSync(overlay, before);
    }
  });
});
