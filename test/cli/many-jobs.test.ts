import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** A lakehouse with more jobs than EventBridge takes in one pattern: what operates it knows all of its rules. */
let moto: MotoProject;

const config = (jobs: number, first = 0): string =>
  [
    "roles: {side: {}}",
    "jobs:",
    ...Array.from(
      { length: jobs - first },
      (_, i) => `  extract_${first + i}: {type: pythonshell, role: side, script: own.py}`,
    ),
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

  // What jobs' ends are told by is never given up before another rule has it.
  const changed = async (text: string): Promise<string[]> => {
    moto.config(text);
    const { code, lines } = await answered("apply", "--yes");
    expect(code).toBe(0);
    return lines.flatMap(({ type, action, address }) =>
      type === "step-done" && String(Object(address).kind) === "events.rule" && action !== "keep"
        ? [`${String(action)} ${String(Object(address).id)}`]
        : [],
    );
  };
  const of = (id: string, all: readonly string[]): string[] => all.filter((one) => one.includes(id));
  const shrunk = await changed(config(80, 50));
  expect(of("failure", shrunk)).toEqual(["update failure", "delete failure_2"]);
  expect(of("completion", shrunk)).toEqual(["update completion", "delete completion_2"]);
  const { lines: after } = await answered("doctor");
  expect(after.filter(({ check }) => String(check).includes("_2_dev"))).toEqual([]);
  expect(of("failure", await changed(config(80)))).toEqual(["create failure_2", "update failure"]);

  // One mistake, and one thing to do, of a rule that is several.
  const { lines: off } = await (await changed(`${config(80)}rules: {failure: {enabled: false}}\n`), answered("doctor"));
  expect(
    off.filter(({ check }) => /^rule metriccare_failure.*_dev$/.test(String(check))).map(({ fix }) => fix),
  ).toEqual(["rules.failure.enabled: true", "rules.failure.enabled: true"]);
  moto.config(
    `${config(80)}rules: {failure: {targets: [{id: a, topic: alerts, inputPath: $.a, transformer: {paths: {}, template: x}}]}}\n`,
  );
  const { code, err } = await moto.run("diff", "--env", "dev");
  expect(code).toBe(64);
  expect(err.match(/config\/dev\.yaml/g)).toHaveLength(1);
});
