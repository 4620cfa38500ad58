import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inProcess } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

/** Names and ARNs where the config says account and region: nobody is asked, so nobody needs credentials. */
let folder: ReturnType<typeof project>;
beforeEach(() => {
  folder = project();
  writeFileSync(join(folder.dir, "config", "dev.yaml"), 'aws: {account: "111122223333", region: eu-central-1}\n');
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"])
    vi.stubEnv(name, "");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

test("a pinned account and region need no call", async () => {
  const ran = await inProcess(folder.dir, ["outputs", "--env", "dev", "--json"]);
  expect(ran.code, ran.err + ran.out).toBe(0);
  expect(JSON.parse(ran.out)).toMatchObject({
    ledger: { arn: "arn:aws:dynamodb:eu-central-1:111122223333:table/metriccare_processed_files_dev" },
  });
});

test("an AWS_REGION that disagrees is told all the same", async () => {
  vi.stubEnv("AWS_REGION", "us-east-1");
  const ran = await inProcess(folder.dir, ["outputs", "--env", "dev"]);
  expect(ran.code).not.toBe(0);
  expect(ran.err).toContain("is pinned to region eu-central-1");
});
