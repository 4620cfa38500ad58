import { Lambda } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** `${…}` in the texts of a config, as far as AWS. */
let moto: MotoProject;

beforeAll(async () => {
  moto = await motoProject();
  // Elsewhere than a config is assumed to live while nothing says where.
  vi.stubEnv("AWS_REGION", "eu-central-1");
});
afterAll(() => moto?.stop());

const TEXTS = `
tags: {Team: "\${project}-\${env}"}
buckets: {raw: {name: "clinic-\${env}-\${region}"}}
function:
  environment: {RAW: "\${buckets.raw.arn}", AT: "\${account}/\${region}", LITERAL: "$\${env}", TABLE: "\${ledger.arn}"}
jobs: {bronze_patient: {arguments: {--scratch: "\${buckets.scripts.url}tmp/"}}}
`;

test("where the environment lives is told once it is known; applied, nothing is left to do", async () => {
  moto.config(TEXTS);
  const applied = await moto.run("apply", "--env", "dev", "--yes");
  expect(applied.code, applied.err + applied.out).toBe(0);
  const fn = await new Lambda({}).getFunctionConfiguration({ FunctionName: "metriccare_trigger_glue_workflow_dev" });
  expect(fn.Environment?.Variables).toMatchObject({
    RAW: "arn:aws:s3:::clinic-dev-eu-central-1",
    AT: "123456789012/eu-central-1",
    LITERAL: "${env}",
    TABLE: "arn:aws:dynamodb:eu-central-1:123456789012:table/metriccare_processed_files_dev",
  });
  const diff = await moto.run("diff", "--env", "dev", "--exit-code");
  expect(diff.code, diff.out + diff.err).toBe(0);
  const outputs = await moto.run("outputs", "--env", "dev", "--json");
  expect(JSON.parse(outputs.out)).toMatchObject({ buckets: { raw: { name: "clinic-dev-eu-central-1" } } });
}, 120_000);

test("a text that names nothing is a mistake at its place, without a call", async () => {
  moto.config('function:\n  environment: {RAW: "${buckets.rwa.arn}"}\n');
  for (const command of [["validate"], ["diff"], ["apply", "--yes"]]) {
    const ran = await moto.run(...command, "--env", "dev");
    expect(ran.code).toBe(64);
    expect(ran.err + ran.out).toContain(
      "config/dev.yaml:2:22 function.environment.RAW: ${buckets.rwa.arn} names nothing: buckets has no `rwa`. Did you mean `${buckets.raw.arn}`?",
    );
    expect(ran.calls).toEqual([]);
  }
});
