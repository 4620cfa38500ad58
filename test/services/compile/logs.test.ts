import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Call, Desired } from "../../../src/engine/types.ts";
import type { JobProps } from "../../../src/services/glue/props.ts";
import { group } from "../../../src/services/logs/group.ts";
import type { LogGroupProps } from "../../../src/services/logs/props.ts";
import { compiled, project } from "./project.ts";

let folder: ReturnType<typeof project>;
beforeEach(() => {
  folder = project();
});
afterEach(() => folder.remove());

const overlay = (text: string): void => writeFileSync(join(folder.dir, "config", "dev.yaml"), text);
const KEY = "arn:aws:kms:eu-central-1:111122223333:key/k";
const OURS = "/aws-glue/metriccare_jobs_dev";

async function made(): Promise<{
  groups: Record<string, LogGroupProps>;
  prefix: (job: string) => unknown;
  writes: (role: string) => string;
}> {
  const { desired } = await compiled(folder.dir, "dev");
  const of = (kind: string): Desired[] => desired.filter(({ address }) => address.kind === kind);
  const propsOf = (kind: string, id: string): Record<string, never> =>
    of(kind).find(({ address }) => address.id === id)?.props as Record<string, never>;
  return {
    groups: Object.fromEntries(of("logs.group").map(({ address, props }) => [address.name, props as LogGroupProps])),
    prefix: (job) => (propsOf("glue.job", job) as unknown as JobProps).arguments["--custom-logGroup-prefix"],
    writes: (role) => JSON.stringify(propsOf("iam.role", role)),
  };
}

describe("the jobs write to log groups of the environment", () => {
  test("two for all jobs, which their roles may write to, and to no others", async () => {
    overlay("");
    const { groups, prefix, writes } = await made();
    expect(Object.keys(groups).toSorted()).toEqual([
      `${OURS}/error`,
      `${OURS}/output`,
      "/aws/lambda/metriccare_trigger_glue_workflow_dev",
    ]);
    expect(prefix("gold_hai")).toBe(OURS);
    expect(writes("glue_gold")).toContain(`log-group:${OURS}/*`);
    expect(writes("glue_gold")).not.toContain("/aws-glue/jobs");
  });

  test("with the retention and the key that the config names, the function's too", async () => {
    overlay(`logs: { retentionDays: 365, kmsKeyId: "${KEY}" }\n`);
    for (const props of Object.values((await made()).groups))
      expect(props).toMatchObject({ retentionDays: 365, kmsKey: KEY });
    overlay("logs: { retentionDays: 365 }\nfunction: { logRetentionDays: 7 }\n");
    const { groups } = await made();
    expect(groups["/aws/lambda/metriccare_trigger_glue_workflow_dev"]?.retentionDays).toBe(7);
    expect(groups[`${OURS}/error`]?.retentionDays).toBe(365);
  });

  test("a job that names its own keeps it; Glue 4.0 does not know the argument", async () => {
    overlay(
      'jobs:\n  gold_hai: { arguments: { --custom-logGroup-prefix: /clinic/hai } }\n  gold_mortality: { glueVersion: "4.0" }\n',
    );
    const { prefix, writes } = await made();
    expect([prefix("gold_hai"), prefix("gold_mortality"), prefix("gold_readmission")]).toEqual([
      "/clinic/hai",
      undefined,
      OURS,
    ]);
    for (const place of ["/clinic/hai/*", "/aws-glue/jobs/*", `${OURS}/*`])
      expect(writes("glue_gold")).toContain(place);
  });
});

describe("what the config does not name of a log group is never taken off", () => {
  const address = { kind: "logs.group", id: "jobs_output", name: `${OURS}/output` };
  const wanted: LogGroupProps = { retentionDays: null, kmsKey: null, logClass: "STANDARD" };
  const live = { name: address.name, tags: {}, props: { ...wanted, retentionDays: 365, kmsKey: KEY } };

  test("a key and a retention that the security team set are no drift, and the key is told", () => {
    expect(group.fields?.kmsKey?.equal?.(KEY, null)).toBe(true);
    expect(group.fields?.retentionDays?.equal?.(365, null)).toBe(true);
    expect(group.fields?.retentionDays?.equal?.(365, 30)).toBe(false);
    expect(group.fields?.kmsKey?.equal?.(null, KEY)).toBe(false);
    const ctx = {} as AwsContext;
    expect(group.inspect?.(ctx, address, wanted, live)).toMatchObject([{ code: "log_key_kept", level: "note" }]);
    expect(group.inspect?.(ctx, address, { ...wanted, kmsKey: KEY }, live)).toEqual([]);
  });

  test("no call of an update takes it off, whatever it thinks has changed", () => {
    const change = { address, props: wanted, live, changed: new Set(["kmsKey", "retentionDays"]), tags: {} };
    const calls = [...(group.update({} as AwsContext, change as never) as Iterable<Call>)];
    expect(calls).toEqual([]);
  });

  test("a new group keeps its lines 30 days", () => {
    const write = { address, props: wanted, tags: {} };
    const calls = [...(group.create({} as AwsContext, write as never) as Iterable<Call>)];
    expect(calls.map(({ name }) => name)).toEqual(["logs:CreateLogGroup", "logs:PutRetentionPolicy"]);
  });
});
