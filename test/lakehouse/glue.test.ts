import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { addressText, type Desired } from "../../src/engine/types.ts";
import { compile } from "../../src/lakehouse/compile.ts";
import { grantsOf } from "../../src/cli/commands/iam-policy.ts";
import { pipelinePicture } from "../../src/cli/pipeline-picture.ts";
import { policyOf } from "../../src/lakehouse/access/policy.ts";
import { expanded } from "../../src/lakehouse/expand.ts";
import { boundaryDocument, declaredRights, outputs } from "../../src/lakehouse/index.ts";
import type { CrawlerProps } from "../../src/services/glue/crawler-props.ts";
import type { JobProps, TriggerProps } from "../../src/services/glue/props.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";
import { GLUE_CONFIG, GLUE_FILES } from "./glue-config.ts";

let remove = (): void => undefined;
afterEach(() => remove());

function lone(config: string): string {
  const made = project(GLUE_FILES);
  remove = made.remove;
  writeFileSync(join(made.dir, "config/lakehouse.yaml"), config);
  writeFileSync(join(made.dir, "config/dev.yaml"), "");
  return made.dir;
}

const resources = async (config: string): Promise<Map<string, Desired>> => {
  const dir = lone(config);
  const { desired } = await compile(load({ dir, env: "dev" }), scopeOf("dev"), dir);
  return new Map(desired.map((one) => [addressText(one.address), one]));
};

