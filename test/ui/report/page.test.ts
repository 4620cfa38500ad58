import { createHash } from "node:crypto";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { publishable } from "../../../src/operate/measures/publishable.ts";
import { summaryOf } from "../../../src/operate/report/summary.ts";
import { ACCOUNT, found, HEAD, HOSTILE, modelFor, named, NOTHING, pageFor, sampleRows } from "./found.ts";

/** What a program reads out of the page. */
interface Cell {
  readonly textContent: string;
  readonly getAttribute: (name: string) => string | null;
  readonly querySelectorAll: (selector: string) => Iterable<{ readonly textContent: string }>;
}
const all = (page: string, selector: string): Cell[] => [...parseHTML(page).document.querySelectorAll(selector)];

const keyOf = (row: { measure: string; cohort: string; facility: string; period: string }): string =>
  JSON.stringify([row.measure, row.cohort, row.facility, row.period]);

/** Key, numerator, denominator, rate as attributes have them; and what the cells say. */
function readBack(page: string) {
  return all(page, "tr[data-row]").map((row) => ({
    key: JSON.stringify(JSON.parse(row.getAttribute("data-row") ?? "")),
    numbers: ["numerator", "denominator", "rate"].map((name) => row.getAttribute(`data-${name}`)),
    suppressed: row.getAttribute("data-suppressed") === "true",
    cells: [...row.querySelectorAll(".n")].map(({ textContent }) => textContent),
  }));
}

/** The rules are words of their own. */
const beforeDefinitions = (page: string): string => page.slice(0, page.indexOf('<section id="definitions"'));

const text = (value: number | null): string => (value === null ? "" : String(value));

const rows = sampleRows([...named(3), HOSTILE, "x".repeat(500)]);
let whole: string | undefined;
/** Drawn once: it has everything in it. */
const wholePage = (): string => (whole ??= pageFor(found(rows)));

describe("the numbers of the page", () => {
  test("are those of Gold, each row once, in attributes and in cells", () => {
    const back = readBack(wholePage());
    const expected = rows.map((row) => ({
      key: keyOf(row),
      numbers: [row.numerator, row.denominator, row.rate].map(text),
      suppressed: row.suppressed === true,
    }));
    const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
    expect(back.map(({ key, numbers, suppressed }) => ({ key, numbers, suppressed })).toSorted(byKey)).toEqual(
      expected.toSorted(byKey),
    );
    for (const { cells, numbers } of back) expect(cells.slice(0, 2)).toEqual(numbers.slice(0, 2));
  });

  test("with publishable are those that measures --publishable shows, and no others", () => {
    const given = sampleRows(named(9), 3, [2023]);
    const page = pageFor(found(given), { publishable: true });
    const shown = publishable(given);
    expect(new Map(readBack(page).map(({ key, numbers }) => [key, numbers]))).toEqual(
      new Map(shown.map((row) => [keyOf(row), [row.numerator, row.denominator, row.rate].map(text)])),
    );
    const hidden = given.filter((_, i) => shown[i]?.numerator === null);
    expect(hidden.length).toBeGreaterThan(20);
    expect(hidden.length).toBeLessThan(given.length);
    // A rate of many digits is nobody else's; nor is a pair of counts, unless a row that is shown has the same.
    const rates = new Set(shown.map(({ rate }) => String(rate)));
    const pairs = new Set(shown.map(({ numerator, denominator }) => `${numerator} / ${denominator}`));
    for (const { rate, numerator, denominator } of hidden) {
      if (String(rate).length > 8 && !rates.has(String(rate))) expect(page.includes(String(rate))).toBe(false);
      const pair = `${numerator} / ${denominator}`;
      if (!pairs.has(pair)) expect(page.includes(`>${pair}<`)).toBe(false);
    }
  });

  test("hold the accounting, to the line", () => {
    const back = all(wholePage(), "tr[data-account]").map((row) => [
      ...(JSON.parse(row.getAttribute("data-account") ?? "") as unknown[]),
      Number(row.getAttribute("data-count")),
    ]);
    const expected = ACCOUNT.map(({ measure, rule, what, count }) => [measure, rule, what, count]);
    expect(back.map((line) => JSON.stringify(line)).toSorted()).toEqual(
      expected.map((line) => JSON.stringify(line)).toSorted(),
    );
  });

  test("come with intervals, but for means", () => {
    const page = wholePage();
    const cells = (figure: string): string[] =>
      readBack(page).find(({ key }) => key === JSON.stringify([figure, "all", "facility-0", "all"]))?.cells ?? [];
    expect(cells("readmission_30d")[3]).toMatch(/^\d+\.\d\d% to \d+\.\d\d%$/);
    expect(cells("hai")[3]).toMatch(/^\d+\.\d\d to \d+\.\d\d$/);
    expect(cells("length_of_stay")[3]).toBe("–");
    expect(page).toContain("A mean: it has no interval here");
  });
});

test("rows of strata and of a facility's years stand in a table of their own", () => {
  const [one] = sampleRows(["North"]).filter(({ facility, period }) => facility === "all" && period === "all");
  if (!one) throw new Error("no row");
  const further = [
    { ...one, stratum: "sex=female" },
    { ...one, facility: "North", period: "2023" },
  ];
  const page = pageFor(found([one, ...further]));
  expect(readBack(page).map(({ key }) => JSON.parse(key) as string[])).toEqual([
    [one.measure, "all", "all", "all"],
    [one.measure, "all", "all", "all", "sex=female"],
    [one.measure, "all", "North", "2023"],
  ]);
  expect(page.includes("in further groups")).toBe(true);
});

