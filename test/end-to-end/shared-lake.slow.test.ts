import { join } from "node:path";
import { Glue } from "@aws-sdk/client-glue";
import { afterAll, beforeAll, expect, it as each } from "vitest";
import { parseDocument } from "yaml";
import { repository, TestProject } from "../harness/project.ts";

/** Three layers in one bucket and one database: the measures are those of buckets of their own, and every command looks there. */
const sample = join(repository, "test", "fhir-sample");
// Three minutes, for what `test/lakehouse` and `test/cli/targets.test.ts` hold of it in seconds: scripts/shared-lake.sh runs it.
const long = process.env.METRICCARE_LONG !== undefined;
const it = each.skipIf(!long);
const LAYERS = ["bronze", "silver", "gold"];
let project: TestProject;

async function cli(code: number, ...args: string[]) {
  const ran = await project.run([...args, "--env", "local", "--json"]);
  expect(ran.code, `${args.join(" ")}: ${ran.out}${ran.err}`).toBe(code);
  return ran;
}

beforeAll(async () => {
  if (!long) return;
  project = await TestProject.make();
  const file = "config/lakehouse.yaml";
  const document = parseDocument(project.read(file));
  for (const layer of LAYERS) {
    document.deleteIn(["buckets", layer]);
    document.deleteIn(["databases", layer]);
    document.setIn(["layers", layer], { bucket: "lake", prefix: `${layer}/`, database: "analytics" });
  }
  document.setIn(["buckets", "lake"], {});
  document.setIn(["databases", "analytics"], {});
  project.write(file, document.toString());
});
afterAll(() => project?.remove());

it("applies, computes what separate buckets give, and the tables bear their layer's name in the catalog", async () => {
  await cli(0, "apply", "--yes");
  await cli(0, "diff", "--exit-code");
  await cli(0, "ingest", "--wait", sample);
  const rows = (await cli(0, "measures", "--by", "overall", "--cohort", "all")).lines<{
    measure: string;
    numerator: number;
    denominator: number;
  }>();
  expect(Object.fromEntries(rows.map((row) => [row.measure, `${row.numerator}/${row.denominator}`]))).toEqual({
    readmission_30d: "14/49",
    mortality_in_hospital: "0/49",
    mortality_30d: "0/49",
    hai: "0/279",
    hai_stays: "0/46",
    length_of_stay: "279/49",
    length_of_stay_midnights: "279/49",
  });
  const { endpoint, region, ...credentials } = JSON.parse((await project.run(["local", "status", "--json"])).out) as {
    endpoint: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  const glue = new Glue({ endpoint, region, credentials });
  const { TableList = [] } = await glue.getTables({ DatabaseName: "metriccare_analytics_local" });
  const names = TableList.map(({ Name = "" }) => Name).toSorted();
  expect(names).toEqual(expect.arrayContaining(["bronze_patient", "silver_encounter", "silver_patient"]));
  expect(names.filter((name) => !/^(bronze|silver|gold)_/.test(name))).toEqual([]);
  expect(names.some((name) => name.startsWith("gold_"))).toBe(true);
});

it("is looked at where it lies by whoever looks", async () => {
  await cli(0, "ledger", "audit");
  const where = await cli(0, "where", "Patient.000.ndjson");
  expect(JSON.parse(where.out)).toMatchObject({ generations: [{ tables: [{ table: "patient", rows: 13 }] }] });
  await cli(0, "quarantine", "list");
  const again = await cli(0, "ledger", "backfill", "--dry-run");
  expect(again.out).not.toMatch(/"in_bronze":false/);
});