const mistakes = (more: string): string => {
  const dir = lone(`${GLUE_CONFIG}\n`);
  writeFileSync(join(dir, "config/dev.yaml"), more);
  try {
    load({ dir, env: "dev" });
    return "";
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
};

describe("Glue in the config", () => {
  test("a Python shell job has DPUs, Python 3.9 and no Spark", async () => {
    const all = await resources(GLUE_CONFIG);
    const props = all.get("glue.job/report")?.props as JobProps;
    expect(props).toMatchObject({
      command: "pythonshell",
      pythonVersion: "3.9",
      maxCapacity: 0.0625,
      timeoutMinutes: 60,
      connections: ["metriccare_warehouse_dev", "theirs"],
      securityConfiguration: "metriccare_strict_dev",
    });
    for (const none of ["glueVersion", "workerType", "numberOfWorkers", "jobMode", "logUri"])
      expect(Object.keys(props)).not.toContain(none);
    expect(Object.keys(props.arguments).toSorted()).toEqual(["--environment", "--out"]);
  });

  test("a streaming job has no timeout, and Spark's UI where it says so", async () => {
    const props = (await resources(GLUE_CONFIG)).get("glue.job/listen")?.props as JobProps;
    expect(props).toMatchObject({ command: "gluestreaming", workerType: "G.025X", numberOfWorkers: 1 });
    expect(props.timeoutMinutes).toBeUndefined();
    expect(props.arguments).toMatchObject({
      "--enable-spark-ui": "true",
      "--spark-event-logs-path": "s3://metriccare-data-dev-111122223333-eu-central-1/spark-ui/",
    });
  });

  test("null takes a standard argument away", async () => {
    const props = (await resources(GLUE_CONFIG)).get("glue.job/silver")?.props as JobProps;
    expect(Object.keys(props.arguments)).not.toContain("--enable-metrics");
    expect(props.arguments["--datalake-formats"]).toBe("hudi");
  });

  test("a trigger starts and waits for crawlers, in a workflow and outside of any", async () => {
    const all = await resources(GLUE_CONFIG);
    expect(all.get("glue.trigger/second_after")?.props).toMatchObject({
      predicate: { logical: "AND", conditions: { "crawler:metriccare_landing_dev": ["SUCCEEDED"] } },
    });
    const nightly = all.get("glue.trigger/nightly")?.props as TriggerProps;
    expect(nightly).toMatchObject({ workflow: null, type: "SCHEDULED", schedule: "cron(0 3 * * ? *)" });
    expect(Object.keys(nightly.actions)).toEqual(["metriccare_report_dev"]);
  });

  test("a crawler refers by id and by name, and its role may do what it asks for", async () => {
    const dir = lone(GLUE_CONFIG);
    const config = load({ dir, env: "dev" });
    const { desired } = await compile(config, scopeOf("dev"), dir);
    const props = desired.find(({ address }) => address.kind === "glue.crawler")?.props as CrawlerProps;
    expect(props).toMatchObject({
      roleArn: "arn:aws:iam::111122223333:role/metriccare_glue_own_dev",
      database: "metriccare_catalog_dev",
      securityConfiguration: "metriccare_strict_dev",
      configuration: '{"Version":1,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}',
    });
    expect(props.targets.s3[0]?.eventQueueArn).toBe("arn:aws:sqs:eu-central-1:111122223333:metriccare_news_dev");
    expect(props.targets.dynamodb[0]?.table).toBe("visits");
    const statements = declaredRights(config, scopeOf("dev")).get("glue_own") ?? [];
    const of = (sid: string) => statements.find(({ Sid }) => Sid === sid);
    expect(of("ReadTargets")?.Resource).toEqual(["arn:aws:s3:::data-lake/landing/*"]);
    expect(of("ReadTables")?.Resource).toEqual(["arn:aws:dynamodb:eu-central-1:111122223333:table/visits"]);
    expect(of("HearOfObjects")?.Resource).toEqual(["arn:aws:sqs:eu-central-1:111122223333:metriccare_news_dev"]);
    expect(of("ReadSecrets")?.Resource).toEqual([
      "arn:aws:secretsmanager:eu-central-1:111122223333:secret:warehouse-login-??????",
    ]);
    expect(of("JoinNetwork")?.Action).toContain("ec2:CreateNetworkInterface");
    expect(of("EncryptWithKeys")?.Resource).toEqual(["arn:aws:kms:eu-central-1:111122223333:key/1"]);
    expect(of("WriteCatalog")?.Action).not.toContain("glue:DeleteTable");
    expect(JSON.stringify(boundaryDocument(config, scopeOf("dev")))).toContain("secretsmanager:GetSecretValue");
  });

  test("a deployer may make what the config declares, and nothing that it does not", () => {
    const dir = lone(GLUE_CONFIG);
    const config = load({ dir, env: "dev" });
    const of = (one: typeof config): string =>
      JSON.stringify(policyOf(one, scopeOf("dev"), grantsOf("deployer"), "deployer"));
    const text = of(config);
    expect(text).toContain("arn:aws:glue:eu-central-1:111122223333:crawler/metriccare_*_dev");
    expect(text).toContain("arn:aws:glue:eu-central-1:111122223333:connection/metriccare_*_dev");
    for (const action of ["glue:CreateCrawler", "glue:DeleteConnection", "glue:CreateSecurityConfiguration"])
      expect(text).toContain(action);
    const bare = of({ ...config, crawlers: {}, connections: {}, securityConfigurations: {} });
    expect(bare).not.toMatch(/Crawler|CreateConnection|SecurityConfiguration|crawler\//);
    const reader = JSON.stringify(policyOf(config, scopeOf("dev"), grantsOf("reader"), "reader"));
    expect(reader).toContain("glue:BatchGetCrawlers");
    expect(reader).not.toMatch(/glue:(Create|Update|Delete|Start|Stop)/);
  });

  test("a crawler of the pipeline's workflow stands in its picture", () => {
    const dir = lone(
      GLUE_CONFIG.replace(
        "pipeline: none",
        "pipeline: none\nworkflow: {triggers: {start: {type: on_demand, actions: [{crawler: landing}]}, go: {type: conditional, predicate: {conditions: [{crawler: landing}]}, actions: [silver]}}}",
      ),
    );
    const { nodes, edges } = pipelinePicture(load({ dir, env: "dev" }), "dev");
    expect(nodes.find(({ id }) => id === "job/crawler:landing")).toMatchObject({ label: "crawler landing" });
    const ids = new Set(nodes.map(({ id }) => id));
    expect(edges.filter(({ from, to }) => from.startsWith("job/") && !(ids.has(from) && ids.has(to)))).toEqual([]);
  });

  test("its plain config makes the same resources", async () => {
    const dir = lone(GLUE_CONFIG);
    const before = load({ dir, env: "dev" });
    const first = await compile(before, scopeOf("dev"), dir);
    writeFileSync(join(dir, "config/lakehouse.yaml"), JSON.stringify(expanded(before, scopeOf("dev"))));
    const again = await compile(load({ dir, env: "dev" }), scopeOf("dev"), dir);
    const glue = (all: readonly Desired[]) =>
      all.filter(({ address }) => address.kind.startsWith("glue.")).map((one) => [addressText(one.address), one.props]);
    expect(glue(again.desired)).toEqual(glue(first.desired));
  });

  test("outputs tell names and ARNs", () => {
    const dir = lone(GLUE_CONFIG);
    expect(outputs(load({ dir, env: "dev" }), scopeOf("dev"))).toMatchObject({
      crawlers: {
        landing: {
          name: "metriccare_landing_dev",
          arn: "arn:aws:glue:eu-central-1:111122223333:crawler/metriccare_landing_dev",
        },
      },
      connections: { warehouse: { name: "metriccare_warehouse_dev" } },
      securityConfigurations: { strict: { name: "metriccare_strict_dev" } },
      triggers: { nightly: { name: "metriccare_nightly_dev" } },
    });
  });

  test.each<[string, string]>([
    ["jobs: {report: {workerType: G.1X}}", "jobs.report.workerType: a Python shell job has no workers"],
    [
      "jobs: {silver: {maxCapacity: 2, workerType: G.1X, numberOfWorkers: 2}}",
      "jobs.silver.maxCapacity: AWS takes workers or DPUs",
    ],
    ["jobs: {silver: {numberOfWorkers: 1}}", "jobs.silver.numberOfWorkers: a Spark job has two workers"],
    ["jobs: {silver: {maintenanceWindow: Sun:10}}", "jobs.silver.maintenanceWindow: is for streaming jobs only"],
    ["jobs: {listen: {sparkUi: {url: s3://x/}}}", "jobs.listen.sparkUi: names either `bucket` or `url`"],
    [
      "connections: {warehouse: {properties: {PASSWORD: hunter2}}}",
      "connections.warehouse.properties.PASSWORD: looks like a secret",
    ],
    ["connections: {warehouse: {properties: {JDBC_URL: x}}}", "connections.warehouse.properties.JDBC_URL"],
    ["crawlers: {landing: {role: nobody}}", "crawlers.landing.role: there is no role `nobody`"],
    ["crawlers: {landing: {targets: {s3: [{path: s3://x/, eventQueue: nothing}]}}}", "there is no queue `nothing`"],
    ["securityConfigurations: {strict: {name: strict}}", "securityConfigurations.strict.name: starts with metriccare_"],
    ["triggers: {nightly: {actions: [{timeout: 5}]}}", "triggers.nightly.actions[0]: names either `job` or `crawler`"],
    ["triggers: {nightly: {actions: [{job: nothing}]}}", "there is no job `nothing`"],
    ["triggers: {nightly: {type: event, schedule: null}}", "triggers.nightly.type: an event starts workflows"],
    [
      "workflows: {second: {triggers: {after: {actions: [{crawler: landing}]}}}}",
      "cannot be both waited for and started",
    ],
  ])("%s is a mistake", (more, text) => {
    const found = mistakes(more);
    expect(found).toContain(text);
    expect(found).not.toContain("hunter2");
  });
});
