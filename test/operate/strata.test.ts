import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { AGE_BANDS, CATEGORY, FACILITY_YEAR, STRATA } from "../../src/lakehouse/strata.ts";
import { differences, ValueSets, wantedOf } from "../../src/operate/measures/parameters.ts";
import { publishable } from "../../src/operate/measures/publishable.ts";
import { type RowsBy, marked, readMeasures } from "../../src/operate/measures/read.ts";
import type { MeasureRow } from "../../src/operate/measures/row.ts";
import { measureLines } from "../../src/ui/measures.ts";
import { compiled, load, project } from "../services/compile/project.ts";
import { diskS3, stubContext } from "./support.ts";

const row = (more: Partial<MeasureRow> = {}): MeasureRow => ({
  measure: "length_of_stay",
  cohort: "all",
  facility: "all",
  period: "all",
  numerator: 200,
  denominator: 40,
  rate: 5,
  ...more,
});

describe("the config", () => {
  let made: { dir: string; remove: () => void };
  const measures = (text: string): void => {
    const file = join(made.dir, "config", "dev.yaml");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `measures:\n${text}`);
  };
  const argumentsOf = async (job: string): Promise<Record<string, string>> => {
    const { desired } = await compiled(made.dir, "dev");
    const found = desired.find(({ address }) => address.kind === "glue.job" && address.id === job);
    const { arguments: told } = (found?.props ?? {}) as { readonly arguments?: Record<string, string> };
    return told ?? {};
  };
  const mistakes = (text: string): string[] => {
    measures(text);
    try {
      load({ dir: made.dir, env: "dev" });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigInvalid)) throw error;
      return error.problems.map(({ path, message, file, line, column }) =>
        [file?.replace(`${made.dir}/`, ""), line, column, `${path} ${message}`].join(":"),
      );
    }
  };
  beforeEach(() => {
    made = project();
  });
  afterEach(() => made.remove());

  test("asks for none: no job has an argument more", async () => {
    const names = Object.keys(await argumentsOf("gold_hai"));
    expect(names).toContain("--hai_value_set");
    expect(names.filter((name) => /strata|bands/.test(name))).toEqual([]);
  });

  test("asks for some: the Gold jobs have them in one order, with bands where ages are among them", async () => {
    measures("  strata: [sex, facility_year]\n");
    expect(await argumentsOf("gold_hai")).toMatchObject({ "--strata": "facility_year,sex" });
    expect(await argumentsOf("gold_hai")).not.toHaveProperty("--age_bands");
    measures("  strata: [age]\n  ageBands: [65, 80]\n");
    expect(await argumentsOf("gold_readmission")).toMatchObject({ "--strata": "age", "--age_bands": "65,80" });
    expect(await argumentsOf("silver_patient")).not.toHaveProperty("--strata");
  });

  test.each([
    ["  strata: [sexes]\n", /^config\/dev\.yaml:2:12:measures\.strata\[0\] .*sexes/],
    ["  strata: [sex, sex]\n", /^config\/dev\.yaml:2:11:measures\.strata .*each of them once/],
    ["  ageBands: [65, 18]\n", /^config\/dev\.yaml:2:13:measures\.ageBands .*each above the one before/],
    ["  ageBands: [18, 6.5]\n", /^config\/dev\.yaml:2:18:measures\.ageBands\[1\] /],
    ["  ageBands: []\n", /^config\/dev\.yaml:2:13:measures\.ageBands /],
  ])("%j is told at its place", (text, told) => {
    expect(mistakes(text)).toEqual([expect.stringMatching(told)]);
  });

  test("knows what the jobs know", () => {
    expect(STRATA).toEqual([FACILITY_YEAR, "department", "sex", "age", CATEGORY]);
    expect(AGE_BANDS).toEqual(AGE_BANDS.toSorted((a, b) => a - b));
  });
});

describe("figures", () => {
  const GOLD = { as_of: "2024-01-01" };
  const told = async (args: Record<string, string>, said: Record<string, string>): Promise<string[]> =>
    differences(
      { ...GOLD, ...said },
      await wantedOf(stubContext({}), { "--as_of": "2024-01-01", ...args }, { valueSet: false }, new ValueSets()),
      0,
    );

  test("are stale when they are divided otherwise than their job would", async () => {
    expect(await told({}, {})).toEqual([]);
    expect(await told({ "--strata": "sex" }, {})).toEqual(["strata (none) -> sex"]);
    expect(await told({}, { strata: "sex" })).toEqual(["strata sex -> (none)"]);
    expect(await told({ "--strata": "sex,age", "--age_bands": "18" }, { strata: "age,sex", age_bands: "18" })).toEqual(
      [],
    );
    expect(await told({ "--strata": "age", "--age_bands": "18,65" }, { strata: "age", age_bands: "18" })).toEqual([
      "age_bands 18 -> 18,65",
    ]);
  });
});

