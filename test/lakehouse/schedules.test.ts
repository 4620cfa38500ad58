import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { grantsOf } from "../../src/cli/commands/iam-policy.ts";
import { addressText } from "../../src/engine/types.ts";
import { policyOf } from "../../src/lakehouse/access/policy.ts";
import { compile } from "../../src/lakehouse/compile.ts";
import { declaredRights, outputs } from "../../src/lakehouse/index.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

const CONFIG = `
project: metriccare
pipeline: none
buckets: {data: {}}
roles: {clock: {services: [scheduler.amazonaws.com]}, clock_jobs: {}}
queues: {late: {}}
topics: {news: {}}
workflows: {nightly: {triggers: {start: {type: on_demand, actions: [{job: report}]}}}}
jobs: {report: {type: pythonshell, script: own/report.py, role: clock_jobs}}
`;
const SCHEDULES = `
schedules:
  night:
    expression: cron(0 3 * * ? *)
    timezone: Europe/Berlin
    flexibleWindow: 15
    target: {workflow: nightly, role: clock, deadLetter: late}
  once:
    expression: at(2099-01-31T06:00:00)
    target: {topic: news, role: clock, input: {hello: 1}}
`;

function made(more: string): string {
  const one = project({ "own/report.py": "" });
  remove = one.remove;
  writeFileSync(join(one.dir, "config/lakehouse.yaml"), `${CONFIG}${more}`);
  writeFileSync(join(one.dir, "config/dev.yaml"), "");
  return one.dir;
}

test("schedules lie in the environment's group, and their role may call what they name", async () => {
  const dir = made(SCHEDULES);
  const config = load({ dir, env: "dev" });
  const { desired } = await compile(config, scopeOf("dev"), dir);
  const all = new Map(desired.map((one) => [addressText(one.address), one]));
  expect(all.get("scheduler.group/schedules")?.address.name).toBe("metriccare_schedules_dev");
  const night = all.get("scheduler.schedule/night");
  expect(night?.address.name).toBe("metriccare_schedules_dev/metriccare_night_dev");
  expect(night?.props).toHaveProperty("target.dlqArn", "arn:aws:sqs:eu-central-1:111122223333:metriccare_late_dev");
  expect(night?.props).toHaveProperty("target.input", '{"Name":"metriccare_nightly_dev"}');
  expect(night?.props).toHaveProperty("target.arn", "arn:aws:scheduler:::aws-sdk:glue:startWorkflowRun");
  expect(
    declaredRights(config, scopeOf("dev"))
      .get("clock")
      ?.map(({ Action, Resource }) => [Action, Resource]),
  ).toEqual([
    [["glue:StartWorkflowRun"], ["arn:aws:glue:eu-central-1:111122223333:workflow/metriccare_nightly_dev"]],
    [["sns:Publish"], ["arn:aws:sns:eu-central-1:111122223333:metriccare_news_dev"]],
    [["sqs:SendMessage"], ["arn:aws:sqs:eu-central-1:111122223333:metriccare_late_dev"]],
  ]);
  const trust = JSON.stringify(all.get("iam.role/clock")?.props);
  expect(trust).toContain("scheduler.amazonaws.com");
  expect(Object.keys(Object(outputs(config, scopeOf("dev")))).includes("schedules")).toBe(true);
  const policy = JSON.stringify(policyOf(config, scopeOf("dev"), grantsOf("deployer"), "deployer"));
  expect(policy).toContain("arn:aws:scheduler:eu-central-1:111122223333:schedule-group/metriccare_schedules_dev");
});

test("without schedules there is no group and no right", async () => {
  const dir = made("");
  const config = load({ dir, env: "dev" });
  const { desired } = await compile(config, scopeOf("dev"), dir);
  expect(desired.filter(({ address }) => address.kind.startsWith("scheduler."))).toEqual([]);
  const policy = JSON.stringify(policyOf(config, scopeOf("dev"), grantsOf("deployer"), "deployer"));
  expect(policy).not.toContain("schedule");
});

test("mistakes are told at their place", () => {
  const wrong = (text: string) => () => load({ dir: made(`\nschedules: {a: ${text}}`), env: "dev" });
  expect(wrong("{expression: 'every night', target: {topic: news, role: clock}}")).toThrow(/expression/);
  expect(wrong("{expression: rate(1 hour), timezone: Mars/North, target: {topic: news, role: clock}}")).toThrow(
    /time zone/,
  );
  expect(wrong("{expression: rate(1 hour), target: {topic: news, queue: late, role: clock}}")).toThrow(/names one of/);
  expect(wrong("{expression: rate(1 hour), target: {topic: nws, role: clock}}")).toThrow(/news/);
});
