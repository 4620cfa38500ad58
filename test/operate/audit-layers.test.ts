import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerFindings, type Layers } from "../../src/operate/audit/layers.ts";
import type { AuditFinding } from "../../src/operate/audit/events.ts";
import { tablesOf } from "../../src/lakehouse/tables.ts";
import { load, project } from "../services/compile/project.ts";
import { collect, diskS3, stubContext } from "./support.ts";

/** Tables are their commits here: what a run has read stands in them. */
let root: string;
let status = "COMPLETED";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "metriccare-layers-"));
  for (const bucket of ["bronze", "silver", "gold"]) mkdirSync(join(root, bucket));
  status = "COMPLETED";
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function commit(table: string, instant: string, said: Record<string, string> = {}, action = "commit"): void {
  const folder = join(root, table, ".hoodie");
  mkdirSync(folder, { recursive: true });
  const extraMetadata = Object.fromEntries(Object.entries(said).map(([name, value]) => [`metriccare.${name}`, value]));
  writeFileSync(join(folder, `${instant}.${action}`), JSON.stringify({ extraMetadata }));
}
const goldOn = (instants: object): Record<string, string> => ({ silver: JSON.stringify(instants), parameters: "[]" });

/** Keys of jobs and what they write; their names in AWS are their keys. */
const TABLES: Layers["tables"] = {
  bronze_patient: { layer: "bronze", table: "patient" },
  silver_patient: { layer: "silver", table: "patient" },
  silver_encounter: { layer: "silver", table: "encounter" },
  gold_readmission: { layer: "gold", table: "readmission" },
};
/** Arguments of the jobs in AWS. */
let args: Record<string, Record<string, string>> = {};
beforeEach(() => {
  args = {};
});

async function findings(tables: Layers["tables"] = TABLES): Promise<AuditFinding[]> {
  const jobs = Object.fromEntries(Object.keys(tables).map((key) => [key, key]));
  const ctx = stubContext({
    s3: diskS3(root),
    glue: {
      getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_1", Status: status } } }),
      batchGetJobs: ({ JobNames }: { JobNames: string[] }) => ({
        Jobs: JobNames.filter((Name) => Name in args).map((Name) => ({ Name, DefaultArguments: args[Name] })),
      }),
    },
  });
  return collect(
    layerFindings({ ctx, run: { workflow: "w", jobs } }, { bronze: "bronze", silver: "silver", gold: "gold", tables }),
  );
}
async function behind(tables?: Layers["tables"]): Promise<string[]> {
  const found = await findings(tables);
  expect(found.every((one) => one.code === "behind" && one.repair === "run-workflow")).toBe(true);
  return found.map((one) => one.key);
}

const T1 = "20240101000000001";
const T2 = "20240101000000002";
const T3 = "20240101000000003";
const T4 = "20240101000000004";

test("nothing anywhere: nothing is behind", async () => {
  expect(await behind()).toEqual([]);
});

test("Silver behind Bronze, Gold behind Silver; a run that is on is left to it", async () => {
  commit("bronze/patient", T1);
  expect(await behind()).toEqual(["silver/patient"]);
  commit("silver/patient", T2, { bronze_instant: T1 });
  expect(await behind()).toEqual(["gold/readmission"]);
  commit("gold/readmission", T3, goldOn({ encounter: null, patient: T2 }), "replacecommit");
  expect(await behind()).toEqual([]);
  commit("bronze/patient", T3);
  status = "RUNNING";
  expect(await behind()).toEqual([]);
  status = "COMPLETED";
  expect(await behind()).toEqual(["silver/patient"]);
  commit("silver/patient", T4, { bronze_instant: T3 });
  expect(await behind()).toEqual(["gold/readmission"]);
});

test("a dataset that came later, a cleaning commit that says nothing, a job that the config does not have", async () => {
  commit("bronze/patient", T1);
  commit("silver/patient", T1, { bronze_instant: T1 });
  commit("silver/patient", T2);
  commit("gold/readmission", T2, goldOn({ encounter: null, patient: T2 }), "replacecommit");
  commit("bronze/condition", T2);
  expect(await behind()).toEqual([]);
  commit("bronze/encounter", T2);
  commit("silver/encounter", T3, { bronze_instant: T2 });
  expect(await behind()).toEqual(["gold/readmission"]);
});

test("a job is known by what it writes, whatever it is called", async () => {
  const renamed = Object.fromEntries(Object.entries(TABLES).map(([key, one]) => [`my_${key}_2`, one]));
  commit("bronze/patient", T1);
  expect(await behind(renamed)).toEqual(["silver/patient"]);
  commit("silver/patient", T2, { bronze_instant: T1 });
  expect(await behind(renamed)).toEqual(["gold/readmission"]);
  const folder = project({ "jobs/monthly.py": 'from metriccare_etl import jobs\njobs.gold_main("hai")\n' });
  try {
    writeFileSync(
      join(folder.dir, "config", "mine.yaml"),
      "jobs:\n  newest: { layer: silver, script: jobs/monthly.py, arguments: { --dataset: condition } }\n  monthly: { layer: gold, script: jobs/monthly.py }\n  own: { layer: gold, script: glue-scripts/jobs/silver.py }\n  told: { layer: gold, script: glue-scripts/jobs/gold.py, measure: mortality }\n  argued: { layer: gold, script: glue-scripts/jobs/gold.py, measure: hai, arguments: { --measure: readmission } }\n",
    );
    const found = tablesOf(load({ dir: folder.dir, env: "mine", checked: false }), folder.dir);
    expect(found).toMatchObject({
      silver_encounter: { layer: "silver", table: "encounter" },
      gold_length_of_stay: { layer: "gold", table: "length_of_stay" },
      newest: { layer: "silver", table: "condition" },
      monthly: { layer: "gold", table: "hai" },
      own: { layer: "gold", table: undefined },
      told: { layer: "gold", table: "mortality" },
      argued: { layer: "gold", table: "readmission" },
    });
  } finally {
    folder.remove();
  }
});

