import { describe, expect, it } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { lintConnection } from "../../../src/services/glue/connection-lint.ts";
import type { ConnectionProps } from "../../../src/services/glue/connection-props.ts";
import { lintCrawler } from "../../../src/services/glue/crawler-lint.ts";
import type { CrawlerProps } from "../../../src/services/glue/crawler-props.ts";
import { lintJob } from "../../../src/services/glue/lint.ts";
import type { JobProps } from "../../../src/services/glue/props.ts";
import { bearsMark, securityConfiguration } from "../../../src/services/glue/security-configuration.ts";
import { shellCase } from "../../kind-suite/cases/glue.ts";
import { connectionCase } from "../../kind-suite/cases/glue-connection.ts";
import { crawlerCase } from "../../kind-suite/cases/glue-crawler.ts";
import { securityConfigurationCase } from "../../kind-suite/cases/glue-security.ts";

const ctx = { partition: "aws", account: "123456789012", project: "clinic", env: "dev" } as AwsContext;
const at = { kind: "glue.job", id: "x", name: "clinic_x_dev" };
const texts = (found: readonly { level: string; text: string }[] = []): string =>
  found.map(({ level, text }) => `${level}: ${text}`).join("\n");

describe("types of jobs", () => {
  const shell = shellCase.base(ctx, at);
  const spark: JobProps = {
    ...shell,
    command: "glueetl",
    pythonVersion: "3",
    glueVersion: "5.0",
    workerType: "G.1X",
    numberOfWorkers: 2,
    maxCapacity: undefined,
  };
  const ofJob = (props: JobProps): string => texts(lintJob(at, props));

  it("takes a Python shell job and a streaming job as they are", () => {
    expect(ofJob(shell)).toBe("");
    expect(ofJob({ ...spark, command: "gluestreaming", maintenanceWindow: "Sun:10", timeoutMinutes: undefined })).toBe(
      "",
    );
    expect(ofJob({ ...spark, command: "gluestreaming", workerType: "G.025X", numberOfWorkers: 1 })).toBe("");
  });

  it.each<[string, JobProps, string]>([
    ["a shell job with workers", { ...shell, workerType: "G.1X", numberOfWorkers: 2 }, "workers or DPUs, never both"],
    ["a shell job with 2 DPUs", { ...shell, maxCapacity: 2 }, "on 0.0625 or 1 DPU, not on 2"],
    ["a shell job on Python 2", { ...shell, pythonVersion: "2" }, "runs Python 3.9, not 2"],
    ["a FLEX shell job", { ...shell, executionClass: "FLEX" }, "FLEX is for Spark jobs"],
    [
      "DPUs on Glue 5.0",
      { ...spark, workerType: undefined, numberOfWorkers: undefined, maxCapacity: 4 },
      "has workers, not DPUs",
    ],
    ["Python 3.9 on Spark", { ...spark, pythonVersion: "3.9" }, "runs Python 3, not 3.9"],
    ["Python 2 on Glue 5.0", { ...spark, pythonVersion: "2" }, "runs Python 3, not 2"],
    ["FLEX on Glue 2.0", { ...spark, glueVersion: "2.0", executionClass: "FLEX" }, "need Glue 3.0 or later"],
    ["one worker", { ...spark, numberOfWorkers: 1 }, "two workers at least"],
    ["FLEX streaming", { ...spark, command: "gluestreaming", executionClass: "FLEX" }, "do not run as FLEX"],
    ["a window of a job that ends", { ...spark, maintenanceWindow: "Sun:10" }, "for streaming jobs only"],
  ])("refuses %s", (_name, props, text) => expect(ofJob(props)).toMatch(new RegExp(`^error: .*${text}`, "m")));

  it("reckons what DPUs cost", () =>
    expect(ofJob({ ...shell, maxCapacity: 1, timeoutMinutes: 10_080 })).toContain(
      "up to $73.92 (1 DPU, 10080 minutes",
    ));
});

describe("crawlers", () => {
  const base = crawlerCase.base(ctx, at);
  const catalog = { database: "d", tables: ["t"], connection: null, eventQueueArn: null, deadLetterQueueArn: null };
  const ofCrawler = (change: Partial<CrawlerProps>): string => texts(lintCrawler(at, { ...base, ...change }));

  it("takes the base", () => expect(ofCrawler({})).toBe(""));

  it.each<[Partial<CrawlerProps>, string]>([
    [{ targets: { ...base.targets, s3: [] } }, "error: looks at nothing"],
    [{ targets: { ...base.targets, catalog: [catalog] } }, "only by themselves"],
    [{ targets: { ...base.targets, s3: [], catalog: [catalog] } }, "marks none as deprecated"],
    [{ database: null }, "writes into no database"],
    [{ schedule: "cron(1 2 3)" }, "fields, not six"],
    [{ recrawl: "CRAWL_NEW_FOLDERS_ONLY" }, "of new folders alone"],
    [{ recrawl: "CRAWL_EVENT_MODE" }, "a target has no queue"],
    [{ configuration: '{"Grouping":{}}' }, "has no Version"],
    [
      {
        targets: {
          ...base.targets,
          delta: [{ tables: ["d/"], connection: null, writeManifest: false, createNativeTable: false }],
        },
      },
      "d/ is no place in S3",
    ],
  ])("%j", (change, text) => expect(ofCrawler(change)).toContain(text));
});

describe("connections", () => {
  const base = connectionCase.base(ctx, at);
  const ofConnection = (change: Partial<ConnectionProps>): string => texts(lintConnection(at, { ...base, ...change }));

  it("takes the base", () => expect(ofConnection({})).toBe(""));

  it.each<[Partial<ConnectionProps>, string]>([
    [{ properties: {} }, "needs the property JDBC_CONNECTION_URL"],
    [{ type: "NETWORK", properties: {} }, "nothing but its network"],
    [{ network: { subnet: "s", securityGroups: [], availabilityZone: null } }, "without a security group"],
    [{ properties: { ...base.properties, PASSWORD: "x" } }, "PASSWORD looks like a secret"],
    [{ sparkProperties: { "user-password": "x" } }, "user-password looks like a secret"],
  ])("%j", (change, text) => expect(ofConnection(change)).toContain(text));
});

describe("security configurations", () => {
  const base = securityConfigurationCase.base(ctx, at);
  it("wants a key where one is used, and none elsewhere", () => {
    expect(texts(securityConfiguration.lint?.(at, base))).toBe("");
    expect(
      texts(securityConfiguration.lint?.(at, { ...base, cloudWatch: { mode: "SSE-KMS", kmsKeyArn: null } })),
    ).toContain("names no key");
    expect(texts(securityConfiguration.lint?.(at, { ...base, s3: { ...base.s3, mode: "SSE-S3" } }))).toContain(
      "would not be used",
    );
  });

  it("are ours by their names alone", () => {
    expect(["clinic_a_dev", "clinic_a_b_dev"].every((name) => bearsMark(ctx, name))).toBe(true);
    expect(["clinic_dev", "clinic_a_prod", "other_a_dev", "clinic__dev"].some((name) => bearsMark(ctx, name))).toBe(
      false,
    );
  });
});
