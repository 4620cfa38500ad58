import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { outputs } from "../../src/lakehouse/index.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

describe("the shipped environments", () => {
  it.each(["dev", "prod", "local"])("%s is valid", (env) => {
    expect(load({ dir: folder.dir, env }).project).toBe("metriccare");
  });

  it("say what the contract says of them", () => {
    const [dev, prod, local] = ["dev", "prod", "local"].map((env) => load({ dir: folder.dir, env }));
    expect(dev?.aws).toEqual({ embedded: false });
    expect(dev?.ledger).toMatchObject({ ttl: true, billing: "provisioned", readCapacity: 5, writeCapacity: 5 });
    expect(prod?.ledger).toMatchObject({ ttl: false, billing: "on-demand", pointInTimeRecovery: true });
    expect(local?.aws).toEqual({ embedded: true });
    expect(local?.measures).toMatchObject({ asOf: "2023-06-30", timeZone: "UTC" });
  });

  it("has the contract's ids", () => {
    const found = outputs(load({ dir: folder.dir, env: "dev" }), scopeOf("dev"));
    expect(Object.keys(found.buckets)).toEqual(["raw", "bronze", "silver", "gold", "scripts"]);
    expect(Object.keys(found.workflow.triggers)).toEqual(["start", "silver", "gold", "measures"]);
    expect(Object.keys(found.rules)).toEqual(["schedule", "failure", "completion"]);
    expect(Object.keys(found.roles)).toEqual(["trigger_glue_workflow", "glue_bronze", "glue_silver", "glue_gold"]);
    expect(found.buckets.raw?.name).toBe("metriccare-raw-dev-111122223333-eu-central-1");
    expect(found.function.name).toBe("metriccare_trigger_glue_workflow_dev");
    expect(found.topic.name).toBe("metriccare_alerts_dev");
  });
});

/** Problems of an overlay, as the CLI prints them. */
function problems(overlay: string): string[] {
  const { dir, remove } = project({ "config/broken.yaml": overlay });
  try {
    load({ dir, env: "broken" });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    return error.problems.map(
      (one) => `${one.line}:${one.column} ${one.path}: ${one.message}${one.suggestion ? ` | ${one.suggestion}` : ""}`,
    );
  } finally {
    remove();
  }
}

describe("mistakes in a config", () => {
  it.each([
    ["ledger: { hash_key: x }", "1:11 ledger.hash_key: unknown key | Did you mean `hashKey`?"],
    [
      "workflow: { triggers: { silver: { after: [bronze_patent] } } }",
      "there is no job `bronze_patent` | Did you mean `bronze_patient`?",
    ],
    [
      "jobs: { gold_hai: { role: glue_golf } }",
      "1:27 jobs.gold_hai.role: there is no role `glue_golf` | Did you mean `glue_gold`?",
    ],
    ["jobs: { gold_hai: { timeout: soon } }", "1:30 jobs.gold_hai.timeout: expected a number"],
    ["jobs: { gold_hai: { glueVersion: 5.0 } }", "expected one of 4.0, 5.0, 5.1, 6.0"],
    ["workflow: { triggers: { gold: { enabled: false } } }", "jobs.gold_length_of_stay: no trigger reaches this job"],
    ["jobs: { gold_hai: { script: nowhere.py } }", "jobs.gold_hai.script: nowhere.py does not exist"],
    [
      "workflow: { triggers: { again: { type: on_demand, actions: [gold_hai] } } }",
      "workflow.triggers.again.type: a workflow has one start trigger, this one has 2",
    ],
    [
      "workflow: { triggers: { back: { type: conditional, after: [gold_hai], actions: [silver_patient] } } }",
      "the jobs wait for each other: ",
    ],
    [
      'workflow: { triggers: { gold: { type: scheduled, schedule: "cron(0 6 * * * *)", after: [silver_patient] } } }',
      "needs ? in exactly one of day-of-month and day-of-week",
    ],
    ["rules: { schedule: { schedule: rate(1 hours) } }", "rules.schedule.schedule: AWS writes it rate(1 hour)"],
    ["rules: { schedule: { pattern: { source: [aws.s3] } } }", "exactly one of schedule, jobEvents and pattern"],
    ["rules: { failure: { jobEvents: [{ jobs: [nobody], states: [FAILED] }] } }", "there is no job `nobody`"],
    ["function: { events: { bucket: rau } }", "there is no bucket `rau` | Did you mean `raw`?"],
    ["function: { events: { bucket: silver } }", "each run would start the next for ever"],
    ["function: { logRetentionDays: 31 }", "function.logRetentionDays: expected one of 1, 3, 5, 7, 14, 30"],
    ["uploads: { metriccare_etl: { bucket: nowhere } }", "there is no bucket `nowhere`"],
    ["measures: { asOf: 2023-02-30 }", "measures.asOf: a date (2023-06-30) or today"],
    ["measures: { timeZone: Mars/Olympus }", "measures.timeZone: a time zone such as UTC"],
    ["roles: { idle: {} }", "roles.idle: no job and no function uses this role"],
    ["aws: { embedded: true, region: eu-central-1 }", "aws.region: the embedded AWS has its own region"],
    ["ledger: { ttl: true, enableTtl: false }", "ledger.enableTtl: contradicts `ttl: true`"],
    ["ledger: { ttlAttribute: generation }", "an attribute that the ledger uses for something else"],
    [
      "buckets: { raw: { name: Not_A_Bucket } }",
      "buckets.raw.name: the name Not_A_Bucket may hold only lower case letters",
    ],
    [`function: { name: ${"x".repeat(65)} }`, "has 65 characters; AWS takes 64"],
    ["jobs: { gold_hai: { name: metriccare_gold_mortality_broken } }", "is taken by jobs.gold_mortality"],
    ["tags: { 'aws:x': y }", "tags that start with aws: are AWS's own"],
    ["jobs: { gold_hai: { tags: { 'metriccare:owner': me } } }", "are the marks of ownership"],
    ["tags: { Team: 'a{b}' }", "a tag holds letters, digits, spaces"],
    ["tags: { a: a, b: b, c: c, d: d, e: e, f: f, g: g }", "9 tags in all"],
  ])("%s", (overlay, expected) => {
    const found = problems(overlay);
    expect(found.join("\n")).toContain(expected);
  });

  it("reads the value set of the measures", () => {
    const { dir, remove } = project({
      "glue-scripts/value-sets/hai.csv": "category,first_day,system,match,code\nCDI,4,icd10,prefixx,A047\n",
    });
    try {
      expect(() => load({ dir, env: "dev" })).toThrow(
        /measures\.haiValueSet: .*hai\.csv: line 2: match must be prefix or code, not prefixx/,
      );
    } finally {
      remove();
    }
  });

  it("reports all of them at once", () => {
    expect(problems("ledger: { hash_key: x, billing: free }\nlocal: { port: 80 }\n")).toHaveLength(3);
  });

  it("takes an account without quotes", () => {
    const { dir, remove } = project({ "config/pinned.yaml": "aws: { account: 111122223333, region: eu-central-1 }" });
    try {
      expect(load({ dir, env: "pinned" }).aws).toEqual({
        embedded: false,
        account: "111122223333",
        region: "eu-central-1",
      });
    } finally {
      remove();
    }
  });
});
