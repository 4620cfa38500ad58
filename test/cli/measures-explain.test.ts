import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Glue } from "@aws-sdk/client-glue";
import { S3 } from "@aws-sdk/client-s3";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

const INSTANT = "20240101000000001";
let moto: MotoProject;
let gold: string;
let jobs: Record<string, { name: string }>;
const s3 = (): S3 => new S3({ forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
const measures = (...more: string[]): ReturnType<MotoProject["run"]> => moto.run("measures", "--env", "dev", ...more);
const linesOf = (text: string): string[] => text.split("\n").filter(Boolean);

/** A small Hudi table, with what its commit says of itself. */
async function put(table: string, columns: Record<string, unknown[]>, said: Record<string, string> = {}) {
  const columnData = Object.entries(columns).map(([name, data]) => ({
    name,
    data,
    type: data.some((one) => typeof one === "number") ? ("DOUBLE" as const) : ("STRING" as const),
    nullable: true,
  }));
  const extraMetadata = Object.fromEntries(Object.entries(said).map(([name, value]) => [`metriccare.${name}`, value]));
  const file = `${table}/a-0_0-1-1_${INSTANT}.parquet`;
  await s3().putObject({ Bucket: gold, Key: file, Body: new Uint8Array(parquetWriteBuffer({ columnData })) });
  const commit = { Bucket: gold, Key: `${table}/.hoodie/${INSTANT}.commit`, Body: JSON.stringify({ extraMetadata }) };
  await s3().putObject(commit);
}

const ACCOUNTING = {
  measure: ["encounters", "encounters", "readmission_30d", "hai"],
  rule: ["used", "not_inpatient", "used", "used"],
  what: [null, null, null, null],
  count: [18, 263, 17, 18],
  as_of: Array.from({ length: 4 }, () => "2023-06-30"),
};
const figure = (measure: string, facility = "all") => ({
  measure: [measure],
  cohort: ["all"],
  facility: [facility],
  period: ["all"],
  numerator: [20],
  denominator: [200],
  rate: [0.1],
});
const SAID = {
  parameters: JSON.stringify({ as_of: "2023-06-30", time_zone: "UTC" }),
  silver: "{}",
  computed_at: "2024-01-01T00:00:00Z",
};

async function makeJob(key: string, asOf: string): Promise<void> {
  const Name = jobs[key]?.name ?? "";
  await new Glue({}).createJob({
    Name,
    Role: "arn:aws:iam::123456789012:role/r",
    Command: { Name: "glueetl", ScriptLocation: "s3://s/x.py" },
    DefaultArguments: { "--as_of": asOf, "--time_zone": "UTC" },
  });
}

beforeAll(async () => {
  moto = await motoProject();
  const outputs = JSON.parse((await moto.run("outputs", "--env", "dev", "--json")).out) as {
    buckets: { gold: { name: string } };
    jobs: Record<string, { name: string }>;
  };
  gold = outputs.buckets.gold.name;
  jobs = outputs.jobs;
}, 60_000);
afterAll(() => moto?.stop());

test("before the first apply --explain says what measures says", async () => {
  for (const more of [[], ["--explain"]]) {
    const told = await measures("--json", ...more);
    expect([told.code, JSON.parse(told.out)]).toMatchObject([1, { error: { code: "no_bucket" } }]);
  }
});

describe("before the first run", () => {
  beforeAll(() => s3().createBucket({ Bucket: gold }));

  test.each([[[]], [["--explain"]]])("no row is not fresh: %j", async (more) => {
    const told = await measures("--fresh", ...more);
    expect([told.code, told.err]).toEqual([1, expect.stringContaining("no run has made it yet")]);
  });

  test("files have their form without a row", async () => {
    expect((await measures("--format", "csv")).out).toMatch(/^measure,cohort,.*,stale,stale_because\s*$/);
    expect(JSON.parse((await measures("--format", "measure-report")).out)).toEqual({
      resourceType: "Bundle",
      type: "collection",
    });
  });
});

describe("where a run has been", () => {
  beforeAll(async () => {
    await put("accounting", ACCOUNTING, SAID);
    await put("readmission", figure("readmission_30d", "=cmd()"), SAID);
    await put("hai", figure("hai"));
    await makeJob("gold_readmission", "2023-06-30");
  }, 60_000);

  test("--explain tells every rule and what the table stands on", async () => {
    const { code, out } = await measures("--explain");
    expect(code).toBe(0);
    expect(out).toMatch(/encounters +not_inpatient +- +263/);
    expect(out).toContain("As of 2023-06-30 (UTC)");
    expect(out).toContain("May be stale: accounting: its job is not in AWS");
  });

  test("--explain --json has a line a rule", async () => {
    const { out } = await measures("--explain", "--json");
    expect(linesOf(out).map((line) => JSON.parse(line) as object)).toEqual([
      { measure: "encounters", rule: "used", what: null, count: 18 },
      { measure: "encounters", rule: "not_inpatient", what: null, count: 263 },
      expect.objectContaining({ measure: "readmission_30d" }),
      expect.objectContaining({ measure: "hai" }),
    ]);
  });

  test.each([
    ["readmission_30d", 1],
    ["encounters", 2],
    ["mortality_30d", 0],
  ])("--explain --measure %s tells of that alone", async (measure, count) => {
    const told = await measures("--explain", "--measure", measure, "--json");
    expect([told.code, linesOf(told.out).length]).toEqual([0, count]);
    const csv = await measures("--explain", "--measure", measure, "--format", "csv");
    expect(linesOf(csv.out)[0]).toBe("measure,rule,what,count");
    expect(csv.err.includes("has no line of")).toBe(count === 0);
  });

  test.each([
    ["cohort", "all"],
    ["facility", "x"],
    ["period", "2023"],
    ["by", "year"],
  ])("--explain takes no --%s, and says so", async (name, value) => {
    const told = await measures("--explain", `--${name}`, value);
    expect([told.code, told.err, told.calls]).toEqual([64, expect.stringContaining(`no --${name}`), []]);
  });

  test("--fresh judges what is shown and nothing else", async () => {
    const fresh = await measures("--fresh", "--measure", "readmission_30d", "--json");
    expect([fresh.code, JSON.parse(fresh.out)]).toMatchObject([0, { stale: false }]);
    expect(fresh.err).not.toContain("mortality");
    const whole = await measures("--fresh");
    expect([whole.code, whole.err]).toEqual([1, expect.stringContaining("mortality: no run has made it yet")]);
    const none = await measures("--fresh", "--measure", "readmission_30d", "--by", "month");
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("no row is shown")]);
  });

  test("--fresh is not content with what nobody can tell", async () => {
    const told = await measures("--fresh", "--measure", "hai", "--json");
    expect([told.code, JSON.parse(told.out)]).toMatchObject([1, { stale: null }]);
    expect(told.err).toContain("May be stale: hai: its job is not in AWS");
    expect((await measures("--fresh", "--explain")).code).toBe(1);
  });

  test("a text of the data is no formula in a spreadsheet", async () => {
    expect((await measures("--format", "csv")).out).toContain(",'=cmd(),");
  });
});

