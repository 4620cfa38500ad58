import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OWN } from "../../src/operate/measures/read.ts";
import type { Layers } from "../../src/operate/measures/standing.ts";
import { RULES, type Why } from "../../src/operate/measures/story.ts";
import { whyOf } from "../../src/operate/measures/why.ts";
import { whyLines } from "../../src/ui/why.ts";
import { parquetOf, type Shape } from "./parquet.ts";
import { awsError, diskS3, stubContext } from "./support.ts";

/** A lake on disk with what the jobs keep of stays: two commits, of which the second computed one person anew. */
const T1 = "20240101000000001";
const T2 = "20240102000000002";
const T3 = "20240103000000003";
const PARAMETERS = {
  as_of: "2023-06-30",
  time_zone: "UTC",
  inpatient_classes: ["IMP"],
  planned_priorities: ["EL"],
  icd10_systems: ["urn:a"],
};
const SILVER = { patient: T1, encounter: T2, condition: T1 };
const BASIS = {
  silver: SILVER,
  parameters: PARAMETERS,
  rules: "abc",
  number: 2,
  whole: 1,
  persons: 2,
  since: 1,
  merged: 2,
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "metriccare-why-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;
let files = 0;

function put(
  table: string,
  partition: string,
  instant: string,
  shape: Record<string, Shape>,
  rows: readonly Row[],
): void {
  const folder = join(root, table, partition);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `f${files++}-0_0-1-1_${instant}.parquet`), parquetOf(shape, rows));
}