describe("rows", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "metriccare-strata-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const NAMES = ["measure", "cohort", "facility", "period", "stratum"] as const;
  function put(rows: readonly MeasureRow[], names: readonly (keyof MeasureRow)[] = NAMES): void {
    mkdirSync(join(root, "gold", "length_of_stay", ".hoodie"), { recursive: true });
    const base = join(root, "gold", "length_of_stay");
    writeFileSync(join(base, ".hoodie", "20240101000000001.commit"), "{}");
    const column = (name: keyof MeasureRow, type: "STRING" | "DOUBLE") => ({
      name,
      type,
      nullable: true,
      data: rows.map((one) => one[name] ?? null),
    });
    const columnData = [
      ...names.map((name) => column(name, "STRING")),
      ...(["numerator", "denominator", "rate"] as const).map((name) => column(name, "DOUBLE")),
    ];
    writeFileSync(
      join(base, "a-0_0-1-1_20240101000000001.parquet"),
      new Uint8Array(parquetWriteBuffer({ columnData })),
    );
  }
  const read = async (by?: RowsBy): Promise<string[]> => {
    const ctx = stubContext({ s3: diskS3(root) });
    const { rows } = await readMeasures(ctx, { bucket: "gold", tables: ["length_of_stay"] }, { by });
    return rows.map(({ facility, period, stratum = "-" }) => [facility, period, stratum].join(" "));
  };

  test("of strata are shown where they are asked for, in the order of ages and places", async () => {
    put([
      row({ stratum: "age=65+" }),
      row({ stratum: "age=5-17" }),
      row({ stratum: "age=18-64", period: "2024" }),
      row({ stratum: "age=18-64", facility: "a" }),
      row({ stratum: "age=0-4" }),
      row({ stratum: "sex=female" }),
      row({ facility: "a", period: "2024" }),
      row({ period: "2024" }),
      row({ facility: "a" }),
      row({ stratum: "of tomorrow" }),
      row(),
    ]);
    expect(await read()).toEqual(["all all -", "a all -", "all 2024 -"]);
    expect(await read("age")).toEqual([
      "all all age=0-4",
      "all all age=5-17",
      "all all age=65+",
      "a all age=18-64",
      "all 2024 age=18-64",
    ]);
    expect(await read("facility_year")).toEqual(["a 2024 -"]);
    expect(await read("sex")).toEqual(["all all sex=female"]);
    expect(await read("overall")).toEqual(["all all -"]);
    expect(await read("department")).toEqual([]);
  });

  test("of a table without the column are what they were", async () => {
    put([row(), row({ facility: "a" })], NAMES.slice(0, 4));
    const ctx = stubContext({ s3: diskS3(root) });
    const { rows, all } = await readMeasures(ctx, { bucket: "gold", tables: ["length_of_stay"] });
    expect(rows).toEqual([row(), row({ facility: "a" })]);
    expect(all).toEqual(rows);
    expect(Object.keys(all[0] ?? {})).not.toContain("stratum");
  });

  test("have a column of strata in the table of people only where there are some, and are no headline", () => {
    const [head = ""] = measureLines([row()]);
    expect(head).not.toContain("stratum");
    const lines = measureLines([row({ measure: "hai", stratum: "sex=female" }), row({ stratum: "sex=female" })]);
    expect(lines[0]).toMatch(/period +stratum +count/);
    expect(lines.join("\n")).not.toContain("All patients");
  });

  test("of days are small by the stays of their own stratum, those of a category by the stays of all", () => {
    const small = (rows: MeasureRow[]): string[] =>
      marked(rows).flatMap(({ suppressed, measure, stratum = "" }) => (suppressed ? [`${measure} ${stratum}`] : []));
    const hai = (stratum?: string): MeasureRow =>
      row({ measure: "hai", numerator: 0, denominator: 190, ...(stratum === undefined ? {} : { stratum }) });
    expect(small([hai("sex=female"), row({ stratum: "sex=female", denominator: 3 }), hai(), row()])).toEqual([
      "hai sex=female",
      "length_of_stay sex=female",
    ]);
    expect(small([hai("hai_category=CDI"), hai(), row({ denominator: 3 })])).toEqual([
      "hai hai_category=CDI",
      "hai ",
      "length_of_stay ",
    ]);
    expect(small([hai("hai_category=CDI"), hai(), row()])).toEqual([]);
  });
});

describe("for publication", () => {
  const blank = (rows: MeasureRow[]): string[] =>
    publishable(rows)
      .filter(({ numerator }) => numerator === null)
      .map(({ measure, stratum = "", facility }) => [measure, facility, stratum].join(" "));
  const hai = (numerator: number, more: Partial<MeasureRow> = {}): MeasureRow =>
    row({ measure: "hai", numerator, denominator: 2000, rate: 0, ...more });

  test("a small value of a stratum takes another one with it, though neither is shown today", () => {
    expect(
      blank([
        row({ denominator: 100 }),
        row({ stratum: "sex=female", denominator: 60 }),
        row({ stratum: "sex=male", denominator: 35 }),
        row({ stratum: "sex=unknown", denominator: 5 }),
      ]).filter((one) => one.startsWith("length_of_stay ")),
    ).toEqual(["length_of_stay all sex=male", "length_of_stay all sex=unknown"]);
  });

  test("a category of few events takes another one with it, not those without any", () => {
    const rows = [
      row({ numerator: 2000, denominator: 400 }),
      hai(60),
      hai(40, { stratum: "hai_category=A" }),
      hai(15, { stratum: "hai_category=B" }),
      hai(5, { stratum: "hai_category=C" }),
      hai(0, { stratum: "hai_category=D" }),
    ];
    expect(blank(rows)).toEqual(["hai all hai_category=B", "hai all hai_category=C"]);
  });

  test("where all infections are blank, no category shows their days", () => {
    const at = (facility: string, stays: number): MeasureRow[] => [
      row({ facility, numerator: stays * 5, denominator: stays }),
      hai(0, { facility, denominator: stays * 5 }),
      hai(0, { facility, denominator: stays * 5, stratum: "hai_category=A" }),
    ];
    const rows = [...at("all", 105), ...at("a", 5), ...at("b", 40), ...at("c", 60)];
    expect(blank(rows)).toEqual([
      "length_of_stay a ",
      "hai a ",
      "hai a hai_category=A",
      "length_of_stay b ",
      "hai b ",
      "hai b hai_category=A",
    ]);
  });
});
