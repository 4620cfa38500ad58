import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { expand } from "../../src/lakehouse/expand.ts";
import { declaredRights } from "../../src/lakehouse/roles.ts";
import { BUILT_IN } from "../../src/lakehouse/quality.ts";
import { sqlProblem } from "../../src/lakehouse/check/sql.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

/** The project's config with this section in the environment's file. */
function config(section: string): ReturnType<typeof load> {
  const made = project();
  remove = made.remove;
  writeFileSync(join(made.dir, "config/dev.yaml"), section);
  return load({ dir: made.dir, env: "dev" });
}

const argumentsOf = (section: string, job: string): Readonly<Record<string, unknown>> =>
  expand(config(section), scopeOf("dev")).jobs[job]?.arguments ?? {};

const asked = (section: string, job: string): Record<string, Record<string, unknown>> =>
  JSON.parse(String(argumentsOf(section, job)["--quality"])) as Record<string, Record<string, unknown>>;

const OFF = `quality: {${BUILT_IN.map((id) => `${id}: {level: "off"}`).join(", ")}}`;

describe("what the jobs are told", () => {
  test("built-in checks warn, without a word in the config", () => {
    const gold = asked("", "gold_length_of_stay");
    expect(Object.keys(gold)).toEqual([...BUILT_IN]);
    expect(new Set(Object.values(gold).map(({ level }) => level))).toEqual(new Set(["warning"]));
    expect(Object.keys(asked("", "silver_patient"))).toEqual(BUILT_IN.filter((id) => id !== "references"));
    expect(argumentsOf("", "gold_length_of_stay")["--quality_environment"]).toBe("metriccare/dev");
    for (const job of ["gold_hai", "bronze_patient"]) expect(argumentsOf("", job)).not.toHaveProperty("--quality");
  });

  test("another level changes the job that judges, and no job that counts", () => {
    expect(asked("quality: {dates: {level: error}}", "gold_length_of_stay")["dates"]).toEqual({ level: "error" });
    expect(argumentsOf("quality: {dates: {level: error}}", "silver_patient")["--quality"]).toEqual(
      argumentsOf("", "silver_patient")["--quality"],
    );
    expect(asked("quality: {dates: {earliest: 1800-01-01}}", "silver_patient")["dates"]).toEqual({
      earliest: "1800-01-01",
    });
  });

  test("a query of one's own travels as it is, without two braces in a row", () => {
    const sql = `SELECT '{{x}}', "a\\"b" FROM patient`;
    const section = `quality: {mine: {level: error, sql: ${JSON.stringify(sql)}}}`;
    expect(asked(section, "gold_length_of_stay")["mine"]).toEqual({ level: "error", sql });
    expect(argumentsOf(section, "gold_length_of_stay")["--quality"]).not.toMatch(/\{\{|\}\}/);
    expect(asked(section, "silver_patient")).not.toHaveProperty("mine");
  });

  test("with every check off nobody is told, and no right is given", () => {
    for (const job of ["gold_length_of_stay", "silver_patient"])
      expect(Object.keys(argumentsOf(OFF, job)).filter((name) => name.startsWith("--quality"))).toEqual([]);
    const rights = (section: string): string => JSON.stringify([...declaredRights(config(section), scopeOf("dev"))]);
    expect(rights(OFF)).not.toMatch(/PutWorkflowRunProperties|"metriccare"/);
    expect(rights("")).toMatch(/PutWorkflowRunProperties/);
  });

  test("where no job concludes, none counts", () => {
    const section = "jobs: {gold_length_of_stay: {measure: hai}}";
    expect(argumentsOf(section, "silver_patient")).not.toHaveProperty("--quality");
  });

  test("only the role of the job that concludes may tell the run and CloudWatch", () => {
    const roles = [...declaredRights(config(""), scopeOf("dev"))].flatMap(([role, statements]) =>
      JSON.stringify(statements).includes("PutWorkflowRunProperties") ? [role] : [],
    );
    expect(roles).toEqual(["glue_gold"]);
  });
});

const mistakes = (section: string): string[] => {
  try {
    config(section);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    return error.problems.map(
      ({ file, line, column, message, suggestion = "" }) => `${file}:${line}:${column} ${message} ${suggestion}`,
    );
  }
};

describe("mistakes are told at their place", () => {
  test.each([
    ["quality:\n  date:\n    level: error", /dev\.yaml:2:3 there is no built-in check `date`.*Did you mean `dates`/],
    ["quality:\n  dates:\n    sql: SELECT 1", /dev\.yaml:3:\d+ `dates` is built in, and has no SQL/],
    ["quality:\n  dates:\n    maxAgeDays: 3", /dev\.yaml:3:\d+ the check has no setting `maxAgeDays`/],
    ["quality:\n  mine:\n    sql: SELECT 1\n    factor: 3", /dev\.yaml:4:\d+ the check has no setting `factor`/],
    ["quality:\n  mine:\n    sql: DELETE FROM patient", /dev\.yaml:3:\d+ begins with DELETE: a check only reads/],
    [
      "quality:\n  mine:\n    sql: |\n      SELECT *\n      FROM (patient",
      /dev\.yaml:3:\d+ line 2: a \( is never closed/,
    ],
    ["quality:\n  dates:\n    level: loud", /dev\.yaml:3:\d+/],
    ["quality:\n  dates:\n    earliest: soon", /dev\.yaml:3:\d+ .*a date/],
    ["quality:\n  Mine:\n    sql: SELECT 1", /dev\.yaml:2:\d+/],
  ])("%s", (section, told) => expect(mistakes(section)).toEqual([expect.stringMatching(told)]));

  test("checks that nobody would conclude", () => {
    const section = "jobs: {gold_length_of_stay: {measure: hai}}\nquality: {dates: {level: error}}";
    expect(mistakes(section).join("\n")).toMatch(/no job concludes the checks/);
  });
});

describe("a query", () => {
  test.each([
    "SELECT * FROM patient",
    "  -- all of them; really\nselect 1",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "SELECT ';', \"(\", `)` /* ( ; */ FROM encounter",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT 'it''s', 'a\\'b'",
  ])("%s is one", (sql) => expect(sqlProblem(sql)).toBeUndefined());

  test.each([
    ["", "is empty"],
    ["-- nothing", "is empty"],
    ["drop table x", "begins with drop"],
    ["hello", "is no SELECT"],
    ["SELECT 1; SELECT 2", "line 1: one query"],
    ["SELECT 'x", "has no end"],
    ["SELECT `x", "has no end"],
    ["SELECT 1\n/* x", "line 2: a comment"],
    ["SELECT (1", "never closed"],
    ["SELECT 1)", "closes what nothing opens"],
  ])("%s is none", (sql, told) => expect(sqlProblem(sql)?.message).toContain(told));
});
