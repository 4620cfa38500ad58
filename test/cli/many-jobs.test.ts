import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** A lakehouse with more jobs than EventBridge takes in one pattern: what operates it knows all of its rules. */
let moto: MotoProject;

const config = (jobs: number): string =>
  [
    "roles: {side: {}}",
    "jobs:",
    ...Array.from({ length: jobs }, (_, i) => `  extract_${i}: {type: pythonshell, role: side, script: own.py}`),
    "alerts: {subscriptions: [{protocol: sqs, endpoint: 'arn:aws:sqs:us-east-1:123456789012:alerts'}]}",
    "",
  ].join("\n");

interface Answer {
  readonly code: number;
  readonly lines: readonly Record<string, unknown>[];
}

async function answered(...argv: string[]): Promise<Answer> {
  const { code, out } = await moto.run(...argv, "--env", "dev", "--json");
  const lines = out.startsWith("{\n")
    ? [JSON.parse(out)]
    : out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
  return { code, lines };
}

beforeAll(async () => {
  moto = await motoProject();
  writeFileSync(join(moto.dir, "own.py"), "");
  moto.config(config(80));
}, 60_000);
afterAll(async () => await moto?.stop());

test("each rule is made, looked at and tested, and goes when nothing needs it", async () => {
  expect(await moto.run("apply", "--env", "dev", "--yes")).toMatchObject({ code: 0 });
  expect(await moto.run("diff", "--env", "dev", "--exit-code", "--all")).toMatchObject({ code: 0 });

  const { lines: checks } = await answered("doctor");
  const found = checks.filter(({ check }) => String(check).includes("failure_2"));
  expect(found.map(({ check, ok }) => [check, ok])).toEqual([
    ["what rule metriccare_failure_2_dev cannot deliver", true],
    ["rule metriccare_failure_2_dev", true],
    ["rule metriccare_failure_2_dev may publish", true],
  ]);
  expect(checks).toContainEqual(
    expect.objectContaining({ check: "rule metriccare_completion_2_dev may call the function", ok: true }),
  );

  const { lines: alerts } = await answered("alerts", "test");
  expect(alerts.at(-1)).toMatchObject({ covered: 90 * 3, missing: 0 });
  expect(alerts).toContainEqual(
    expect.objectContaining({ job: "extract_79", state: "FAILED", ok: true, rules: ["metriccare_failure_2_dev"] }),
  );

  moto.config(config(20));
  const { out } = await moto.run("diff", "--env", "dev");
  expect(out).toMatch(/events\.rule\/failure_2/);
  expect(await moto.run("apply", "--env", "dev", "--yes")).toMatchObject({ code: 0 });
  const after = await answered("doctor");
  expect(after.lines.filter(({ check }) => String(check).includes("_2_dev"))).toEqual([]);
});
