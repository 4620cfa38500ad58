import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** `formerly`: one thing takes the place of another, unless the other holds data. */
let moto: MotoProject;
interface Shown {
  steps: { action: string; address: { kind: string; id: string; name: string }; because?: string }[];
  findings: { code: string; level: string; at: string; fix: string }[];
}
const diff = async (code: number): Promise<Shown> => {
  const ran = await moto.run("diff", "--env", "dev", "--json");
  expect(ran.code, ran.err).toBe(code);
  return JSON.parse(ran.out) as Shown;
};
const steps = ({ steps: all }: Shown): string[] =>
  all.map(({ action, address, because }) => `${action} ${address.kind} ${address.name}: ${because ?? ""}`).toSorted();

beforeAll(async () => {
  moto = await motoProject();
  moto.config("");
  const applied = await moto.run("apply", "--env", "dev", "--yes");
  expect(applied.code, applied.err).toBe(0);
}, 120_000);
afterAll(() => moto?.stop());

describe("formerly", () => {
  test("a rule under another id is one rename, and done once", async () => {
    moto.edit("  failure: # tells", "  mishap: # tells");
    moto.config("rules: {mishap: {formerly: failure}}\n");
    expect(steps(await diff(0))).toEqual([
      "create events.rule metriccare_mishap_dev: rename: was metriccare_failure_dev",
      "delete events.rule metriccare_failure_dev: rename: events.rule/mishap takes its place",
      expect.stringMatching(/^update sns\.topic metriccare_alerts_dev/),
      expect.stringMatching(/^update sqs\.queue metriccare_undelivered_dev/),
    ]);
    const applied = await moto.run("apply", "--env", "dev", "--yes");
    expect(applied.code, applied.err + applied.out).toBe(0);
    expect(steps(await diff(0))).toEqual([]);
  }, 60_000);

  test("a topic by its name in AWS", async () => {
    moto.config(
      "rules: {mishap: {formerly: failure}}\nalerts: {name: clinic_alerts, formerly: metriccare_alerts_dev}\n",
    );
    const found = steps(await diff(0));
    expect(found).toContain("create sns.topic clinic_alerts: rename: was metriccare_alerts_dev");
    expect(found).toContain("delete sns.topic metriccare_alerts_dev: rename: sns.topic/alerts takes its place");
  }, 60_000);

  test("what holds data is refused, with the way to move it", async () => {
    moto.config("ledger: {name: files, formerly: processed_files}\n");
    const ledger = (await diff(1)).findings.find(({ level }) => level === "error");
    expect(ledger).toMatchObject({ code: "rename_holds_data", at: "dynamodb.table/processed_files" });
    expect(ledger?.fix).toContain("name: metriccare_processed_files_dev");
    const applied = await moto.run("apply", "--env", "dev", "--yes");
    expect(applied.code).toBe(1);
    // It has held the lease to look, and gives it back: nothing else is changed.
    const changes = applied.calls.filter(({ operation }) => /^(Create|Put|Delete|Update)/.test(operation));
    expect(changes.map(({ input }) => (input as { Key?: string }).Key)).toEqual([
      "metriccare/lease.json",
      "metriccare/lease.json",
    ]);
  }, 60_000);

  test("a bucket with objects too, and not when it is empty", async () => {
    moto.config("");
    moto.edit(/^ {2}raw: #.*$/m, "  landing:\n    formerly: raw");
    moto.edit(/bucket: raw/, "bucket: landing");
    const empty = await diff(0);
    expect(steps(empty)).toContain(
      "create s3.bucket metriccare-landing-dev-123456789012-us-east-1: rename: was metriccare-raw-dev-123456789012-us-east-1",
    );
    await new S3({ forcePathStyle: true }).putObject({
      Bucket: "metriccare-raw-dev-123456789012-us-east-1",
      Key: "fhir/a.ndjson",
      Body: "{}",
    });
    expect((await diff(1)).findings).toMatchObject([{ code: "rename_holds_data", at: "s3.bucket/landing" }]);
  }, 60_000);

  test("a former id that is still declared is a mistake with its place", async () => {
    moto.config("jobs: {gold_hai: {formerly: gold_mortality}}\n");
    const ran = await moto.run("validate", "--env", "dev");
    expect(ran.code).toBe(64);
    expect(ran.err).toMatch(/config\/dev\.yaml:1:\d+ jobs\.gold_hai\.formerly: `gold_mortality` is still declared/);
  });
});
