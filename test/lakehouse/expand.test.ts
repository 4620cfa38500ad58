import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { addressText, type Desired } from "../../src/engine/types.ts";
import { compile } from "../../src/lakehouse/compile.ts";
import { expand } from "../../src/lakehouse/expand.ts";
import { declaredRights } from "../../src/lakehouse/index.ts";
import { ConfigInvalid } from "../../src/config/index.ts";
import type { JobProps, TriggerProps } from "../../src/services/glue/props.ts";
import type { RoleProps } from "../../src/services/iam/props.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

/** A project with this config alone, and these files. */
function lone(config: string, files: Readonly<Record<string, string>> = {}): string {
  const made = project(files);
  remove = made.remove;
  writeFileSync(join(made.dir, "config/lakehouse.yaml"), config);
  writeFileSync(join(made.dir, "config/dev.yaml"), "");
  return made.dir;
}

const resources = async (dir: string): Promise<Map<string, Desired>> => {
  const { desired, findings } = await compile(load({ dir, env: "dev" }), scopeOf("dev"), dir);
  expect(findings).toEqual([]);
  return new Map(desired.map((one) => [addressText(one.address), one]));
};

/** Props of a resource that must be there. */
function propsOf<P>(all: ReadonlyMap<string, Desired>, at: string): P {
  const found = all.get(at);
  if (!found) throw new Error(`${at} is not there`);
  return found.props as P;
}

