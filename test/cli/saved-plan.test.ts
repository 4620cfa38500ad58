import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Lambda } from "@aws-sdk/client-lambda";
import { SNS } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InProcess } from "../harness/in-process.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** `diff --out`, then `apply <plan>`, with somebody else at work in between. */
let moto: MotoProject;
const BASE = "ledger: {ttl: true, ttlDays: 30}\n";
const CHANGED = `${BASE}function: {timeout: 99}\nrules: {schedule: {description: later}}\nalerts: {tags: {Team: a}}\n`;
const fn = "metriccare_trigger_glue_workflow_dev";

interface Event {
  type: string;
  address?: { kind: string; id: string };
  error?: { code: string; text: string };
  because?: string;
  failed?: number;
  done?: number;
}
const events = (ran: InProcess): Event[] =>
  ran.out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
const of = (ran: InProcess, type: string): string[] =>
  events(ran)
    .filter((event) => event.type === type)
    .map(({ address }) => `${address?.kind}/${address?.id}`)
    .toSorted();
const save = (file = "plan.json"): Promise<InProcess> => moto.run("diff", "--env", "dev", "--out", file, "--json");
const carry = (file = "plan.json", ...more: string[]): Promise<InProcess> =>
  moto.run("apply", file, "--yes", "--json", ...more);
const lambda = (): Lambda => new Lambda({});

beforeAll(async () => {
  moto = await motoProject();
  moto.config(BASE);
}, 120_000);
afterAll(() => moto?.stop());

describe("a saved plan", () => {
  test("of an empty account is applied whole, and once more does nothing", async () => {
    const saved = await save();
    expect(saved.code, saved.err).toBe(0);
    expect(saved.calls.filter(({ operation }) => !/^(Get|List|Describe|Head|BatchGet)/.test(operation))).toEqual([]);
    const applied = await carry();
    expect(applied.code, applied.err + applied.out).toBe(0);
    const diff = await moto.run("diff", "--env", "dev", "--exit-code");
    expect(diff.code, diff.out).toBe(0);
    const again = await carry();
    expect(again.code, again.err + again.out).toBe(0);
    expect(events(again).at(-1)).toMatchObject({ type: "finished", done: 0, failed: 0 });
  }, 120_000);

  test("refuses the step whose resource moved and what depends on it; the rest is applied", async () => {
    moto.config(CHANGED);
    expect((await save()).code).toBe(0);
    await lambda().updateFunctionConfiguration({ FunctionName: fn, Timeout: 77 });
    const applied = await carry();
    expect(applied.code).toBe(1);
    expect(of(applied, "step-failed")).toEqual(["lambda.function/trigger_glue_workflow"]);
    expect(events(applied).find(({ type }) => type === "step-failed")?.error).toMatchObject({
      code: "plan_step_moved",
    });
    expect(events(applied).find(({ type }) => type === "step-failed")?.error?.text).toContain("timeoutSeconds");
    expect(of(applied, "step-skipped")).toEqual(["events.rule/schedule"]);
    expect(events(applied).find(({ type }) => type === "step-skipped")?.because).toContain("lambda.function");
    expect(of(applied, "step-done")).toEqual(["sns.topic/alerts"]);
    expect((await lambda().getFunctionConfiguration({ FunctionName: fn })).Timeout).toBe(77);
  }, 120_000);

  test("a new one does what was refused", async () => {
    expect((await save()).code).toBe(0);
    expect((await carry()).code).toBe(0);
    expect((await lambda().getFunctionConfiguration({ FunctionName: fn })).Timeout).toBe(99);
    expect((await moto.run("diff", "--env", "dev", "--exit-code")).code).toBe(0);
  }, 120_000);

  test("leaves alone what is not in it, and says so", async () => {
    moto.config(CHANGED.replace("timeout: 99", "timeout: 98"));
    expect((await save()).code).toBe(0);
    const sns = new SNS({});
    const topic = "arn:aws:sns:us-east-1:123456789012:metriccare_alerts_dev";
    await sns.tagResource({ ResourceArn: topic, Tags: [{ Key: "Team", Value: "z" }] });
    const applied = await carry();
    expect(applied.code, applied.err).toBe(0);
    expect(applied.err).toContain("plan_lacks_step");
    const { Tags } = await sns.listTagsForResource({ ResourceArn: topic });
    expect(Tags?.find(({ Key }) => Key === "Team")?.Value).toBe("z");
    expect((await moto.run("apply", "--env", "dev", "--yes")).code).toBe(0);
  }, 120_000);

  test("refuses what is gone by now", async () => {
    moto.config(CHANGED.replace("timeout: 99", "timeout: 97"));
    expect((await save()).code).toBe(0);
    await lambda().deleteFunction({ FunctionName: fn });
    const applied = await carry();
    expect(applied.code).toBe(1);
    expect(events(applied).find(({ type }) => type === "step-failed")?.error?.text).toContain("it is gone");
    expect((await moto.run("apply", "--env", "dev", "--yes")).code).toBe(0);
  }, 120_000);

  test("holds no way to say more than it is for", async () => {
    const path = join(moto.dir, "plan.json");
    moto.config(CHANGED);
    expect((await save()).code).toBe(0);
    const plan = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    const refused = async (change: Record<string, unknown>, code: number, name: string): Promise<void> => {
      writeFileSync(path, JSON.stringify({ ...plan, ...change }));
      const ran = await carry();
      expect([ran.code, (JSON.parse(ran.out) as { error: { code: string } }).error.code]).toEqual([code, name]);
      expect(ran.calls.filter(({ operation }) => operation !== "GetCallerIdentity")).toEqual([]);
    };
    await refused({ account: "999999999999" }, 1, "plan_account");
    await refused({ region: "eu-west-1" }, 1, "plan_region");
    await refused({ tool: "9.9.9" }, 64, "plan_version");
    await refused({ format: 7 }, 64, "plan_file");
    writeFileSync(path, JSON.stringify(plan));
    expect((await carry("plan.json", "--env", "prod")).code).toBe(64);
    expect((await carry("plan.json", "--only", "glue")).code).toBe(64);
    expect((await carry("nothing.json")).code).toBe(64);
    moto.config(BASE);
    await refused({}, 1, "plan_config");
  }, 120_000);

  test("is not written for a plan that cannot be applied", async () => {
    moto.config(BASE.replace("ledger", "aws: {account: '123456789012'}\nledger"));
    await lambda().untagResource({
      Resource: `arn:aws:lambda:us-east-1:123456789012:function:${fn}`,
      TagKeys: ["metriccare:owner"],
    });
    const saved = await save("bad.json");
    expect(saved.code).toBe(1);
    expect(() => readFileSync(join(moto.dir, "bad.json"))).toThrow();
  }, 120_000);
});
