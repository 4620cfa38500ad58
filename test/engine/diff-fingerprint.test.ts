import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buildGraph,
  closure,
  diffProps,
  diffTags,
  findCycle,
  fingerprint,
  Applied,
  matches,
  reverse,
  sameValue,
  unknownSelectors,
} from "../../src/engine/index.ts";
import { acyclic } from "../../src/engine/graph.ts";

const json = fc.object({
  maxDepth: 3,
  withBigInt: false,
  withDate: false,
  withMap: false,
  withSet: false,
  withTypedArray: false,
  values: [fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.constant(undefined)],
});
const turned = (x: unknown): unknown =>
  typeof x !== "object" || x === null
    ? x
    : Array.isArray(x)
      ? x.map(turned)
      : Object.fromEntries(
          Object.entries(x)
            .reverse()
            .map(([k, v]) => [k, turned(v)]),
        );

describe("diff", () => {
  test("absent is undefined, and the order of keys does not count", () => {
    fc.assert(fc.property(json, (value) => sameValue(value, turned(value))));
    expect(diffProps({ a: undefined, b: 1 }, { b: 1 }, {})).toEqual([]);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
    expect(sameValue(null, undefined)).toBe(false);
    expect(sameValue([], {})).toBe(false);
  });

  test("there is a difference exactly where there is one, and every leaf of it differs", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const found = diffProps(a, b, {});
        expect(found.length === 0).toBe(sameValue(a, b));
        for (const { before, after } of found) expect(sameValue(before, after)).toBe(false);
      }),
    );
  });

  test("paths name the leaf; rules reach everything below their prop", () => {
    const rules = {
      arguments: { sensitive: true },
      size: { onChange: "replace" as const },
      set: { equal: (a: unknown, b: unknown) => String(a) === String(b) },
    };
    expect(
      diffProps(
        { arguments: { "--conf": "a", "--x.y": "1" }, list: [{ k: 1 }, 2], size: 1, set: [1] },
        { arguments: { "--conf": "b" }, list: [{ k: 2 }, 2], size: 2, set: "1" },
        rules,
      ).map(({ segments: _s, ...rest }) => rest),
    ).toEqual([
      { path: "arguments.--conf", before: "a", after: "b", sensitive: true },
      { path: "arguments.--x.y", before: "1", after: undefined, sensitive: true },
      { path: "list.0.k", before: 1, after: 2 },
      { path: "size", before: 1, after: 2, forcesReplace: true },
    ]);
  });

  test("foreign tags and those of AWS itself are left alone", () => {
    const found = diffTags(
      { a: "1", foreign: "x", "aws:cloudformation:stack": "y", ours: "z" },
      { a: "2", b: "3" },
      (key) => key === "ours" || key.startsWith("aws:"),
    );
    expect(found.map(({ path, before, after }) => [path, before, after])).toEqual([
      ["tags.a", "1", "2"],
      ["tags.b", undefined, "3"],
      ["tags.ours", "z", undefined],
    ]);
  });
});

describe("the fingerprint of what was applied", () => {
  const wide = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.oneof(fc.string(), fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 30 })),
    { maxKeys: 60 },
  );

  test("fits into a tag of any service, whatever it stands for", () => {
    fc.assert(
      fc.property(wide, fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 40 }), (props, tags) =>
        /^[A-Za-z0-9+/=._:@-]{1,256}$/.test(fingerprint(props, tags, {})),
      ),
    );
  });

  test("is never stale for what it was made of", () => {
    fc.assert(
      fc.property(
        wide,
        (props) => Applied.parse(fingerprint(props, { a: "b" }, {}))?.stale(props, { a: "b" }, {}) === false,
      ),
      // Two names of the second example share their short hash.
      { examples: [[{}], [{ "-Ov`^": { "/#A*+;CIR7l": "" }, "Jkz5$Q%*`xg|": " " }]] },
    );
  });

  test("tells who changed what, down to the key of a map", () => {
    const applied = Applied.parse(fingerprint({ map: { a: "1", b: "2" }, x: 1 }, { Team: "t" }, {}));
    const now = { map: { a: "1", b: "3", c: "4" }, x: 1 };
    expect(applied?.cause(["map", "a"], now, {})).toBe("outside");
    expect(applied?.cause(["map", "b"], now, {})).toBe("config");
    expect(applied?.cause(["map", "c"], now, {})).toBe("config");
    expect(applied?.cause(["map", "stranger"], now, {})).toBe("outside");
    expect(applied?.cause(["x"], now, {})).toBe("outside");
    expect(applied?.cause(["x"], { ...now, x: 2 }, {})).toBe("config");
    expect(applied?.hadTag("Team")).toBe(true);
    expect(applied?.hadTag("Foreign")).toBe(false);
  });

  test("many attributes: coarser, but still there", () => {
    const props = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `map${i}`,
        Object.fromEntries(Array.from({ length: 20 }, (_, j) => [`k${j}`, `${j}`])),
      ]),
    );
    const text = fingerprint(props, { Team: "t" }, {});
    expect(text.length).toBeLessThanOrEqual(256);
    const applied = Applied.parse(text);
    expect(applied?.cause(["map3", "k1"], props, {})).toBe("outside");
    expect(applied?.cause(["map3", "k1"], { ...props, map3: {} }, {})).toBe("config");
  });

  test("secrets are not in it, and nothing is said of what cannot be read", () => {
    const rules = { password: { sensitive: true } };
    expect(fingerprint({ password: "a" }, {}, rules)).toBe(fingerprint({ password: "b" }, {}, rules));
    expect(Applied.parse(undefined)).toBeUndefined();
    expect(Applied.parse("?whatever")).toBeUndefined();
  });
});

describe("graph and selection", () => {
  test("cycles are found, and taking one edge out of each leaves none", () => {
    const edges = fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })), { maxLength: 20 });
    fc.assert(
      fc.property(edges, (list) => {
        const nodes = Array.from({ length: 7 }, (_, i) => ({
          key: `n${i}`,
          handles: [`h${i}`],
          needs: list.filter(([from]) => from === i).map(([, to]) => `h${to}`),
        }));
        const graph = buildGraph(nodes);
        const cycle = findCycle(graph);
        cycle?.forEach((key, i) => expect(graph.get(key)?.has(cycle[(i + 1) % cycle.length] ?? "")).toBe(true));
        expect(findCycle(acyclic(graph))).toBeUndefined();
      }),
    );
  });

  test("closures go with the needs, or against them", () => {
    const graph = buildGraph([
      { key: "a", handles: ["a"], needs: ["b", "elsewhere"] },
      { key: "b", handles: ["b"], needs: ["b", "c"] },
      { key: "c", handles: ["c"], needs: [] },
    ]);
    expect([...closure(graph, ["b"])].sort()).toEqual(["b", "c"]);
    expect([...closure(reverse(graph), ["b"])].sort()).toEqual(["a", "b"]);
  });

  test("an address, a kind or a service selects", () => {
    const job = { kind: "glue.job", id: "bronze_patient" };
    for (const selector of ["glue", "glue.job", "glue.job/bronze_patient"]) expect(matches(selector, job)).toBe(true);
    for (const selector of ["glue.jo", "glue.trigger", "s3", "glue.job/other"])
      expect(matches(selector, job)).toBe(false);
    expect(unknownSelectors(["glue", "glu", "glue.job/x"], [job], [{ name: "sns.topic" }])).toEqual([
      "glu",
      "glue.job/x",
    ]);
  });
});