function commit(table: string, instant: string, said: Record<string, unknown> = {}): void {
  const folder = join(root, table, ".hoodie");
  mkdirSync(folder, { recursive: true });
  const extraMetadata = Object.fromEntries(
    Object.entries(said).map(([name, value]) => [
      `metriccare.${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  writeFileSync(join(folder, `${instant}.commit`), JSON.stringify({ extraMetadata }));
}

const ENCOUNTER: Shape = {
  id: "text",
  patient_id: "text",
  part_of: "text",
  start_ts: "time",
  start_date: "day",
  end_ts: "time",
  end_date: "day",
  disp: "text",
  facility: "text",
  planned: "flag",
  person: { birth_date: "day", death_date: "day", death_unknown: "flag" },
  closed: "flag",
  status: "text",
  status_code: "text",
  reason: "text",
};
const STAY: Shape = {
  patient_id: "text",
  stay_id: "text",
  admit_ts: "time",
  admit_date: "day",
  planned: "flag",
  end_ts: "time",
  discharge_date: "day",
  disp: "text",
  facility: "text",
  death_date: "day",
  encounter_ids: ["text"],
  joined: ["text"],
  discharge_id: "text",
  held_ids: ["text"],
  continued: "flag",
  midnights: "int",
  los_days: "int",
  conflict: "flag",
  died: "flag",
  vital_unknown: "flag",
  age65plus: "flag",
};
const INFECTION: Shape = {
  id: "text",
  encounter_id: "text",
  category: "text",
  onset: "day",
  stay_id: "text",
  outcome: "text",
  detail: "text",
};
const ADD: Shape = {
  source: "text",
  measure: "text",
  hits: "long",
  at_risk: "long",
  rule: "text",
  what: "text",
  by_id: "text",
};
// Hudi writes lists in two levels: read back, one of structs stands in a member `array`, and an empty one is null.
const FIGURES: Shape = {
  stay_id: "text",
  age65plus: "flag",
  facility: "text",
  discharge_date: "text",
  adds: { array: [ADD] },
};
const KINDS = { encounter: ENCOUNTER, infection: INFECTION, stay: STAY, figures: FIGURES };
const KEPT: Record<string, Shape> = { kind: "text", person: "text", id: "text", number: "int", ...KINDS };

const at = (text: string): Date => new Date(text);

const encounter = (id: string, more: Row = {}): Row => ({
  id,
  patient_id: "p",
  part_of: null,
  start_ts: at("2023-01-01T08:00:00Z"),
  start_date: at("2023-01-01"),
  end_ts: at("2023-01-03T10:00:00Z"),
  end_date: at("2023-01-03"),
  disp: null,
  facility: "f",
  planned: false,
  person: { birth_date: at("1950-01-01"), death_date: null, death_unknown: false },
  closed: true,
  status: "finished",
  status_code: "finished",
  reason: null,
  ...more,
});
const stay = (id: string, more: Row = {}): Row => ({
  patient_id: "p",
  stay_id: id,
  admit_ts: at("2023-01-01T08:00:00Z"),
  admit_date: at("2023-01-01"),
  planned: false,
  end_ts: at("2023-01-05T10:00:00Z"),
  discharge_date: at("2023-01-05"),
  disp: "home",
  facility: "f",
  death_date: null,
  encounter_ids: [id],
  joined: ["first"],
  discharge_id: id,
  held_ids: null,
  continued: false,
  midnights: 4,
  los_days: 4,
  conflict: false,
  died: false,
  vital_unknown: false,
  age65plus: true,
  ...more,
});
const add = (measure: string, hits: number, atRisk: number, more: Row = {}): Row => ({
  source: "s",
  measure,
  hits: BigInt(hits),
  at_risk: BigInt(atRisk),
  rule: null,
  what: null,
  by_id: null,
  ...more,
});
const figures = (id: string, adds: readonly Row[]): Row => ({
  stay_id: id,
  age65plus: true,
  facility: "f",
  discharge_date: "2023-01-05",
  adds: { array: adds },
});

const kept = (kind: keyof typeof KINDS, number: number, person: string, row: Row): Row => ({
  kind,
  person,
  number,
  id: row["id"] ?? row["stay_id"],
  [kind]: row,
});

function keep(instant: string, rows: readonly Row[]): void {
  for (const kind of [...Object.keys(KINDS), "person", "merged"]) {
    const own = rows.filter((row) => row["kind"] === kind);
    if (own.length > 0) put("silver/stays", `kind=${kind}`, instant, KEPT, own);
  }
}

const SILVER_ROW: Record<string, Shape> = {
  _hoodie_commit_time: "text",
  id: "text",
  patient_id: "text",
  status: "text",
  status_code: "text",
  classes: ["text"],
  start: "text",
  end: "text",
  part_of: "text",
  disposition: "text",
  facility: "text",
};
const silver = (id: string, more: Row = {}): Row => ({
  _hoodie_commit_time: T1,
  id,
  patient_id: "p",
  status: "finished",
  status_code: "finished",
  classes: ["IMP"],
  start: "2023-01-01T08:00:00Z",
  ...more,
});

/** e1 and e2 are a stay, e3 a segment of e1; e4 is open and its readmission; e5 is cancelled, e6 ambulant, e7 too new, e8 deleted. */
function lake(): void {
  keep(T1, [
    kept("encounter", 1, "p", encounter("e1", { reason: "status", closed: false })),
    kept("encounter", 1, "q", encounter("e5", { patient_id: "q", reason: "status", status_code: "cancelled" })),
    kept("encounter", 1, "#e9", encounter("e9", { patient_id: null, reason: "orphan_patient", person: null })),
  ]);
  commit("silver/stays", T1, { basis: { ...BASIS, number: 1 } });
  keep(T2, [
    kept("encounter", 2, "p", encounter("e1")),
    kept("encounter", 2, "p", encounter("e2", { end_ts: at("2023-01-05T10:00:00Z"), end_date: at("2023-01-05") })),
    kept("encounter", 2, "p", encounter("e3", { reason: "part_of_inpatient", part_of: "e1" })),
    kept(
      "encounter",
      2,
      "p",
      encounter("e4", { closed: false, status_code: "in-progress", end_ts: null, end_date: null }),
    ),
    kept(
      "stay",
      2,
      "p",
      stay("e1", { encounter_ids: ["e1", "e2"], joined: ["first", "same_day"], discharge_id: "e2" }),
    ),
    kept("infection", 2, "p", {
      id: "c",
      encounter_id: "e3",
      category: "CDI",
      onset: at("2023-01-04"),
      stay_id: "e1",
      outcome: "event",
      detail: "CDI",
    }),
    kept(
      "figures",
      2,
      "p",
      figures("e1", [
        add("readmission_30d", 1, 1, { what: "readmitted", by_id: "e4" }),
        add("mortality_30d", 0, 0, { rule: "ama" }),
        add("hai", 1, 4, { what: "with_event" }),
        add("length_of_stay", 4, 1),
      ]),
    ),
    { kind: "person", person: "p", id: "p", number: 2 },
    { kind: "merged", person: "p", id: "old", number: 2 },
  ]);
  commit("silver/stays", T2, { basis: BASIS });
  put("silver/encounter", "", T1, SILVER_ROW, [
    silver("e1"),
    silver("e2", { patient_id: "old" }),
    silver("e3", { part_of: "e1" }),
    silver("e4", { status_code: "in-progress" }),
    silver("e5", { patient_id: "q" }),
    silver("e6", { patient_id: "old", classes: ["AMB"] }),
    silver("e9", { patient_id: null }),
  ]);
  commit("silver/encounter", T1);
  commit("silver/encounter", T2);
  for (const dataset of ["patient", "condition"]) commit(`silver/${dataset}`, T1);
  put("silver/encounter_deleted", "", T1, { id: "text", gone_time: "text" }, [{ id: "e8", gone_time: "9" }]);
  commit("silver/encounter_deleted", T1);
  for (const table of ["readmission", "mortality"])
    commit(`gold/${table}`, T2, { silver: SILVER, parameters: PARAMETERS });
}

const LAYERS: Layers = {
  bronze: "bronze",
  silver: "silver",
  gold: "gold",
  tables: { gold_length_of_stay: { layer: "gold", table: "length_of_stay" } },
};
const ARGUMENTS = {
  "--as_of": "2023-06-30",
  "--time_zone": "UTC",
  "--inpatient_classes": "IMP",
  "--planned_priorities": "EL",
  "--icd10_systems": "urn:a",
};

function asked(ids: readonly string[], stubs: { s3?: object; args?: Record<string, string> } = {}): Promise<Why[]> {
  const ctx = stubContext({
    s3: { ...diskS3(root), ...stubs.s3 },
    glue: {
      batchGetJobs: ({ JobNames }: { JobNames: string[] }) => ({
        Jobs: JobNames.map((Name) => ({ Name, DefaultArguments: stubs.args ?? ARGUMENTS })),
      }),
      getWorkflow: () => ({ Workflow: {} }),
      getWorkflowRuns: () => ({ Runs: [] }),
    },
  });
  const run = { workflow: "w", jobs: { gold_length_of_stay: "gold_length_of_stay" } };
  return whyOf({ ctx, layers: LAYERS, run }, ids);
}

const why = async (id: string): Promise<Why> => {
  const [found] = await asked([id]);
  if (!found) throw new Error("no answer");
  return found;
};
const fired = ({ fired: rules }: Why): string[] => rules.map(({ rule, what, of }) => `${of} ${rule} ${what}`);

describe("why a stay counts as it does", () => {
  beforeEach(lake);

  test("its encounters, the rules in order, what each figure made of it, and on what that stands", async () => {
    const found = await why("e1");
    expect(found).toMatchObject({
      encounter: "e1",
      patient: "p",
      stay: { id: "e1", admission: "2023-01-01", discharge: "2023-01-05", los_days: 4, age65plus: true },
      conditions: [{ id: "c", category: "CDI", onset: "2023-01-04", outcome: "event" }],
      decides: [],
      elsewhere: [],
      as_of: "2023-06-30",
      computed_at: "2024-01-02T00:00:00Z",
      rules: "abc",
      stale: false,
    });
    expect(found.encounters.map(({ id, part, patient, end }) => [id, part, patient, end])).toEqual([
      ["e1", "made", "p", "2023-01-03T10:00:00Z"],
      ["e2", "made", "old", "2023-01-05T10:00:00Z"],
      ["e3", "segment", "p", "2023-01-03T10:00:00Z"],
    ]);
    expect(fired(found)).toEqual([
      "e1 E8 used",
      "e1 S1 first",
      "e1 S2 admission",
      "e2 L1 merged",
      "e2 E8 used",
      "e2 S1b same_day",
      "e2 S2 discharge",
      "e3 E7 part_of_inpatient",
      "e1 S3 complete",
      "e1 C2 age65plus",
    ]);
    expect(
      found.figures.map(({ measure, rule, numerator, denominator }) => [measure, rule, numerator, denominator]),
    ).toEqual([
      ["readmission_30d", "used", 1, 1],
      // Nothing is kept of it in this lake.
      ["mortality_in_hospital", null, null, null],
      ["mortality_30d", "ama", 0, 0],
      ["hai", "used", 1, 4],
      ["hai_stays", null, null, null],
      ["length_of_stay", "used", 4, 1],
      ["length_of_stay_midnights", null, null, null],
    ]);
  });

  test("any encounter of it leads to it, and one that decided tells of what", async () => {
    for (const id of ["e2", "e3"]) expect((await why(id)).stay?.id).toBe("e1");
    const open = await why("e4");
    expect([open.stay, fired(open), open.decides]).toEqual([
      null,
      ["e4 E8 open"],
      [{ measure: "readmission_30d", stay: "e1" }],
    ]);
  });

  test("an encounter in no stay tells the rule that left it out", async () => {
    const found = await asked(["e5", "e6", "e8", "e9"]);
    expect(found.map(fired)).toEqual([
      ["e5 E2 status"],
      ["e6 E1 not_inpatient"],
      ["e8 D3 deleted"],
      ["e9 E3 orphan_patient"],
    ]);
    expect(found.map(({ stay: one, figures: all }) => [one, all.length])).toEqual(found.map(() => [null, 0]));
    expect(found[1]?.encounters[0]?.classes).toEqual(["AMB"]);
  });

  test("people read the same", async () => {
    const text = whyLines(await why("e2"), OWN).join("\n");
    expect(text).toContain(
      "Encounter e2 is in stay e1 of patient p: 2023-01-01 to 2023-01-05, 4 days, 4 midnights, facility f",
    );
    expect(text).toMatch(/L1 +e2 +merged +its patient old was merged into p/);
    expect(text).toMatch(/S1b +e2 +same_day +starts on the date of the latest end so far/);
    expect(text).toMatch(/readmission_30d +1 +1 +used +readmitted +by e4/);
    expect(text).toMatch(/mortality_30d +0 +0 +ama +- +left against medical advice/);
    expect(text).toMatch(/c +CDI +2023-01-04 +event/);
    expect(text).toContain("As of 2023-06-30 (UTC), computed at 2024-01-02T00:00:00Z, rules abc: stays");
    const out = whyLines(await why("e6"), OWN).join("\n");
    expect(out).toContain("Encounter e6 of patient old is in no stay");
    expect(out).toMatch(/E1 +e6 +not_inpatient +class not inpatient: AMB; inpatient are IMP/);
    expect(whyLines(await why("e4"), OWN).join("\n")).toContain("It decided readmission_30d of stay e1.");
  });
});

test("rules have the names of docs/measures.md", () => {
  const said = readFileSync(new URL("../../docs/measures.md", import.meta.url), "utf8");
  const named = [...said.matchAll(/^- \*\*(E[1-7])\*\* `(\w+)`/gm)].map(([, rule, what]) => [what, rule]);
  expect(named).toHaveLength(7);
  expect(Object.entries(RULES)).toEqual(expect.arrayContaining(named));
});

describe("what has moved since", () => {
  beforeEach(lake);

  test("a newer Silver is told, and each encounter that it changes, brings or drops", async () => {
    put("silver/encounter", "", T3, SILVER_ROW, [
      silver("e2", { _hoodie_commit_time: T3 }),
      silver("e7", { _hoodie_commit_time: T3 }),
    ]);
    rmSync(join(root, "silver/encounter"), { recursive: true });
    put("silver/encounter", "", T3, SILVER_ROW, [
      silver("e2", { _hoodie_commit_time: T3, patient_id: "q" }),
      silver("e7", { _hoodie_commit_time: T3 }),
    ]);
    commit("silver/encounter", T3);
    const [stayed, fresh] = await asked(["e1", "e7"]);
    expect(stayed).toMatchObject({ stale: true, stale_because: expect.stringContaining("Silver's encounter") });
    expect(fired(stayed!).slice(0, 2)).toEqual(["e1 N2 gone_since", "e1 E8 used"]);
    expect(fired(stayed!)).toContain("e2 N2 changed_since");
    expect(fired(fresh!)).toEqual(["e7 N2 not_taken_up"]);
  });

  test("other parameters make it stale, and a Gold table of others is named", async () => {
    commit("gold/readmission", T3, { silver: SILVER, parameters: { ...PARAMETERS, as_of: "2023-07-01" } });
    const [found] = await asked(["e1"], { args: { ...ARGUMENTS, "--as_of": "2023-07-01" } });
    expect(found).toMatchObject({
      stale: true,
      stale_because: "as_of 2023-06-30 -> 2023-07-01",
      elsewhere: ["readmission"],
    });
    expect(whyLines(found!, OWN).join("\n")).toContain(
      "Gold stands on something else, and may not have this yet: readmission",
    );
  });

  test("as of today, yesterday's stays are fresh until the day's run", async () => {
    const kept = (asOf: string) =>
      commit("silver/stays", T2, { basis: { ...BASIS, parameters: { ...PARAMETERS, as_of: asOf } } });
    const args = { ...ARGUMENTS, "--as_of": "today" };
    // The clock of these tests says 1 May.
    kept("2024-04-30");
    expect((await asked(["e1"], { args }))[0]).toMatchObject({ as_of: "2024-04-30", stale: false });
    kept("2024-04-29");
    expect((await asked(["e1"], { args }))[0]).toMatchObject({ stale: true });
  });
});

describe("what cannot be answered", () => {
  test("an unknown id is told without it", async () => {
    lake();
    for (const ids of [["secret-1"], ["e1", "secret-1"]]) {
      const error: unknown = await asked(ids).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "unknown_encounter" });
      expect(JSON.stringify([error, String(error)])).not.toContain("secret");
    }
  });

  test("before the first run, and where a commit says nothing, it says which run makes them", async () => {
    mkdirSync(join(root, "silver"), { recursive: true });
    const wanted = {
      code: "nothing_kept",
      fix: "A run of the workflow makes them: metriccare run-workflow --env test",
    };
    await expect(asked(["e1"])).rejects.toMatchObject(wanted);
    lake();
    commit("silver/stays", T3);
    await expect(asked(["e1"])).rejects.toMatchObject(wanted);
  });

  test("rows of an older version of the jobs say too little", async () => {
    lake();
    const { joined: _, ...older } = stay("e1");
    const { joined: __, ...shape } = STAY as Record<string, Shape>;
    rmSync(join(root, "silver/stays/kind=stay"), { recursive: true });
    put("silver/stays", "kind=stay", T2, { ...KEPT, stay: shape }, [kept("stay", 2, "p", older)]);
    await expect(asked(["e1"])).rejects.toMatchObject({ code: "kept_otherwise" });
  });

  test("who may not read single stays is told the right", async () => {
    lake();
    const getObject = (input: { Key: string }): unknown => {
      if (input.Key.startsWith("stays/kind=")) throw awsError("AccessDenied", "not authorized", 403);
      return (diskS3(root)["getObject"] as (input: unknown) => unknown)(input);
    };
    await expect(asked(["e1"], { s3: { getObject } })).rejects.toMatchObject({
      code: "why_denied",
      fix: expect.stringContaining("metriccare iam-policy operator --why --env test"),
    });
  });
});
