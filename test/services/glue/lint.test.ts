import { describe, expect, it } from "vitest";
import { cronProblem, scheduleProblem } from "../../../src/services/glue/cron.ts";
import { lintJob, lintTrigger, worstCase } from "../../../src/services/glue/lint.ts";
import type { JobProps, TriggerProps } from "../../../src/services/glue/props.ts";

const job: JobProps = {
  description: "",
  roleArn: "arn:aws:iam::123456789012:role/r",
  command: "glueetl",
  scriptLocation: "s3://b/a.py",
  pythonVersion: "3",
  glueVersion: "5.0",
  workerType: "G.1X",
  numberOfWorkers: 2,
  timeoutMinutes: 60,
  maxRetries: 0,
  maxConcurrentRuns: 1,
  executionClass: "STANDARD",
  queuing: false,
  arguments: { "--datalake-formats": "hudi" },
  nonOverridableArguments: {},
  connections: [],
  securityConfiguration: null,
  notifyDelayAfterMinutes: null,
  maintenanceWindow: null,
};
const trigger: TriggerProps = {
  workflow: "w",
  type: "CONDITIONAL",
  description: "",
  schedule: null,
  predicate: { logical: "AND", conditions: { a: ["SUCCEEDED"] } },
  actions: { b: { arguments: {}, timeoutMinutes: null, securityConfiguration: null, notifyDelayAfterMinutes: null } },
  batch: null,
  enabled: true,
};
const at = { kind: "glue.job", id: "x", name: "x" };
const ofJob = (change: Partial<JobProps>): string[] =>
  lintJob(at, { ...job, ...change }).map(({ level, text }) => `${level}: ${text}`);
const ofTrigger = (change: Partial<TriggerProps>): string[] =>
  lintTrigger({ ...at, kind: "glue.trigger" }, { ...trigger, ...change }).map(({ level, text }) => `${level}: ${text}`);

describe("lint of jobs", () => {
  it("has nothing against the shipped shape", () => expect(ofJob({})).toEqual([]));

  it.each<[Partial<JobProps>, string]>([
    [{ arguments: { "--x": "x".repeat(200_000) } }, "warning: its arguments take 201 kB; AWS takes 260 kB in all"],
    [{ arguments: { "--x": "x".repeat(270_000) } }, "error: its arguments take 271 kB; AWS takes 260 kB in all"],
    [{ workerType: "Standard" }, "error: worker type Standard ended with Glue 1.0"],
    [{ workerType: "G.025X" }, "error: worker type G.025X is for streaming jobs only"],
    [{ workerType: "G.4X", executionClass: "FLEX" }, "error: FLEX jobs run on G.1X and G.2X, not on G.4X"],
    [{ glueVersion: "5.1" }, "warning: Glue 5.1 has a Hudi 1.x that upgrades existing tables"],
    [{ glueVersion: "4.0" }, "warning: Glue 4.0 has Hudi 0.12.1"],
    [{ arguments: { "--db_password": "x" } }, "error: --db_password looks like a secret"],
    [{ numberOfWorkers: 100, timeoutMinutes: 2880 }, "warning: one run may cost up to $2112.00"],
  ])("%j", (change, expected) => expect(ofJob(change).join("\n")).toContain(expected));

  it("reckons the worst case with retries", () => {
    expect(worstCase(job)).toBeCloseTo(0.88);
    expect(worstCase({ ...job, maxRetries: 1, workerType: "G.2X", executionClass: "FLEX" })).toBeCloseTo(2.32);
  });
});

describe("lint of triggers", () => {
  it("has nothing against the shipped shape", () => expect(ofTrigger({})).toEqual([]));

  it.each<[Partial<TriggerProps>, string]>([
    [{ predicate: null }, "error: waits for nothing"],
    [{ enabled: false }, "warning: is not enabled, so the jobs behind it never start"],
    [{ schedule: "cron(1 2 3)" }, "fields, not six"],
    [
      {
        actions: {
          a: { arguments: {}, timeoutMinutes: null, securityConfiguration: null, notifyDelayAfterMinutes: null },
        },
      },
      "error: a is both waited for and started",
    ],
  ])("%j", (change, expected) => expect(ofTrigger(change).join("\n")).toContain(expected));
});

describe("schedules", () => {
  it.each([
    "cron(15 12 * * ? *)",
    "cron(0/5 8-17 ? * MON-FRI *)",
    "cron(0 8 1 * ? *)",
    "cron(0 8 ? * 2#1 2026-2030)",
    "cron(0 0 L * ? *)",
  ])("%s is taken", (text) => expect(cronProblem(text)).toBeUndefined());
  it.each([
    "cron(* * * * * *)",
    "cron(60 * * * ? *)",
    "cron(0 0 * *)",
    "0 0 * * *",
    "cron(0 0 ? * ? *)",
    "cron(a 0 * * ? *)",
  ])("%s is refused", (text) => expect(cronProblem(text)).toBeTypeOf("string"));
  it.each(["rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(2 days)", "cron(0 6 * * ? *)"])(
    "%s is taken",
    (text) => expect(scheduleProblem(text)).toBeUndefined(),
  );
  it.each(["rate(1 hours)", "rate(2 hour)", "rate(0 minutes)", "rate(5 weeks)", "every hour", "rate(-1 day)"])(
    "%s is refused",
    (text) => expect(scheduleProblem(text)).toBeTypeOf("string"),
  );
});
