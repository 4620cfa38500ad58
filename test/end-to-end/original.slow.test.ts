import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Glue } from "@aws-sdk/client-glue";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readHudiTable } from "../../src/operate/hudi/read.ts";
import { giveRoles, rolesAsTheyAre } from "../harness/given-roles.ts";
import { repository, TestProject } from "../harness/project.ts";
import { LONGEST } from "../harness/sample.ts";
import { ACCOUNT, worldAt } from "../harness/world.ts";

/** `examples/original`, the project that stood in Terraform: applied, run, drifted, mended, gone; what was given stays. */
interface Resource {
  readonly id: string;
  readonly class: { readonly code: string };
  readonly period: { readonly start: string; readonly end?: string };
  readonly subject: { readonly reference: string };
  readonly encounter?: { readonly reference: string };
  readonly deceasedDateTime?: string;
  readonly code?: { readonly text?: string };
}
interface Keys {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const BUCKET = `local-mcde4-sp-${ACCOUNT}`;
const WORKFLOW = "local_mc_de_4_workflow";
const TABLE = "local_mc_de_4_workflow_metadata";
const FILES = { patients: "Patient", encounters: "Encounter", conditions: "Condition" };

let project: TestProject;
let keys: Keys;
const client = () => ({ endpoint: keys.endpoint, region: keys.region, credentials: keys });
const sampleText = (type: string): string =>
  readFileSync(join(repository, "test", "fhir-sample", `${type}.000.ndjson`), "utf8");

async function cli(code: number, ...args: string[]) {
  const ran = await project.run([...args, "--env", "local"]);
  expect(ran.code, `${args.join(" ")}: ${ran.out}${ran.err}`).toBe(code);
  return ran;
}
const upload = (key: string, Body: string) =>
  new S3({ ...client(), forcePathStyle: true }).putObject({ Bucket: BUCKET, Key: `fhir_data/json/${key}`, Body });
const items = async () => (await new DynamoDB(client()).scan({ TableName: TABLE })).Items ?? [];
const processed = async (): Promise<string[]> =>
  (await items()).map(({ dataset, filename }) => `${dataset?.S} ${filename?.S}`).toSorted();
const row = (table: string, file: string): string => `${table} s3://${BUCKET}/fhir_data/json/${file}`;

interface Finished {
  readonly verdict: string;
  readonly jobs: readonly { readonly state: string }[];
}
async function runs(...how: string[]): Promise<void> {
  const last = (await cli(0, "run-workflow", "--json", ...how)).lines<Finished>().at(-1);
  expect(last?.verdict).toBe("succeeded");
  expect(last?.jobs.map(({ state }) => state)).toEqual(Array.from({ length: 9 }, () => "SUCCEEDED"));
}

/** What the three scripts say they count, counted another way. */
type Counts = Record<string, { stays: number; cases: number }>;
const MEASURES = ["infection", "mortality", "readmission"] as const;
type Measure = (typeof MEASURES)[number];
function counted(): Record<Measure, Counts> {
  const read = (type: string): Resource[] =>
    sampleText(type)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Resource);
  const day = (text: string): number => Date.parse(text.slice(0, 10)) / 86_400_000;
  const within = (days: number): boolean => days >= 0 && days <= 30;
  const died = new Map(read("Patient").map(({ id, deceasedDateTime }) => [`Patient/${id}`, deceasedDateTime]));
  const infected = new Set(
    read("Condition").flatMap(({ code, encounter }) =>
      /infection/i.test(code?.text ?? "") ? [encounter?.reference] : [],
    ),
  );
  const stays = read("Encounter").filter(({ class: { code } }) => code === "IMP" || code === "ACUTE");
  const found: Record<Measure, Counts> = { infection: {}, mortality: {}, readmission: {} };
  for (const { id, subject, period } of stays) {
    const end = period.end ?? "";
    const death = died.get(subject.reference);
    const later = stays
      .filter((one) => one.subject.reference === subject.reference && one.id !== id)
      .map((one) => ({ start: day(one.period.start), id: one.id }))
      .filter((one) => one.start > day(period.start) || (one.start === day(period.start) && one.id > id))
      .map(({ start }) => start);
    const cases = {
      infection: infected.has(`Encounter/${id}`),
      mortality: death !== undefined && within(day(death) - day(end)),
      readmission: later.length > 0 && within(Math.min(...later) - day(end)),
    };
    for (const measure of MEASURES) {
      const year = (found[measure][end.slice(0, 4)] ??= { stays: 0, cases: 0 });
      year.stays += 1;
      year.cases += cases[measure] ? 1 : 0;
    }
  }
  return found;
}

