import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { advice } from "../../src/lakehouse/advice.ts";
import { load, project } from "../services/compile/project.ts";
import { FURTHER, putFiles } from "./further-config.ts";

/** Mistakes in what stands beside the pipeline, each at its place. */
let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
  putFiles(folder.dir);
});
afterAll(() => folder?.remove());

const put = (from: string, to: string): void => {
  expect(FURTHER).toContain(from);
  writeFileSync(
    join(folder.dir, "config", "dev.yaml"),
    FURTHER.replace(from, () => to),
  );
};

const problems = (): string[] => {
  try {
    load({ dir: folder.dir, env: "dev" });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    return error.problems.map(({ file, line, column, path, message, suggestion = "" }) =>
      [`${file}:${line}:${column}`, path, message, suggestion].join(" | "),
    );
  }
};

test.each([
  ["endpoint: inbox", "endpoint: inbx", /dev.yaml:\d+:\d+ .*there is no queue `inbx`.*`inbox`/],
  ["endpoint: theirs", "endpoint: thiers", /there is no function `thiers`.*`theirs`/],
  ["role: side", "role: sied", /there is no role `sied`.*`side`/],
  ["role: given", "role: givn", /there is no role `givn`.*`given`/],
  ["actions: [extract]", "actions: [extrakt]", /there is no job `extrakt`.*`extract`/],
  ["after: [extract]", "after: [extrct]", /there is no job `extrct`.*`extract`/],
  ["bucket: landing", "bucket: lnding", /there is no bucket `lnding`.*`landing`/],
  ["onFailure: {queue: inbox}", "onFailure: {queue: inbx}", /there is no queue `inbx`/],
  ["[read_landing, listing]", "[read_landing, listin]", /dev.yaml:\d+:\d+ .*no managed policy `listin`.*`listing`/],
  ["  listing:\n", "  boundary:\n", /policies\.boundary .*is the permissions boundary/],
  ["  listing:\n", "  empty: {}\n  listing:\n", /policies\.empty .*needs `document`/],
  ["path: /hospital/", "path: hospital", /a path starts and ends with/],
  ["redrive: {queue: dead}", "redrive: {queue: ded}", /there is no queue `ded`.*`dead`/],
  ["targets: [notify", "targets: [notfy", /there is no function, topic, queue or workflow `notfy`.*`notify`/],
  ["{workflow: heard", "{workflow: herd", /there is no workflow `herd`.*`heard`/],
  ["roleArn: start", "roleArn: strt", /there is no role `strt`.*`start`/],
  ["${topics.side.arn}", "${topics.sied.arn}", /names nothing.*topics\.side\.arn/],
  ["inbox: {", "inbox: {name: metriccare_dead_dev, ", /metriccare_dead_dev is taken by queues\.inbox/],
  ["arn:aws:sns:us-east-1:123456789012:hospital-news", "arn:aws:sqs:us-east-1:123456789012:x", /is no topic/],
  [
    "arn:aws:lambda:us-east-1:123456789012:function:h",
    "arn:aws:lambda:us-east-1:123456789012:layer:h",
    /is no function/,
  ],
  ["functions:\n", "functions:\n  bare: {}\n", /a function needs `role`/],
  ["functions:\n", "functions:\n  bare: {role: notify}\n", /a function needs code/],
])("%s as %s", (from, to, said) => {
  put(from, to);
  expect(problems()).toContainEqual(expect.stringMatching(said));
});

const findings = (): string[] =>
  advice(load({ dir: folder.dir, env: "dev" })).map(({ code, level, at }) => `${code} ${level} ${at}`);

test("settings beside `existing` have no effect, and are told", () => {
  put("landing: {existing: hospital-landing}", "landing: {existing: hospital-landing, lifecycle: {noncurrentDays: 3}}");
  expect(problems()).toEqual([]);
  expect(findings()).toEqual([
    "existing_events note lambda.function/notify",
    "existing_settings warning buckets.landing",
  ]);
});

test("a job of a layer that no trigger starts is told; one without a layer need not be started", () => {
  const script = "layer: gold, measure: hai, script: glue-scripts/jobs/gold.py";
  put("jobs:\n", `jobs:\n  extra: {${script}}\n  free: {role: side, script: own/load.py}\n`);
  expect(problems()).toEqual([]);
  expect(findings()).toContain("job_not_started warning glue.job/extra");
  expect(findings().join()).not.toContain("free");
  // Whichever workflow starts it.
  const path = join(folder.dir, "config", "dev.yaml");
  writeFileSync(
    path,
    FURTHER.replace("jobs:\n", `jobs:\n  extra: {${script}}\n`).replace(
      "actions: [extract]",
      "actions: [extract, extra]",
    ),
  );
  expect(findings().join()).not.toContain("job_not_started");
});
