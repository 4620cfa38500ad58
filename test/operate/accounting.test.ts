import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AccountRow, linesOf } from "../../src/operate/measures/accounting.ts";
import { mostlyLeftOut } from "../../src/operate/measures/newcomers.ts";
import { OWN } from "../../src/operate/measures/read.ts";
import { type Layers, standings } from "../../src/operate/measures/standing.ts";
import { accountLines, accountSummary, leftOutText } from "../../src/ui/accounting.ts";
import { csvLines } from "../../src/ui/csv.ts";
import { standingLines, staleLines } from "../../src/ui/standing.ts";
import { awsError, diskS3, stubContext } from "./support.ts";

const row = (measure: string, rule: string, count: number, what: string | null = null): AccountRow => ({
  measure,
  rule,
  what,
  count,
});
const ROWS = [
  row("encounters", "used", 18),
  row("encounters", "open", 0),
  row("encounters", "not_inpatient", 263),
  row("encounters", "not_inpatient", 190, "AMB"),
  row("encounters", "not_inpatient", 73, "EMER"),
  row("encounters", "starts_after_as_of", 120),
  row("conditions", "event", 0),
  row("conditions", "not_in_value_set", 1337),
  row("conditions", "onset_missing", 11),
  row("conditions", "onset_missing", 11, "CLABSI"),
];
const told = { rows: ROWS, asOf: "2023-06-30" };

test("two lines say what became of the encounters and of the infections", () => {
  expect(accountSummary(told, OWN)).toEqual([
    "used 18 of 401 encounters; 263 class not inpatient (AMB 190, EMER 73), 120 after as-of 2023-06-30",
    "0 events of 11 coded infections; 11 without onset (CLABSI 11)",
  ]);
});

test("without infections it says why, without conditions it tells of the stays", () => {
  const none = [row("encounters", "used", 1), row("conditions", "unknown_code_system", 3)];
  expect(accountSummary({ rows: none, asOf: null }, OWN)[1]).toBe(
    "no coded infection among 3 conditions; 3 of a code system that the value set does not know",
  );
  const stays = [row("stays", "complete", 2), row("stays", "continued", 1)];
  expect(accountSummary({ rows: stays, asOf: null }, OWN)).toEqual([
    "used 0 of 0 encounters",
    "2 of 3 stays complete; 1 continued by an open encounter",
  ]);
});

test("many reasons and many details are counted, not listed", () => {
  const many = ["A", "B", "C", "D", "E"].map((what, at) => row("encounters", "not_inpatient", 10 - at, what));
  const rules = ["status", "bad_start", "orphan_patient"].map((rule, at) => row("encounters", rule, 3 - at));
  const [line] = accountSummary({ rows: [row("encounters", "not_inpatient", 40), ...many, ...rules], asOf: null }, OWN);
  expect(line).toContain("40 class not inpatient (A 10, B 9, C 8, others 13), 3 neither finished nor active");
  expect(line).toContain("1 for other reasons");
});

test("the table has every rule, its details and its words", () => {
  const lines = accountLines(told, OWN).join("\n");
  expect(lines).toMatch(/encounters +not_inpatient +- +263 +class not inpatient/);
  expect(lines).toMatch(/encounters +not_inpatient +AMB +190/);
  expect(linesOf(ROWS, "conditions").map(({ rule }) => rule)).toEqual(["not_in_value_set", "onset_missing"]);
});

test("an ingest of which most was left out is told of with the key that decides, another is not", () => {
  const before = [
    row("encounters", "used", 10),
    row("encounters", "not_inpatient", 190),
    row("encounters", "not_inpatient", 190, "AMB"),
  ];
  const [found, ...more] = mostlyLeftOut(before, ROWS);
  expect(more.map(({ block }) => block)).toEqual(["conditions"]);
  expect(found).toMatchObject({ block: "encounters", came: 8 + 73 + 120 });
  expect(leftOutText(found!, OWN, "2023-06-30", ["measures.asOf (a.yaml:1:2)", "measures.inpatientClasses"])).toBe(
    "warning: 193 of 201 new encounters were left out: 120 after as-of 2023-06-30, 73 class not inpatient (EMER 73). measures.asOf (a.yaml:1:2) and measures.inpatientClasses would change that.",
  );
  expect(mostlyLeftOut(ROWS, ROWS)).toEqual([]);
  expect(mostlyLeftOut([], [row("encounters", "used", 5), row("encounters", "not_inpatient", 5)])).toEqual([]);
  // What no key of the config would let in.
  expect(mostlyLeftOut([], [row("encounters", "orphan_patient", 5)])).toEqual([]);
});