async function gold(table: string): Promise<Counts> {
  const world = worldAt({ endpoint: keys.endpoint, env: "local", credentials: keys });
  const found = await readHudiTable(world, `s3://${BUCKET}/database/gold/${table}/`);
  return Object.fromEntries(
    (found?.rows ?? []).map(({ year, stays, cases }) => [String(year), { stays: Number(stays), cases: Number(cases) }]),
  );
}

const it = test.runIf(LONGEST.includes("original"));

beforeAll(async () => {
  project = TestProject.of("examples/original");
  const up = await project.run(["local", "up", "--env", "local", "--json"]);
  expect(up.code, up.err).toBe(0);
  keys = JSON.parse((await project.run(["local", "status", "--json"])).out) as Keys;
  await giveRoles(client());
});
afterAll(() => project?.remove());

it("applies, advises nothing, and the diff after it is empty", async () => {
  await cli(0, "apply", "--yes");
  const diff = await cli(0, "diff", "--json", "--exit-code");
  expect(JSON.parse(diff.out)).toMatchObject({ steps: [], findings: [] });
});

it("runs its nine scripts over the sample, and the measures are those of an independent count", async () => {
  for (const [folder, type] of Object.entries(FILES)) await upload(`${folder}/first.ndjson`, sampleText(type));
  await runs();
  expect(await processed()).toEqual([
    row("bronze_condition", "conditions/first.ndjson"),
    row("bronze_encounter", "encounters/first.ndjson"),
    row("bronze_patients", "patients/first.ndjson"),
  ]);
  const expected = counted();
  const stays = Object.values(expected.readmission).reduce((sum, one) => sum + one.stays, 0);
  expect(stays).toBe(49);
  expect(await gold("infection_rate")).toEqual(expected.infection);
  expect(await gold("mortality_rate")).toEqual(expected.mortality);
  expect(await gold("readmission_rate")).toEqual(expected.readmission);
  const { TableList = [] } = await new Glue(client()).getTables({ DatabaseName: "local_mcde4_sp" });
  expect(TableList).toHaveLength(9);
});

it("starts by itself when a patient arrives, and reads nothing twice", async () => {
  const glue = new Glue(client());
  const before = await items();
  const known = await processed();
  await upload("patients/second.json", '{"resourceType":"Patient","id":"new-1","gender":"female"}\n');
  await expect
    .poll(async () => (await glue.getWorkflowRuns({ Name: WORKFLOW })).Runs?.length, { timeout: 60_000, interval: 500 })
    .toBe(2);
  await runs("--attach");
  expect(await processed()).toEqual([...known, row("bronze_patients", "patients/second.json")].toSorted());
  // Their rows are the first run's: nothing has written them again.
  expect(await items()).toEqual(expect.arrayContaining(before));
  expect(await gold("readmission_rate")).toEqual(counted().readmission);
});

it("shows what somebody changed by hand, and repairs it", async () => {
  const glue = new Glue(client());
  const events = new EventBridge(client());
  const JobName = "local-job_silver_patient";
  const { Job } = await glue.getJob({ JobName });
  const { Name: _name, CreatedOn: _made, LastModifiedOn: _changed, AllocatedCapacity: _old, ...update } = Job ?? {};
  const { MaxCapacity: _capacity, ...settings } = update;
  await glue.updateJob({ JobName, JobUpdate: { ...settings, Timeout: 33 } });
  const Rule = "local-glue-failure-rule";
  const { Targets = [] } = await events.listTargetsByRule({ Rule });
  await events.removeTargets({ Rule, Ids: Targets.map(({ Id }) => Id ?? "") });
  const diff = await cli(2, "diff", "--json", "--exit-code");
  const { steps } = JSON.parse(diff.out) as { steps: { action: string; address: { kind: string; id: string } }[] };
  expect(steps.map(({ action, address }) => `${action} ${address.kind}/${address.id}`).toSorted()).toEqual([
    "update events.rule/glue_failure",
    "update glue.job/silver_patient",
  ]);
  await cli(0, "apply", "--yes");
  await cli(0, "diff", "--exit-code");
  expect((await events.listTargetsByRule({ Rule })).Targets).toEqual(Targets);
});

it("goes with its data, and leaves the roles that it was given as they were", async () => {
  const roles = await rolesAsTheyAre(client());
  await cli(0, "destroy", "--include-data", "--yes");
  expect(await rolesAsTheyAre(client())).toEqual(roles);
  const left = {
    buckets: (await new S3({ ...client(), forcePathStyle: true }).listBuckets({})).Buckets ?? [],
    databases: (await new Glue(client()).getDatabases({})).DatabaseList?.filter(({ Name }) => Name !== "default"),
    tables: (await new DynamoDB(client()).listTables({})).TableNames,
    rules: (await new EventBridge(client()).listRules({})).Rules,
    jobs: (await new Glue(client()).listJobs({})).JobNames,
  };
  expect(left).toEqual({ buckets: [], databases: [], tables: [], rules: [], jobs: [] });
});