describe("where a file goes", () => {
  const at = (name: string): string => join(moto.dir, name);
  const modeOf = (name: string): number => statSync(at(name)).mode & 0o777;

  test("a place that takes none is told before anything is read", async () => {
    const refused = await measures("--out", "no/such/m.csv", "--format", "csv", "--json");
    expect([refused.code, refused.calls]).toEqual([64, []]);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "not_written" } });
    mkdirSync(at("folder"), { recursive: true });
    expect((await measures("--out", "folder")).code).toBe(64);
  });

  // Root may write anywhere.
  test.skipIf(process.getuid?.() === 0)("a folder that takes no file from the caller, too", async () => {
    mkdirSync(at("closed"), { mode: 0o500 });
    const refused = await measures("--out", "closed/m.csv", "--format", "csv", "--json");
    chmodSync(at("closed"), 0o700);
    expect([refused.code, refused.calls]).toEqual([64, []]);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "not_written" } });
  });

  test("only its owner reads counts of few, and nothing half written stays", async () => {
    await measures("--out", "own.csv", "--format", "csv");
    await measures("--out", "public.csv", "--format", "csv", "--publishable");
    expect([modeOf("own.csv"), modeOf("public.csv")]).toEqual([0o600, 0o666 & ~process.umask()]);
    expect(readdirSync(moto.dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(existsSync(at("own.csv"))).toBe(true);
  });
});

