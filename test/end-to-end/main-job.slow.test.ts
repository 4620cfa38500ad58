import { join } from "node:path";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository, TestProject } from "../harness/project.ts";
import { LONGEST } from "../harness/sample.ts";
import { startSubscriber, type Subscriber } from "../harness/subscriber.ts";

/** The main job, end to end: real FHIR in, real Spark and Hudi, measures out, compared with the sample's published figures. */

/** A run of all ten jobs more. */
const MORE = LONGEST.includes("calendar");

interface Row {
  measure: string;
  cohort: string;
  facility: string;
  period: string;
  numerator: number;
  denominator: number;
  rate: number | null;
}
interface File {
  key: string;
  status: string;
}

const sample = join(repository, "test", "fhir-sample");
let project: TestProject;
let subscriber: Subscriber;

beforeAll(async () => {
  project = await TestProject.make();
  subscriber = await startSubscriber();
  project.write(
    "config/local.yaml",
    `aws: {embedded: true}\nalerts:\n  subscriptions:\n    - {protocol: http, endpoint: "${subscriber.endpoint}"}\n`,
  );
});

afterAll(async () => {
  await project.remove();
  subscriber.close();
});

async function overall(): Promise<Record<string, string>> {
  const { code, lines, err } = await project.run([
    "measures",
    "--env",
    "local",
    "--json",
    "--by",
    "overall",
    "--cohort",
    "all",
  ]);
  expect(code, err).toBe(0);
  return Object.fromEntries(lines<Row>().map((row) => [row.measure, `${row.numerator}/${row.denominator}`]));
}

interface Why {
  encounter: string;
  stay: { id: string } | null;
  fired: { rule: string; what: string; of: string }[];
  figures: { measure: string; numerator: number; denominator: number }[];
  elsewhere: string[];
  stale: boolean;
}

const encounters = (): string[] =>
  readFileSync(join(sample, "Encounter.000.ndjson"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { id: string }).id);

/** What each encounter of the sample is told, added up, is what the measures and the accounting say of all. */
async function everyStayAddsUp(): Promise<void> {
  const asked = encounters().flatMap((id) => ["--why", id]);
  const told = await project.run(["measures", "--env", "local", "--json", ...asked]);
  expect(told.code, told.err).toBe(0);
  expect(encounters().filter((id) => told.err.includes(id))).toEqual([]);
  const all = told.lines<Why>();
  const stays = new Map(all.flatMap((one) => (one.stay ? [[one.stay.id, one] as const] : [])));
  const sums: Record<string, string> = {};
  for (const { measure } of [...stays.values()][0]?.figures ?? []) {
    const own = [...stays.values()].flatMap(({ figures }) => figures.filter((one) => one.measure === measure));
    const sum = (key: "numerator" | "denominator"): number => own.reduce((so, one) => so + one[key], 0);
    sums[measure] = `${sum("numerator")}/${sum("denominator")}`;
  }
  expect(sums).toEqual(await overall());
  expect(all.filter(({ stale, elsewhere }) => stale || elsewhere.length > 0)).toEqual([]);
  expect(all.flatMap(({ fired }) => fired).filter(({ rule }) => !/^[A-Z]\d[abc]?$/.test(rule))).toEqual([]);
  const rules: Record<string, number> = {};
  for (const { encounter, fired } of all) {
    const rule = fired.find(({ of, rule: id }) => of === encounter && id.startsWith("E"))?.what ?? "none";
    rules[rule] = (rules[rule] ?? 0) + 1;
  }
  const explained = await project.run(["measures", "--env", "local", "--json", "--explain", "--measure", "encounters"]);
  const counted = explained
    .lines<{ rule: string; what: string | null; count: number }>()
    .flatMap(({ rule, what, count }) => (what === null && count > 0 ? [[rule, count] as const] : []));
  expect(rules).toEqual(Object.fromEntries(counted));
}

const eventually = async (check: () => boolean, what: string): Promise<void> => {
  for (let i = 0; i < 120 && !check(); i++) await new Promise((next) => setTimeout(next, 500));
  expect(check(), what).toBe(true);
};

