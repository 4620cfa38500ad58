import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { marked, missingText } from "../../src/operate/measures/read.ts";
import { listRuns } from "../../src/operate/runs/history.ts";
import { measureLines } from "../../src/ui/measures.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";
import { stubContext } from "../operate/support.ts";
import type { MeasureRow } from "../../src/operate/measures/row.ts";

const fixtures = join(import.meta.dirname, "..", "operate", "fixtures");
let moto: MotoProject;
let gold: string;
const s3 = (): S3 => new S3({ forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });

/** A Gold table that Hudi wrote. */
async function put(table: string): Promise<void> {
  const folder = join(fixtures, "hudi", "gold_often");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    await s3().putObject({ Bucket: gold, Key: `${table}/${relative(folder, path)}`, Body: readFileSync(path) });
  }
}

beforeAll(async () => {
  moto = await motoProject();
  const { buckets } = JSON.parse((await moto.run("outputs", "--env", "dev", "--json")).out) as {
    buckets: { gold: { name: string } };
  };
  gold = buckets.gold.name;
  await s3().createBucket({ Bucket: gold });
}, 60_000);
afterAll(() => moto?.stop());

describe("before the first run is over", () => {
  test("says that a run is needed", async () => {
    const needed = await moto.run("measures", "--env", "dev");
    expect(needed.code).toBe(0);
    expect(needed.err).toContain("metriccare run-workflow --env dev");
  });

  test("says that one is on, where one is", async () => {
    const last = { LastRun: { WorkflowRunId: "wr_7", Status: "RUNNING" } };
    const ctx = stubContext({ glue: { getWorkflow: () => ({ Workflow: last }) } });
    const text = await missingText(ctx, "w", ["hai"]);
    expect(text).toMatch(/The run wr_7 is on and makes them; metriccare run-workflow --attach --env test/);
  });
});

describe("what no row has", () => {
  beforeAll(() => put("hai"), 60_000);

  test.each([
    ["facility", "nope", "unknown_facility", "Saint"],
    ["period", "1999", "unknown_period", "2023"],
    ["period", "2023-13", "unknown_period", "2023-05"],
  ])("an unknown %s %s is an error that says what there is", async (name, value, code, known) => {
    const asked = await moto.run("measures", "--env", "dev", `--${name}`, value);
    expect(asked.code).toBe(1);
    expect(asked.err).toContain(`[${code}]`);
    expect(asked.err).toContain(known);
    const json = await moto.run("measures", "--env", "dev", `--${name}`, value, "--json");
    expect(JSON.parse(json.out)).toMatchObject({ error: { code } });
  });

  test("a facility and a period together", async () => {
    const asked = await moto.run("measures", "--env", "dev", "--facility", "Saint Ölé — 東京", "--period", "2023");
    expect([asked.code, asked.err]).toEqual([1, expect.stringContaining("[no_such_rows]")]);
  });

  test("what rows have is shown", async () => {
    const asked = await moto.run("measures", "--env", "dev", "--period", "2023", "--json");
    expect(asked.code).toBe(0);
    expect(asked.out.split("\n").filter(Boolean).length).toBeGreaterThan(0);
  });

  test("every format says the same rows, on the terminal and in a file", async () => {
    const ask = (...more: string[]) => moto.run("measures", "--env", "dev", "--publishable", ...more);
    const rows = (await ask("--json")).out.split("\n").filter(Boolean);
    const csv = (await ask("--format", "csv")).out.split("\n").filter(Boolean);
    expect(csv.length).toBe(rows.length + 1);
    expect((await ask("--format", "json")).out.split("\n").filter(Boolean)).toEqual(rows);
    const bundle = JSON.parse((await ask("--format", "measure-report")).out) as {
      entry: { resource: { group: unknown[] } }[];
    };
    expect(bundle.entry.flatMap(({ resource }) => resource.group)).toHaveLength(rows.length);
    for (const [format, name] of [
      ["parquet", "m.parquet"],
      ["csv", "m.csv"],
      ["measure-report", "m.ndjson"],
    ] as const) {
      const told = await ask("--format", format, "--out", name, "--json");
      expect(JSON.parse(told.out)).toEqual({ out: name, format, rows: rows.length });
    }
    const lines = readFileSync(join(moto.dir, "m.ndjson"), "utf8").split("\n").filter(Boolean);
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(bundle.entry.map(({ resource }) => resource));
    expect(readFileSync(join(moto.dir, "m.parquet")).subarray(0, 4).toString()).toBe("PAR1");
  });

  test.each([
    [["--format", "parquet"], /--out/],
    [["--format", "csv", "--json"], /exclude each other/],
  ])("%j is bad usage", async (argv, text) => {
    const asked = await moto.run("measures", "--env", "dev", ...argv);
    expect([asked.code, asked.err + asked.out]).toEqual([64, expect.stringMatching(text)]);
  });

  test("--publishable shows no number of a row with a small count", async () => {
    const all = await moto.run("measures", "--env", "dev", "--publishable", "--json");
    const rows = all.out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { numerator: number | null; suppressed?: true });
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((row) => row.numerator !== null && row.numerator >= 1 && row.numerator <= 10)).toEqual([]);
    expect(rows.every((row) => (row.numerator === null) === (row.suppressed === true))).toBe(true);
    const text = await moto.run("measures", "--env", "dev", "--publishable");
    expect(text.out).not.toContain("8/287");
    expect(text.out).toContain("Blank rows");
  });
});

test("the last line marks what is small, as the rows do", () => {
  const row = (measure: string, numerator: number, denominator: number, suppressed?: true) => ({
    measure,
    cohort: "all",
    facility: "all",
    period: "all",
    numerator,
    denominator,
    rate: 0,
    ...(suppressed ? { suppressed } : {}),
  });
  const lines = measureLines([row("readmission_30d", 1, 18, true), row("mortality_30d", 20, 300)]);
  expect(lines).toContain("All patients: readmission 1/18 (suppressed), 30-day death 20/300.");
});

test("days of one stay are small by the stay behind them", () => {
  const cell = (measure: string, numerator: number, denominator: number) => ({
    measure,
    cohort: "age65plus",
    facility: "all",
    period: "2023-05",
    numerator,
    denominator,
    rate: 0,
  });
  const small = (rows: MeasureRow[]): string[] =>
    marked(rows)
      .filter((one) => one.suppressed)
      .map((one) => one.measure);
  expect(small([cell("hai", 0, 19), cell("length_of_stay", 19, 1)])).toEqual(["hai", "length_of_stay"]);
  expect(small([cell("hai", 0, 190), cell("length_of_stay", 190, 30)])).toEqual([]);
});

test("runs of an AWS that bills nothing have no price", async () => {
  const run = { WorkflowRunId: "wr_1", Status: "COMPLETED", StartedOn: new Date(0), CompletedOn: new Date(60_000) };
  const ctx = stubContext({ glue: { getWorkflowRuns: () => ({ Runs: [run] }) } });
  const target = { workflow: "w", jobs: {} };
  expect(await listRuns(ctx, target, { free: true })).toMatchObject([{ cost_usd: null }]);
  expect(await listRuns(ctx, target)).toMatchObject([{ cost_usd: 0 }]);
});