const mistakes = (dir: string): string => {
  try {
    load({ dir, env: "dev" });
    return "";
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
};

describe("the plain config", () => {
  test("is a config of its own: the same resources follow from it", async () => {
    const made = project();
    remove = made.remove;
    const config = load({ dir: made.dir, env: "dev" });
    const before = await compile(config, scopeOf("dev"), made.dir);
    const plain = expand(config, scopeOf("dev"));
    // Policies that are managed are the boundary's: it follows from the roles again.
    const { policies: _policies, ...rest } = plain;
    const text = stringify({
      project: config.project,
      pipeline: "none",
      tags: config.tags,
      ...JSON.parse(JSON.stringify(rest).replaceAll("${", "$${")),
    });
    writeFileSync(join(made.dir, "config/lakehouse.yaml"), text);
    writeFileSync(join(made.dir, "config/dev.yaml"), "");
    const again = await compile(load({ dir: made.dir, env: "dev" }), scopeOf("dev"), made.dir);
    const byAddress = (all: readonly Desired[]) =>
      Object.fromEntries(
        all
          .filter(({ address }) => address.kind !== "iam.policy")
          .map(({ content: _bytes, ...one }) => [addressText(one.address), one])
          .toSorted(),
      );
    expect(byAddress(again.desired)).toEqual(byAddress(before.desired));
  });
});

describe("pipeline: none", () => {
  test("makes what stands in the config, and nothing else", async () => {
    const dir = lone(`
project: metriccare
pipeline: none
buckets:
  data: {}
`);
    expect([...(await resources(dir)).keys()]).toEqual(["s3.bucket/data"]);
  });

  test("a standalone job: its role may read its script and write its logs, and no more", async () => {
    const dir = lone(
      `
project: metriccare
pipeline: none
buckets:
  data: {}
jobs:
  nightly:
    script: scripts/nightly.py
    role: worker
    arguments: {"--mode": full}
roles:
  worker: {}
`,
      { "scripts/nightly.py": "print(1)\n" },
    );
    const all = await resources(dir);
    const job = all.get("glue.job/nightly")?.props as JobProps;
    expect(job.scriptLocation).toBe("s3://metriccare-data-dev-111122223333-eu-central-1/scripts/nightly.py");
    expect(Object.keys(job.arguments).toSorted()).toEqual(["--custom-logGroup-prefix", "--environment", "--mode"]);
    const role = all.get("iam.role/worker")?.props as RoleProps;
    expect(JSON.stringify(role.trust)).toContain('"glue.amazonaws.com"');
    const statements = declaredRights(load({ dir, env: "dev" }), scopeOf("dev")).get("worker") ?? [];
    expect(statements.map(({ Sid }) => Sid)).toEqual(["ReadScripts", "ListBuckets", "WriteLogs", "PutMetrics"]);
  });

  test("a role that nobody uses says which services take it on", async () => {
    const dir = lone(
      "project: metriccare\npipeline: none\nroles:\n  idle: {}\n  athena: {services: [athena.amazonaws.com]}\n",
    );
    expect(mistakes(dir)).toMatch(/lakehouse\.yaml:4:\d+ roles\.idle: no job and no function uses this role/);
    const good = lone("project: metriccare\npipeline: none\nroles:\n  athena: {services: [athena.amazonaws.com]}\n");
    const role = (await resources(good)).get("iam.role/athena")?.props as RoleProps;
    expect(JSON.stringify(role.trust)).toContain('"athena.amazonaws.com"');
  });
});

describe("trust", () => {
  const own = (more: string): string => `
project: metriccare
pipeline: none
roles:
  analyst:
    trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "\${account}"}, Action: sts:AssumeRole}]}
${more}`;

  test("of one's own stands in place of the one that follows", async () => {
    const role = propsOf<RoleProps>(await resources(lone(own(""))), "iam.role/analyst");
    expect(role.trust.Statement).toEqual([
      { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" },
    ]);
  });

  test("and services beside it would have no effect", () => {
    expect(mistakes(lone(own("    services: [glue.amazonaws.com]\n")))).toMatch(
      /roles\.analyst\.services: `trust` says/,
    );
  });
});

describe("references", () => {
  const jobs = (role: string): string => `
project: metriccare
pipeline: none
buckets: {scripts: {}}
jobs:
  one: {script: scripts/one.py, role: ${role}}
roles:
  worker: {}
  given: {existing: arn:aws:iam::111122223333:role/team/given-by-security}
`;
  const files = { "scripts/one.py": "" };
  const roleOf = async (role: string): Promise<string> =>
    propsOf<JobProps>(await resources(lone(jobs(role), files)), "glue.job/one").roleArn;

  test("an id, an ARN, and what exists", async () => {
    const named = jobs("worker").replace("given: {existing", "given: {services: [], existing");
    expect(propsOf<JobProps>(await resources(lone(named, files)), "glue.job/one").roleArn).toBe(
      "arn:aws:iam::111122223333:role/metriccare_worker_dev",
    );
    const other = jobs("arn:aws:iam::111122223333:role/other").replace("worker: {}", "");
    expect(propsOf<JobProps>(await resources(lone(other, files)), "glue.job/one").roleArn).toBe(
      "arn:aws:iam::111122223333:role/other",
    );
    const given = await resources(lone(jobs("given").replace("worker: {}", ""), files));
    expect(propsOf<JobProps>(given, "glue.job/one").roleArn).toBe(
      "arn:aws:iam::111122223333:role/team/given-by-security",
    );
    expect([...given.keys()].filter((one) => one.startsWith("iam."))).toEqual([]);
  });

  test("a misspelt one is a mistake with its place and the nearest id", async () => {
    await expect(roleOf("wroker")).rejects.toThrow(
      /lakehouse\.yaml:6:\d+ jobs\.one\.role: there is no role `wroker`\. Did you mean `worker`\?/,
    );
  });
});

describe("layers", () => {
  const shared = (silver: string): string => `
project: metriccare
buckets:
  lake: {}
databases:
  analytics: {}
layers:
  bronze: {bucket: lake, prefix: bronze/, database: analytics}
  silver: {bucket: lake, prefix: ${silver}, database: analytics}
  gold: {bucket: lake, prefix: gold/, database: analytics}
uploads:
  metriccare_etl: {source: glue-scripts/metriccare_etl, zip: true, bucket: lake}
jobs:
  bronze_patient: {layer: bronze, dataset: patient, script: a.py}
  silver_patient: {layer: silver, dataset: patient, script: b.py}
  silver_encounter: {layer: silver, dataset: encounter, script: b.py}
workflow: {stagger: true}
function: {events: {bucket: lake, prefix: raw/}}
roles:
  glue_bronze: {}
  glue_silver: {}
  trigger_glue_workflow: {}
`;
  const files = { "a.py": "", "b.py": "" };

  test("share a bucket and a database, each under its prefix", async () => {
    const dir = lone(shared("silver/"), files);
    const all = await resources(dir);
    const bucket = "metriccare-lake-dev-111122223333-eu-central-1";
    const job = all.get("glue.job/silver_patient")?.props as JobProps;
    expect(job.arguments).toMatchObject({
      "--bronze_path": `s3://${bucket}/bronze/`,
      "--silver_path": `s3://${bucket}/silver/`,
      "--silver_database": "metriccare_analytics_dev.silver_",
    });
    expect(job.scriptLocation).toBe(`s3://${bucket}/b.py`);
    const rights = declaredRights(load({ dir, env: "dev" }), scopeOf("dev")).get("glue_silver") ?? [];
    const write = rights.find(({ Sid }) => Sid === "WriteSilver");
    expect(write?.Resource).toEqual([`arn:aws:s3:::${bucket}/silver/*`]);
    expect(rights.find(({ Sid }) => Sid === "ReadBronze")?.Resource).toEqual([`arn:aws:s3:::${bucket}/bronze/*`]);
  });

  test("without triggers the workflow follows from them; staggered, job by job", async () => {
    const all = await resources(lone(shared("silver/"), files));
    const triggers = [...all].filter(([at]) => at.startsWith("glue.trigger/"));
    const shapes = triggers.map(([at, { props }]) => {
      const { actions, predicate } = props as TriggerProps;
      return [at.split("/")[1], Object.keys(actions), Object.keys(predicate?.conditions ?? {})];
    });
    expect(shapes).toEqual([
      ["start", ["metriccare_bronze_patient_dev"], []],
      ["silver_patient", ["metriccare_silver_patient_dev"], ["metriccare_bronze_patient_dev"]],
      ["silver_encounter", ["metriccare_silver_encounter_dev"], ["metriccare_silver_patient_dev"]],
    ]);
  });

  test("one prefix inside of another is a mistake", () => {
    expect(mistakes(lone(shared("bronze/inner/"), files))).toMatch(
      /layers\.silver\.prefix: lies in bucket `lake` inside/,
    );
  });
});

describe("further ones", () => {
  test("a workflow, a function, a table, a topic, and rules that name them by id", async () => {
    const dir = lone(
      `
project: metriccare
pipeline: none
buckets: {scripts: {}, drop: {}}
jobs:
  one: {script: one.py, role: worker}
  two: {script: two.py, role: worker}
roles: {worker: {}, caller: {}}
workflows:
  nightly:
    triggers:
      start: {type: scheduled, schedule: cron(0 2 * * ? *), actions: [one]}
      then: {type: conditional, after: [one], actions: [two]}
functions:
  tell: {source: code, handler: tell.main, role: caller, events: {bucket: drop}, onFailure: {queue: failed}}
tables:
  dataset: {hashKey: dataset, rangeKey: filename, attributes: {filename: S}}
topics: {news: {subscriptions: [{protocol: sqs, endpoint: failed}]}}
queues: {failed: {}}
rules:
  daily: {schedule: rate(1 day), targets: [tell, news]}
`,
      { "one.py": "", "two.py": "", "code/tell.py": "def main(event, context): ...\n" },
    );
    const all = await resources(dir);
    expect([...all.keys()]).toEqual(
      expect.arrayContaining([
        "glue.trigger/nightly_start",
        "glue.trigger/nightly_then",
        "glue.workflow/nightly",
        "lambda.function/tell",
        "dynamodb.table/dataset",
        "sns.topic/news",
        "sqs.queue/failed",
        "events.rule/daily",
        "s3.notification/drop",
        "logs.group/tell",
      ]),
    );
    expect(all.get("dynamodb.table/dataset")?.props).toMatchObject({
      hashKey: "dataset",
      rangeKey: "filename",
      rangeKeyType: "S",
    });
    expect(Object.keys(propsOf<{ permissions: object }>(all, "lambda.function/tell").permissions)).toEqual([
      "s3_drop",
      "rule_daily",
    ]);
  });

  test("the id of what the pipeline has one of is taken", () => {
    const dir = lone(
      "project: metriccare\nfunction: {role: worker}\nbuckets: {raw: {}}\nroles: {worker: {}}\ntopics: {alerts: {}}\n",
    );
    expect(mistakes(dir)).toMatch(
      /lakehouse\.yaml:5:\d+ topics\.alerts: `alerts` is what `alerts` makes\. Say it in `alerts`, or choose another id\./,
    );
  });

  test("a target that two things have as their id says which one", () => {
    const dir = lone(`
project: metriccare
pipeline: none
topics: {news: {}}
queues: {news: {}}
rules: {daily: {schedule: rate(1 day), targets: [news]}}
`);
    expect(mistakes(dir)).toMatch(/rules\.daily\.targets\[0\]: `news` stands in topics and queues\. Say which one/);
  });
});
