import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerFindings } from "../../src/operate/audit-layers.ts";
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

const jobs = Object.fromEntries(
  ["bronze_patient", "silver_patient", "silver_encounter", "gold_readmission"].map((key) => [key, key]),
);
async function behind(): Promise<string[]> {
  const ctx = stubContext({
    s3: diskS3(root),
    glue: { getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_1", Status: status } } }) },
  });
  const layers = { bronze: "bronze", silver: "silver", gold: "gold" };
  const found = await collect(layerFindings(ctx, layers, { workflow: "w", jobs }));
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