describe("the page", () => {
  test("loads nothing, runs nothing, and allows its own style alone", () => {
    const page = wholePage();
    const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(
      page.match(/<script|<iframe|<link(?! rel="icon" href="data:,")|\sstyle="|\son\w+="|@import|url\((?!#)/i),
    ).toBeNull();
    const addresses = [...page.matchAll(/\b(?:href|src|action)="([^"]*)"/g)].map(([, address = ""]) => address);
    expect(addresses.filter((one) => !one.startsWith("#") && one !== "data:,")).toEqual([]);
    const ids = new Set(all(page, "[id]").map((one) => `#${one.getAttribute("id")}`));
    expect(addresses.filter((one) => one.startsWith("#") && !ids.has(one))).toEqual([]);
    expect(ids.size).toBe(all(page, "[id]").length);
  });

  test("shows what may be markup as text, wherever it comes from", () => {
    const hostile = sampleRows(["ok", HOSTILE]).map((row) => ({
      ...row,
      cohort: row.cohort === "all" ? "all" : HOSTILE,
    }));
    const { value: runs } = found([]).runs as { value: readonly { run_id: string }[] };
    const page = pageFor(
      found(hostile, {
        accounting: { value: [...ACCOUNT, { measure: HOSTILE, rule: HOSTILE, what: HOSTILE, count: 44 }] },
        runs: { value: runs.map((run) => ({ ...run, failed: [HOSTILE] })) as never },
        checks: [{ check: HOSTILE, level: "error", text: HOSTILE }],
        undelivered: { missing: HOSTILE },
      }),
      { project: HOSTILE },
    );
    expect(page.match(/<script|<img|\sonerror="|\u202e/)).toBeNull();
    expect(page.includes("\u0007")).toBe(false);
    expect(all(page, "script, img, iframe")).toEqual([]);
    const known = new Set(["html", "head", "meta", "title", "link", "style", "body", "a", "div", "nav", "ul", "li"]);
    const drawn = ["svg", "g", "path", "rect", "text", "tspan", "line", "circle", "defs", "marker"];
    const words = [
      "header",
      "main",
      "footer",
      "section",
      "h1",
      "h2",
      "h3",
      "p",
      "span",
      "strong",
      "em",
      "code",
      "time",
    ];
    const parts = ["dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"];
    for (const name of [...drawn, ...words, ...parts, "details", "summary"]) known.add(name);
    const names = new Set([...parseHTML(page).document.querySelectorAll("*")].map((one) => one.localName));
    expect([...names].filter((name) => !known.has(name.toLowerCase()))).toEqual([]);
  });

  test("says of every part what is not there, where nothing is", () => {
    const page = pageFor(NOTHING);
    for (const words of ["There are no figures yet", "no Gold table `accounting`", "No run yet", "has no ledger"])
      expect(page.includes(words), words).toBe(true);
    expect(beforeDefinitions(page).match(/NaN|undefined|null|Infinity/g)).toBeNull();
    expect(summaryOf(modelFor(NOTHING), "r.html", 1)).toMatchObject({ rows: 0, runs: 0, accounting: null });
  });

  test("says as of when, and what is stale", () => {
    const page = wholePage();
    for (const words of ["2023-06-30", "America/Chicago", "3f2a91c0", "Stale:", "as_of 2023-06-30"])
      expect(page.includes(words), words).toBe(true);
    expect(modelFor(found(rows)).stands.map(({ table, stale }) => [table, stale?.length])).toEqual([
      ["readmission", 0],
      ["mortality", 0],
      ["hai", 1],
      ["length_of_stay", 0],
    ]);
  });

  test("never says fresh of what could not be looked at", () => {
    const denied = { standing: { missing: "The credentials in use may not read it." } };
    const page = pageFor(found(rows, denied));
    expect(page).toMatch(
      /May be stale:<\/strong>\s+whether [^<]*cannot be told\. The credentials in use may not read it\.\s/,
    );
    expect(modelFor(found(rows, denied)).stands.map(({ stale }) => stale)).toEqual([null, null, null]);
  });

  test("has a definition beside every figure, and every rule that it cites", () => {
    const page = wholePage();
    const own = all(page, "details > summary").filter(({ textContent }) => textContent === "What this counts");
    expect(own.length).toBe(7);
    for (const rule of ["M1", "M2", "M3", "M4", "S3", "V2", "P1", "C4"])
      expect(page.includes(`id="rule-${rule}"`), rule).toBe(true);
  });

  test("tells a summary that fits it", () => {
    const summary = summaryOf(modelFor(found(rows)), "r.html", 10);
    expect(summary).toMatchObject({
      publishable: HEAD.publishable,
      rows: rows.length,
      suppressed: rows.filter(({ suppressed }) => suppressed).length,
      facilities: 5,
      figures: 7,
      runs: 20,
      last_verdict: "succeeded",
      unread: {},
    });
    expect(summary.accounting?.[0]).toMatchObject({ measure: "encounters", total: 40_400 });
  });
});