describe("rows by stratum", () => {
  const strata = [null, "sex=female", "sex=male", "sex=unknown", null, null];
  const names = (text: string): unknown[] =>
    linesOf(text).map((line) => (JSON.parse(line) as { stratum?: string }).stratum ?? "-");

  test("are bad usage where the config does not ask for them, before anything is asked of AWS", async () => {
    const told = await measures("--by", "sex", "--json");
    expect([told.code, told.calls]).toEqual([64, []]);
    expect(JSON.parse(told.out)).toMatchObject({ error: { fix: expect.stringContaining("measures.strata") } });
    expect((await measures("--by", "departmen")).err).toContain("Did you mean `department`?");
  });

  test("are shown in every format where it does, and only then", async () => {
    moto.config("measures: { strata: [sex, facility_year, age] }\n");
    const each = (value: unknown): unknown[] => strata.map(() => value);
    await put("mortality", {
      measure: each("mortality_in_hospital"),
      cohort: each("all"),
      facility: ["all", "all", "all", "all", "a", "a"],
      period: ["all", "all", "all", "all", "all", "2024"],
      stratum: strata,
      numerator: [60, 30, 25, 5, 60, 60],
      denominator: [900, 400, 350, 150, 900, 900],
      rate: each(0.1),
    });
    const ask = (...more: string[]) => measures("--measure", "mortality_in_hospital", ...more);
    expect(names((await ask("--json")).out)).toEqual(["-", "-"]);
    expect((await ask("--format", "csv")).out).not.toContain("stratum");
    expect(names((await ask("--by", "sex", "--json")).out)).toEqual(["sex=female", "sex=male", "sex=unknown"]);
    expect(names((await ask("--by", "facility_year", "--json")).out)).toEqual(["-"]);
    const csv = linesOf((await ask("--by", "sex", "--format", "csv")).out);
    expect(csv[0]).toMatch(/^measure,cohort,facility,period,stratum,numerator,/);
    expect(csv[1]).toMatch(/^mortality_in_hospital,all,all,all,sex=female,30,400,/);
    expect((await ask("--by", "sex")).out).toMatch(/all +all +sex=unknown +5\/150 .*suppressed/);
    const report = JSON.parse((await ask("--by", "sex", "--format", "measure-report")).out) as {
      entry: { resource: { group: { population: object[]; stratifier: { stratum: object[] }[] }[] } }[];
    };
    expect(report.entry).toHaveLength(1);
    expect(report.entry[0]?.resource.group[0]).toMatchObject({
      population: [{ count: 60 }, { count: 900 }],
      stratifier: [{ stratum: [{ value: { text: "female" } }, {}, {}] }],
    });
    const none = await ask("--by", "age");
    expect([none.code, none.out, none.err]).toEqual([0, "", expect.stringContaining("no rows by age yet")]);
  });

  test("are blank for publication with what would tell them, whatever is shown", async () => {
    const { out } = await measures("--measure", "mortality_in_hospital", "--publishable", "--by", "sex", "--json");
    const numbers = linesOf(out).map((line) => (JSON.parse(line) as { numerator: number | null }).numerator);
    expect(numbers).toEqual([null, 25, null]);
    const plain = await measures("--measure", "mortality_in_hospital", "--publishable", "--json");
    expect(linesOf(plain.out)).toHaveLength(2);
  });
});