test("CSV quotes what needs it", () => {
  expect(
    csvLines(
      [
        { a: 'x "y", z', b: null },
        { a: 1, c: false },
      ],
      ["a"],
    ),
  ).toEqual(["a,b,c", '"x ""y"", z",,', "1,,false"]);
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "metriccare-standing-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const T1 = "20240101000000001";
const T2 = "20240102000000002";
const CSV = "category,first_day,system,match,code\n";
const PARAMETERS = { as_of: "2023-06-30", time_zone: "UTC", inpatient_classes: ["IMP"], planned_priorities: ["EL"] };

function commit(table: string, instant: string, said: Record<string, string> = {}): void {
  const folder = join(root, table, ".hoodie");
  mkdirSync(folder, { recursive: true });
  const extraMetadata = Object.fromEntries(Object.entries(said).map(([name, value]) => [`metriccare.${name}`, value]));
  writeFileSync(join(folder, `${instant}.commit`), JSON.stringify({ extraMetadata }));
}

const LAYERS: Layers = {
  bronze: "bronze",
  silver: "silver",
  gold: "gold",
  tables: {
    gold_mortality: { layer: "gold", table: "mortality" },
    gold_length_of_stay: { layer: "gold", table: "length_of_stay" },
  },
};
const ARGUMENTS = {
  "--as_of": "2023-06-30",
  "--time_zone": "UTC",
  "--inpatient_classes": "IMP",
  "--planned_priorities": "EL",
  "--icd10_systems": "urn:a",
  "--hai_value_set": "s3://scripts/hai.csv",
};

function standing(jobs: Record<string, Record<string, string>> | Error, tables: Layers["tables"] = LAYERS.tables) {
  const ctx = stubContext({
    s3: diskS3(root),
    glue: {
      batchGetJobs: ({ JobNames }: { JobNames: string[] }) => {
        if (jobs instanceof Error) throw jobs;
        return {
          Jobs: JobNames.filter((Name) => Name in jobs).map((Name) => ({ Name, DefaultArguments: jobs[Name] })),
        };
      },
    },
  });
  const names = Object.fromEntries(Object.keys(tables).map((key) => [key, key]));
  return standings(ctx, { ...LAYERS, tables }, { jobs: names });
}

function written(): void {
  for (const bucket of ["silver", "gold", "scripts"]) mkdirSync(join(root, bucket), { recursive: true });
  writeFileSync(join(root, "scripts", "hai.csv"), CSV);
  for (const dataset of ["patient", "encounter", "condition"]) commit(`silver/${dataset}`, T1);
  const silver = JSON.stringify({ patient: T1, encounter: T1 });
  const codes = { icd10_systems: ["urn:a"], hai_value_set: createHash("sha256").update(CSV).digest("hex") };
  const said = { silver, rules: "abc", run_id: "wr_1", computed_at: "2024-01-02T03:04:05Z" };
  commit("gold/mortality", T2, { ...said, parameters: JSON.stringify(PARAMETERS) });
  commit("gold/accounting", T2, {
    ...said,
    run_id: "",
    silver: JSON.stringify({ patient: T1, encounter: T1, condition: T1 }),
    parameters: JSON.stringify({ ...PARAMETERS, ...codes }),
  });
}
const ALL = { gold_mortality: ARGUMENTS, gold_length_of_stay: ARGUMENTS };

test("a table tells what it stands on, and that it is fresh", async () => {
  written();
  const found = await standing(ALL);
  expect(found.get("mortality")).toEqual({
    as_of: "2023-06-30",
    time_zone: "UTC",
    computed_at: "2024-01-02T03:04:05Z",
    rules: "abc",
    value_set: null,
    run_id: "wr_1",
    stale: false,
    because: [],
  });
  expect(found.get("accounting")).toMatchObject({
    stale: false,
    run_id: null,
    value_set: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect([...found.keys()]).toEqual(["mortality", "accounting"]);
  expect(standingLines(found)[0]).toBe(
    "As of 2023-06-30 (UTC), computed at 2024-01-02T03:04:05Z by run wr_1, rules abc: mortality",
  );
  expect(staleLines(found)).toEqual([]);
});

test("other parameters of the job make it stale, each by its name", async () => {
  written();
  writeFileSync(join(root, "scripts", "hai.csv"), `${CSV}A,3,urn:b,code,x\n`);
  const other = { ...ARGUMENTS, "--as_of": "2024-01-01" };
  const found = await standing({ gold_mortality: other, gold_length_of_stay: other });
  expect(found.get("mortality")).toMatchObject({ stale: true, because: ["as_of 2023-06-30 -> 2024-01-01"] });
  expect(found.get("accounting")?.because).toEqual(["as_of 2023-06-30 -> 2024-01-01", "the value set"]);
  expect(staleLines(found)).toEqual([
    "Stale: mortality, accounting: as_of 2023-06-30 -> 2024-01-01",
    "Stale: accounting: the value set",
  ]);
});

test("a newer Silver makes stale what reads it", async () => {
  written();
  commit("silver/condition", T2);
  const found = await standing(ALL);
  expect(found.get("mortality")?.stale).toBe(false);
  expect(found.get("accounting")).toMatchObject({
    stale: true,
    because: [expect.stringContaining("Silver's condition")],
  });
});

test("who may not look at the jobs is told so", async () => {
  written();
  const found = await standing(awsError("AccessDeniedException", "not authorized", 400));
  expect(found.get("mortality")?.stale).toBeNull();
  expect(staleLines(found)).toEqual([
    expect.stringMatching(/^May be stale: mortality, accounting: .* may not be read$/),
  ]);
});

test("what cannot be told is not fresh, and says why", async () => {
  written();
  const absent = await standing({});
  expect(absent.get("mortality")).toMatchObject({ stale: null, because: ["its job is not in AWS"] });
  const none = await standing(ALL, { gold_length_of_stay: { layer: "gold", table: "length_of_stay" } });
  expect(none.get("mortality")).toMatchObject({ stale: null, because: ["no job of the config writes it"] });
  commit("gold/length_of_stay", T2);
  const silent = await standing(ALL);
  expect(silent.get("length_of_stay")).toMatchObject({
    stale: null,
    because: ["its commits do not say what it was computed with"],
  });
  commit("gold/length_of_stay", T2, { parameters: JSON.stringify(PARAMETERS) });
  expect((await standing(ALL)).get("length_of_stay")).toMatchObject({
    stale: null,
    because: ["its commits do not say which of Silver it has read"],
  });
});

test("a table of Silver that is gone is told as that", async () => {
  written();
  rmSync(join(root, "silver", "patient"), { recursive: true });
  expect((await standing(ALL)).get("mortality")).toMatchObject({
    stale: true,
    because: ["Silver's patient, which it was computed from, is not there any more"],
  });
});