describe("the main job", () => {
  it("applies, and the diff after it is empty", async () => {
    const applied = await project.run(["apply", "--env", "local", "--yes", "--json"]);
    expect(applied.code, applied.err + applied.out).toBe(0);
    expect(applied.lines().at(-1)).toMatchObject({ type: "finished", failed: 0, skipped: 0 });
    const diff = await project.run(["diff", "--env", "local", "--json", "--exit-code"]);
    expect(diff.code, diff.out).toBe(0);
    expect(JSON.parse(diff.out)).toMatchObject({ summary: { create: 0, update: 0, replace: 0, delete: 0 }, steps: [] });
  });

  it.runIf(MORE)("gives 0/0 on an empty lake, all ten jobs succeeding", async () => {
    const ran = await project.run(["run-workflow", "--env", "local", "--json"]);
    const last = ran.lines<{ verdict: string; jobs: { state: string }[] }>().at(-1);
    expect(ran.code, ran.out + ran.err).toBe(0);
    expect(last?.verdict).toBe("succeeded");
    expect(last?.jobs.map((job) => job.state)).toEqual(Array.from({ length: 10 }, () => "SUCCEEDED"));
    expect(await overall()).toMatchObject({ readmission_30d: "0/0", length_of_stay: "0/0", hai: "0/0" });
  });

  it("ingests the sample and computes its measures", async () => {
    const ingested = await project.run(["ingest", "--env", "local", "--wait", "--json", sample]);
    expect(ingested.code, ingested.err + ingested.out).toBe(0);
    const { files } = JSON.parse(ingested.out) as { files: File[] };
    expect(files.filter((file) => file.key.endsWith(".ndjson")).map((file) => file.status)).toEqual([
      "processed",
      "processed",
      "processed",
    ]);
    expect(await overall()).toEqual({
      readmission_30d: "14/49",
      mortality_in_hospital: "0/49",
      mortality_30d: "0/49",
      hai: "0/279",
      hai_stays: "0/46",
      length_of_stay: "279/49",
      length_of_stay_midnights: "279/49",
    });
  });

  it("profiles what Bronze holds as it profiles the files", async () => {
    const profiled = async (...of: string[]): Promise<object> => {
      const { code, out, err } = await project.run(["profile", "--json", ...of]);
      expect(code, err).toBe(0);
      return { ...(JSON.parse(out) as object), source: 0 };
    };
    const found = await profiled("--env", "local");
    expect(found).toEqual(await profiled(sample));
    expect(found).toMatchObject({ config: { measures: { timeZone: "America/New_York" } } });
  });

  it("processes nothing when the same files come again", async () => {
    const again = await project.run(["ingest", "--env", "local", "--wait", "--json", sample]);
    expect(again.code, again.err).toBe(0);
    expect((JSON.parse(again.out) as { files: File[] }).files.every((file) => file.status === "unchanged")).toBe(true);
  });

  it.runIf(MORE)(
    "counts on the facility's calendar, and a check of level error fails the run without undoing it",
    async () => {
      const calendar = `${project.read("config/local.yaml")}measures: {timeZone: America/Chicago}\n`;
      project.write("config/local.yaml", `${calendar}quality: {nobody: {level: error, sql: SELECT * FROM patient}}\n`);
      const diff = await project.run(["diff", "--env", "local", "--json"]);
      expect((JSON.parse(diff.out) as { summary: { update: number } }).summary.update).toBe(4);
      expect((await project.run(["apply", "--env", "local", "--yes"])).code).toBe(0);
      const ran = await project.run(["run-workflow", "--env", "local", "--json"]);
      expect(ran.code, ran.out + ran.err).toBe(1);
      expect(ran.lines().at(-1)).toMatchObject({
        verdict: "failed",
        because: "quality",
        error: {
          code: "quality_failed",
          text: expect.stringMatching(/^Quality checks failed: 1 of level error \(nobody \d+\)/),
        },
      });
      expect(await overall()).toMatchObject({ readmission_30d: "12/49", length_of_stay: "274/49", hai: "0/274" });
      const checked = await project.run(["quality", "--env", "local", "--json"]);
      expect(checked.code, checked.out).toBe(1);
      const rows = checked.lines<{ check: string; dataset: string | null; status: string }>();
      expect(rows.filter(({ status }) => status === "broken")).toEqual([]);
      expect(rows.filter(({ check }) => check === "references").map(({ status }) => status)).toEqual([
        "passed",
        "passed",
      ]);
      await eventually(
        () => subscriber.messages.some((text) => /failed \(quality\)/.test(text) && /nobody/.test(text)),
        "an alert about the failed check",
      );
      project.write("config/local.yaml", calendar);
      expect((await project.run(["apply", "--env", "local", "--yes"])).code).toBe(0);
    },
  );

  it("says of every stay why it counts, and all of them together are the figures", everyStayAddsUp);

  it("takes a new file once, and a changed one under an old key as a new generation that wins", async () => {
    const before = (await project.run(["ledger", "list", "--env", "local", "--json"])).lines().length;
    project.write("in/Patient.new.ndjson", '{"resourceType":"Patient","id":"new-1","birthDate":"1950-02-03"}\n');
    const lines = readFileSync(join(sample, "Encounter.000.ndjson"), "utf8").split("\n").filter(Boolean);
    const inpatient = lines.filter((line) => line.includes('"code":"IMP"'));
    const gone = JSON.parse(inpatient[0] ?? "{}") as Record<string, unknown>;
    project.write("in/Encounter.000.ndjson", `${JSON.stringify({ ...gone, status: "entered-in-error" })}\n`);
    const ingested = await project.run(["ingest", "--env", "local", "--wait", "--json", "in"]);
    expect(ingested.code, ingested.err).toBe(0);
    const after = (await project.run(["ledger", "list", "--env", "local", "--json"])).lines<{
      key: string;
      status: string;
      records_in: number;
    }>();
    expect(after.length).toBe(before + 2);
    expect(after.find(({ key }) => key.endsWith("Patient.new.ndjson"))).toMatchObject({
      status: "processed",
      records_in: 1,
      attempt: 1,
    });
    const shown = await project.run(["ledger", "show", "--env", "local", "--json", "Encounter.000.ndjson"]);
    expect(shown.lines().map((row) => row.status)).toEqual(["processed", "processed"]);
    expect(await overall()).toMatchObject({ length_of_stay: expect.stringMatching(/\/48$/) });
    await everyStayAddsUp();
  });

  it("tells the subscriber once a run how it went", async () => {
    await eventually(
      () => subscriber.messages.filter((text) => /succeeded/.test(text)).length >= (MORE ? 3 : 2),
      "messages about succeeded runs",
    );
  });

  it("names a broken job, shows its cause and log, and alerts", async () => {
    const script = "glue-scripts/jobs/silver.py";
    const good = project.read(script);
    // One of the three jobs that share it.
    const broken =
      'import sys\nif "patient" in sys.argv:\n    print("about to break")\n    raise RuntimeError("disk is on fire")\n';
    project.write(script, `${broken}${good}`);
    expect((await project.run(["apply", "--env", "local", "--yes"])).code).toBe(0);
    const before = subscriber.messages.length;
    const ran = await project.run(["run-workflow", "--env", "local"]);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/silver_patient/);
    // What a script prints may be a patient's: the class of the failure is told, its words and the log on demand.
    expect(ran.out).toMatch(/RuntimeError/);
    expect(ran.out + ran.err).not.toMatch(/disk is on fire|about to break/);
    const logs = await project.run(["runs", "logs", "--env", "local", "--raw"]);
    expect(logs.code, logs.err).toBe(0);
    expect(logs.out).toMatch(/about to break/);
    expect(logs.out).toMatch(/disk is on fire/);
    await eventually(
      () =>
        subscriber.messages
          .slice(before)
          .some((text) => /silver_patient/.test(text) && /FAILED/.test(text) && /jr_/.test(text) && /local/.test(text)),
      "an alert about the failed job",
    );
    project.write(script, good);
    expect((await project.run(["apply", "--env", "local", "--yes"])).code).toBe(0);
    const resumed = await project.run(["run-workflow", "--env", "local", "--resume", "--json"]);
    expect(resumed.code, resumed.out + resumed.err).toBe(0);
    expect(resumed.lines().at(-1)).toMatchObject({ type: "finished", verdict: "succeeded" });
  });

  it("keeps the input out of what it says and stores about runs", async () => {
    const patients = readFileSync(join(sample, "Patient.000.ndjson"), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { id: string; name?: { family?: string }[] });
    const secrets = patients
      .flatMap((patient) => [patient.id, ...(patient.name ?? []).map((name) => name.family ?? "")])
      .filter((text) => text.length > 4);
    const logs = await project.run(["runs", "logs", "--env", "local", "--lines", "10000"]);
    const ledger = await project.run(["ledger", "list", "--env", "local", "--json"]);
    const runtime = readdirSync(join(project.dir, ".metriccare", "local", "logs"), {
      recursive: true,
      encoding: "utf8",
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    const checks = await project.run(["quality", "--env", "local", "--json"]);
    const said = [logs.out, ledger.out, checks.out, ...subscriber.messages, ...runtime].join("\n");
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  });

  it("destroys what is ours, keeps data, and then takes that too when told", async () => {
    const kept = await project.run(["destroy", "--env", "local", "--yes"]);
    expect(kept.code, kept.out + kept.err).toBe(0);
    expect(kept.out).toMatch(/kept.*s3\.bucket\/raw/);
    expect(kept.out).toMatch(/kept.*dynamodb\.table/);
    const rest = await project.run(["destroy", "--env", "local", "--yes", "--include-data"]);
    expect(rest.code, rest.out + rest.err).toBe(0);
    const diff = await project.run(["diff", "--env", "local", "--json"]);
    expect((JSON.parse(diff.out) as { summary: object }).summary).toMatchObject({ update: 0, delete: 0, keep: 0 });
  });
});
