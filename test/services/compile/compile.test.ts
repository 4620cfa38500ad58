import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressText, type Desired } from "../../../src/engine/types.ts";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import type { JobProps } from "../../../src/services/glue/props.ts";
import type { RoleProps, PolicyDocument } from "../../../src/services/iam/props.ts";
import type { ObjectProps } from "../../../src/services/s3/props.ts";
import type { TableProps } from "../../../src/services/dynamodb/props.ts";
import { compiled, project } from "./project.ts";

let folder: ReturnType<typeof project>;
let dev: readonly Desired[];
let prod: readonly Desired[];

beforeAll(async () => {
  folder = project();
  dev = (await compiled(folder.dir, "dev")).desired;
  prod = (await compiled(folder.dir, "prod")).desired;
});
afterAll(() => folder.remove());

function of<P>(desired: readonly Desired[], text: string): P {
  const found = desired.find(({ address }) => addressText(address) === text);
  if (!found) throw new Error(`${text} is not there`);
  return found.props as P;
}

/** What is compared: bytes are in it by their hash. */
const plain = (all: readonly Desired[]): object[] => all.map(({ content: _content, ...one }) => one);

describe("the compiled lakehouse", () => {
  it("is the golden one for dev", async () => {
    const text = JSON.stringify(plain(dev), null, 2);
    await expect(`${text}\n`).toMatchFileSnapshot("dev.golden");
  });

  it("compiles to the same resources twice", async () => {
    expect(plain((await compiled(folder.dir, "dev")).desired)).toEqual(plain(dev));
  });

  it("has the bytes of every upload, and of the function", () => {
    const sent = dev.filter(({ address: { kind } }) => kind === "s3.object" || kind === "lambda.function");
    expect(sent.length).toBeGreaterThan(4);
    expect(sent.filter(({ content }) => !content).map(({ address }) => addressText(address))).toEqual([]);
  });

  it("has unique addresses and unique names a kind", () => {
    const addresses = dev.map(({ address }) => addressText(address));
    const names = dev.map(({ address }) => `${address.kind} ${address.name}`);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(new Set(names).size).toBe(names.length);
  });

  it("has no attribute without a value", () => {
    const empty = dev.flatMap(({ address, props }) =>
      Object.entries(props)
        .filter(([, value]) => value === undefined)
        .map(([key]) => `${addressText(address)}.${key}`),
    );
    expect(empty).toEqual([]);
  });

  it("gives the ten jobs Hudi and their own role", () => {
    const jobs = dev.filter(({ address }) => address.kind === "glue.job");
    expect(jobs.map(({ address }) => address.id).sort()).toEqual([
      "bronze_condition",
      "bronze_encounter",
      "bronze_patient",
      "gold_hai",
      "gold_length_of_stay",
      "gold_mortality",
      "gold_readmission",
      "silver_condition",
      "silver_encounter",
      "silver_patient",
    ]);
    for (const { address, props } of jobs) {
      const { arguments: args, roleArn } = props as JobProps;
      expect(args["--datalake-formats"]).toBe("hudi");
      expect(roleArn).toContain(`glue_${address.id.split("_")[0]}`);
    }
  });

  it("keeps every role within IAM's 10,240 characters", () => {
    for (const { address, props } of [...dev, ...prod]) {
      if (address.kind !== "iam.role") continue;
      const size = Object.values((props as RoleProps).policies)
        .map((policy) => JSON.stringify(policy).replaceAll(/\s/g, "").length)
        .reduce((a, b) => a + b, 0);
      expect(size, address.id).toBeLessThan(10_240);
    }
  });

  it("names no wildcard resource but for metrics, which have none", () => {
    const wide = dev.flatMap(({ address, props }) =>
      address.kind === "iam.role"
        ? Object.values((props as RoleProps).policies).flatMap((policy) =>
            (policy as PolicyDocument).Statement.filter(({ Resource }) => [Resource].flat().includes("*")).map(
              ({ Sid }) => Sid,
            ),
          )
        : [],
    );
    expect(new Set(wide)).toEqual(new Set(["PutMetrics", "PutQualityMetrics"]));
  });

  it("lets nobody but its own buckets and rules call the function", () => {
    const { permissions, environment } = of<FunctionProps>(dev, "lambda.function/trigger_glue_workflow");
    expect(Object.keys(permissions)).toEqual(["s3_raw", "rule_schedule", "rule_completion"]);
    expect(environment).toMatchObject({ GLUE_WORKFLOW_NAME: "metriccare_etl_workflow_dev", RAW_PREFIX: "fhir/" });
  });

  it("tells the function of measures as of today, and in which calendar; of a fixed day nothing", async () => {
    const daily = async (measures: string): Promise<string | undefined> => {
      const { dir, remove } = project({ "config/mine.yaml": `measures: ${measures}` });
      try {
        const { desired } = await compiled(dir, "mine");
        return of<FunctionProps>(desired, "lambda.function/trigger_glue_workflow").environment["REFRESH_DAILY_IN"];
      } finally {
        remove();
      }
    };
    expect(await daily("{asOf: today, timeZone: America/Chicago}")).toBe("America/Chicago");
    expect(await daily("{asOf: 2023-06-30, timeZone: America/Chicago}")).toBeUndefined();
  });

  it("gives code in a bucket of ours a new place when it changes", async () => {
    const place = async (code: string): Promise<string | null> => {
      const { dir, remove } = project({
        "config/mine.yaml": "function: { s3Bucket: scripts }",
        "glue-scripts/lambda/myglueworkflow.py": code,
      });
      try {
        const { desired } = await compiled(dir, "mine");
        const { codeS3, codeSha256 } = of<FunctionProps>(desired, "lambda.function/trigger_glue_workflow");
        expect(codeSha256).toBeNull();
        expect(of<ObjectProps>(desired, "s3.object/trigger_glue_workflow").key).toBe(
          codeS3?.split("/").slice(3).join("/"),
        );
        return codeS3;
      } finally {
        remove();
      }
    };
    const first = await place("a = 1\n");
    expect(first).toMatch(/^s3:\/\/metriccare-scripts-mine-.*\/glue-scripts\/lambda-[0-9a-f]{12}\.zip$/);
    expect(await place("a = 1\n")).toBe(first);
    expect(await place("a = 2\n")).not.toBe(first);
  });

  it("differs between environments where the overlays say so", () => {
    const inDev = of<TableProps>(dev, "dynamodb.table/processed_files");
    const inProd = of<TableProps>(prod, "dynamodb.table/processed_files");
    expect(inDev).toMatchObject({ billing: "PROVISIONED", readCapacity: 5, ttlAttribute: "expiration_time" });
    expect(inProd).toMatchObject({
      billing: "PAY_PER_REQUEST",
      readCapacity: null,
      ttlAttribute: null,
      pointInTimeRecovery: true,
    });
  });
});
