import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { advice, type LakehouseConfig } from "../../src/lakehouse/index.ts";
import { longestRun, shortestGap } from "../../src/lakehouse/workflow-advice.ts";
import { looksSecret } from "../../src/services/secrets.ts";
import { inProcess } from "../harness/in-process.ts";
import { load, project } from "./compile/project.ts";

let folder: ReturnType<typeof project>;
beforeEach(() => {
  folder = project();
});
afterEach(() => folder.remove());

const config = (text: string): LakehouseConfig => {
  writeFileSync(join(folder.dir, "config", "dev.yaml"), text);
  return load({ dir: folder.dir, env: "dev" });
};
const edit = (from: string, to: string): void => {
  const path = join(folder.dir, "config", "lakehouse.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
};
const codes = (text: string): string[] => advice(config(text)).map(({ code }) => code);
const validate = (): ReturnType<typeof inProcess> => inProcess(folder.dir, ["validate", "--env", "dev", "--json"]);

describe("secrets", () => {
  const key = ["AKIA", "ABCDEFGHIJKLMNOP"].join("");
  test.each([
    ["--db_password", "hunter2"],
    ["API_KEY", "x"],
    ["AUTH_TOKEN", "x"],
    ["anything", `id ${key}`],
    ["URL", "postgres://user:hunter2@host/db"],
    ["PEM", "-----BEGIN RSA PRIVATE KEY-----"],
  ])("%s is one", (name, value) => expect(looksSecret(name, value)).toBe(true));

  test.each([
    ["--db_password_arn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"],
    ["SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"],
    ["--secret_name", "clinic/db"],
    ["--tokenize", "true"],
    ["LEDGER_HASH_KEY", "file_id"],
    ["--password", ""],
    ["--bronze_path", "s3://bucket/"],
  ])("%s is none", (name, value) => expect(looksSecret(name, value)).toBe(false));

  test("are refused with their place, and never shown", async () => {
    writeFileSync(
      join(folder.dir, "config", "dev.yaml"),
      "function:\n  environment:\n    DB_PASSWORD: hunter2\njobs:\n  bronze_patient:\n    arguments:\n      --api_key: hunter2\n",
    );
    const ran = await validate();
    expect(ran.code).toBe(64);
    expect(ran.err).toContain("config/dev.yaml:3:18");
    expect(ran.err).toContain("config/dev.yaml:7:18");
    expect(ran.out + ran.err).not.toContain("hunter2");
  });
});

describe("advice", () => {
  test("has nothing against the shipped config", () => {
    for (const env of ["dev", "prod", "local"]) expect(advice(load({ dir: folder.dir, env }))).toEqual([]);
  });

  test("two runs at a time write one table twice", () =>
    expect(codes("workflow: {maxConcurrentRuns: 2}\n")).toEqual(["workflow_writers"]));

  test("a schedule that would overtake itself", () => {
    const scheduled = (schedule: string): string =>
      `workflow: {triggers: {start: {type: scheduled, schedule: "${schedule}"}}}\n`;
    expect(codes(scheduled("cron(0 * * * ? *)"))).toEqual(["schedule_overlap"]);
    expect(codes(scheduled("cron(0 3 * * ? *)"))).toEqual([]);
    const longest = (of: LakehouseConfig): number => longestRun(of, of.workflow);
    expect(longest(config(""))).toBe(240);
    expect(longest(config("jobs: {silver_patient: {timeout: 100, maxRetries: 1}}\n"))).toBe(380);
    expect(shortestGap("cron(0 3,4 * * ? *)")).toBe(60);
    expect(shortestGap("cron(0 3 1 1 ? 2030)")).toBeUndefined();
  });

  test("a run that may cost more than the ceiling", () => {
    expect(codes("workflow: {costCeiling: 5}\n")).toEqual(["workflow_cost"]);
    expect(codes("jobs: {gold_hai: {numberOfWorkers: 100, timeout: 480}}\n")).toEqual(["workflow_cost"]);
    expect(advice(config("workflow: {costCeiling: 5}\n"))[0]?.text).toContain("$8.80");
  });

  test("is told by validate, which stays good", async () => {
    writeFileSync(join(folder.dir, "config", "dev.yaml"), "workflow: {costCeiling: 5}\n");
    const ran = await validate();
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ valid: true, findings: [{ code: "workflow_cost", level: "warning" }] });
  });
});

describe("lint of the kinds", () => {
  test.each([
    [
      "jobs: {gold_hai: {workerType: G.4X, executionClass: FLEX}}\n",
      "FLEX jobs run on",
      "config/dev.yaml:1:18 jobs.gold_hai",
    ],
    [`jobs: {gold_hai: {arguments: {--list: "${"x".repeat(261_000)}"}}}\n`, "260 kB", "config/dev.yaml:1:18"],
    [
      `roles: {glue_gold: {policies: {own: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "${"x".repeat(11_000)}"}]}}}}\n`,
      "a role takes 10240",
      "config/dev.yaml:1:20",
    ],
  ])("is known to validate, with its place: %#", async (text, words, place) => {
    writeFileSync(join(folder.dir, "config", "dev.yaml"), text);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(64);
    expect(ran.err).toContain(words);
    expect(ran.err).toContain(place);
  });

  test("six targets are too many", async () => {
    edit(
      "targets: [alerts]",
      `targets: [${Array.from({ length: 6 }, (_, i) => `{arn: "arn:aws:sqs:us-east-1:1:q${i}"}`).join()}]`,
    );
    expect((await validate()).code).toBe(64);
  });
});