test("what cannot be checked is told as that", async () => {
  commit("bronze/condition", T1);
  commit("silver/condition", T2, { bronze_instant: T1 });
  commit("gold/hai", T3, goldOn({ encounter: null, patient: null, condition: T2 }), "replacecommit");
  const found = await findings({ own: { layer: "gold", table: undefined } });
  expect(found.map(({ code, level, key, repair }) => [code, level, key, repair])).toEqual([
    ["unchecked", "warning", "gold/?", null],
    ["unchecked", "warning", "silver/condition", null],
    ["unchecked", "warning", "gold/hai", null],
  ]);
  expect(found[0]?.text).toContain("the job own writes");
});

describe("parameters", () => {
  const hai: Layers["tables"] = { monthly: { layer: "gold", table: "hai" } };
  const CSV = "category,first_day,system,match,code\n";
  const said = {
    as_of: "2023-06-30",
    time_zone: "UTC",
    inpatient_classes: ["IMP", "ACUTE"],
    planned_priorities: [],
    icd10_systems: ["urn:a"],
    hai_value_set: createHash("sha256").update(CSV).digest("hex"),
  };
  const job = {
    "--as_of": "2023-06-30",
    "--time_zone": "UTC",
    "--inpatient_classes": "IMP, ACUTE",
    "--planned_priorities": ",",
    "--icd10_systems": "urn:a",
    "--hai_value_set": "s3://scripts/sets/hai.csv",
  };
  const stands = (parameters: unknown): void =>
    commit("gold/hai", T1, { silver: "{}", parameters: JSON.stringify(parameters) }, "replacecommit");
  beforeEach(() => {
    mkdirSync(join(root, "scripts", "sets"), { recursive: true });
    writeFileSync(join(root, "scripts", "sets", "hai.csv"), CSV);
    args = { monthly: job };
    stands(said);
  });

  test("the same: nothing; those of older scripts, too", async () => {
    expect(await findings(hai)).toEqual([]);
    stands(["1", "UTC", "2023-06-30", ["IMP", "ACUTE"], [], ["urn:a"], said.hai_value_set]);
    expect(await findings(hai)).toEqual([]);
    stands(["1", "UTC", "2023-05-31", ["IMP", "ACUTE"], [], ["urn:a"], said.hai_value_set]);
    expect((await findings(hai))[0]?.text).toContain("as_of 2023-05-31 -> 2023-06-30");
  });

  test.each([
    [{ "--as_of": "2024-01-01" }, "as_of 2023-06-30 -> 2024-01-01"],
    [{ "--time_zone": "America/Chicago" }, "time_zone UTC -> America/Chicago"],
    [{ "--inpatient_classes": "IMP" }, "inpatient_classes IMP,ACUTE -> IMP"],
    [{ "--planned_priorities": "EL" }, "planned_priorities (none) -> EL"],
    [{ "--icd10_systems": "urn:a,urn:b" }, "icd10_systems urn:a -> urn:a,urn:b"],
  ])("%j is told, with the run that mends it", async (change, words) => {
    args = { monthly: { ...job, ...change } };
    expect(await findings(hai)).toMatchObject([
      { code: "other_parameters", level: "error", key: "gold/hai", repair: "run-workflow" },
    ]);
    expect((await findings(hai))[0]?.text).toContain(words);
  });

  test("another value set under the same name", async () => {
    writeFileSync(join(root, "scripts", "sets", "hai.csv"), `${CSV}CLABSI,3,icd10,prefix,T80\n`);
    expect((await findings(hai))[0]?.text).toContain("the value set");
    // Only the table that reads codes stands on it.
    const other: Layers["tables"] = { monthly: { layer: "gold", table: "mortality" } };
    commit("gold/mortality", T1, { silver: "{}", parameters: JSON.stringify({ ...said, icd10_systems: ["x"] }) });
    rmSync(join(root, "gold", "hai"), { recursive: true });
    expect(await findings(other)).toEqual([]);
  });

  test("`today` is today's or yesterday's date of the calendar", async () => {
    // The clock of these tests stands at 2024-05-01T10:00Z.
    args = { monthly: { ...job, "--as_of": "today", "--time_zone": "Pacific/Kiritimati" } };
    for (const [as_of, count] of [
      ["2024-05-02", 0],
      ["2024-05-01", 0],
      ["2024-04-30", 1],
    ] as const) {
      stands({ ...said, as_of, time_zone: "Pacific/Kiritimati" });
      expect(await findings(hai), as_of).toHaveLength(count);
    }
  });
});
