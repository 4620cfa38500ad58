import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

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

const report = (...more: string[]): ReturnType<MotoProject["run"]> => moto.run("report", "--env", "dev", ...more);
const at = (name: string): string => join(moto.dir, name);
const rowsOf = (page: string): unknown[] =>
  [...parseHTML(page).document.querySelectorAll("tr[data-row]")].map((row: { getAttribute(name: string): string }) => {
    const [measure, cohort, facility, period] = JSON.parse(row.getAttribute("data-row")) as string[];
    const number = (name: string): number | null =>
      row.getAttribute(`data-${name}`) === "" ? null : Number(row.getAttribute(`data-${name}`));
    return {
      measure,
      cohort,
      facility,
      period,
      numerator: number("numerator"),
      denominator: number("denominator"),
      rate: number("rate"),
    };
  });

beforeAll(async () => {
  moto = await motoProject();
  const { buckets } = JSON.parse((await moto.run("outputs", "--env", "dev", "--json")).out) as {
    buckets: { gold: { name: string } };
  };
  gold = buckets.gold.name;
  await s3().createBucket({ Bucket: gold });
}, 60_000);
afterAll(() => moto?.stop());

describe("before anything is there", () => {
  test("the page is made, and says so part by part", async () => {
    const made = await report("--out", "empty.html", "--json");
    expect(made.code, made.err).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({ rows: 0, figures: 0, runs: 0, accounting: null });
    expect(Object.keys((JSON.parse(made.out) as { unread: object }).unread)).toContain("accounting");
    expect(readFileSync(at("empty.html"), "utf8")).toContain("There are no figures yet");
  });
});

describe("where Gold holds something", () => {
  beforeAll(() => put("hai"), 60_000);

  test.each([[], ["--publishable"]])("the page holds what `measures --json` says %s", async (...flags: string[]) => {
    const said = await moto.run("measures", "--env", "dev", "--json", ...flags);
    const made = await report("--out", "report.html", "--json", ...flags);
    expect(made.code, made.err).toBe(0);
    const page = readFileSync(at("report.html"), "utf8");
    const key = (row: unknown): string => JSON.stringify(row);
    const expected = said.out
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const { measure, cohort, facility, period, numerator, denominator, rate } = JSON.parse(line);
        return { measure, cohort, facility, period, numerator, denominator, rate };
      });
    expect(expected.length).toBeGreaterThan(0);
    expect(rowsOf(page).map(key).toSorted()).toEqual(expected.map(key).toSorted());
    if (flags.length > 0) expect(page.includes("8 / 287")).toBe(false);
  });

  test("only its owner reads a page with small counts; what may be published is a file like any other", async () => {
    await report("--out", "own.html");
    expect(statSync(at("own.html")).mode & 0o777).toBe(0o600);
    await report("--out", "public.html", "--publishable");
    expect(statSync(at("public.html")).mode & 0o777).toBe(0o666 & ~process.umask());
    // A page that anybody could read is not made private content that anybody can read.
    chmodSync(at("public.html"), 0o644);
    await report("--out", "public.html");
    expect(statSync(at("public.html")).mode & 0o777).toBe(0o600);
  });
});

describe("where the page goes", () => {
  test("it is written over a report, and over nothing else unless it is said", async () => {
    writeFileSync(at("notes.html"), "<!doctype html><p>mine</p>");
    const refused = await report("--out", "notes.html", "--json");
    expect(refused.code).toBe(64);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "not_a_report" } });
    expect(readFileSync(at("notes.html"), "utf8")).toContain("mine");
    expect(refused.calls).toEqual([]);
    expect((await report("--out", "notes.html", "--force")).code).toBe(0);
    expect((await report("--out", "notes.html")).code).toBe(0);
    expect(readdirSync(moto.dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a folder that is not there is told before anything is read", async () => {
    const refused = await report("--out", "no/such/folder/report.html", "--json");
    expect([refused.code, refused.calls]).toEqual([64, []]);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "not_written" } });
    expect((await report("--out", "config")).code).toBe(64);
  });
});
