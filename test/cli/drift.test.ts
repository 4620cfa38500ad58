import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { Lambda } from "@aws-sdk/client-lambda";
import { SNS } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AttributeChange } from "../../src/engine/types.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** Who moved what: the config, somebody in AWS, or one after the other. */
let moto: MotoProject;
const BASE = "function: {timeout: 60, memory: 256}\nledger: {tags: {Team: a}}\nalerts: {displayName: Alerts}\n";
const FunctionName = "metriccare_trigger_glue_workflow_dev";
const table = "arn:aws:dynamodb:us-east-1:123456789012:table/metriccare_processed_files_dev";
const TopicArn = "arn:aws:sns:us-east-1:123456789012:metriccare_alerts_dev";

interface Diff {
  code: number;
  text: string;
  causes: Record<string, AttributeChange["cause"]>;
  steps: unknown[];
}

async function diff(...more: string[]): Promise<Diff> {
  const { code, out, err } = await moto.run("diff", "--env", "dev", "--exit-code", "--json", ...more);
  const { steps } = JSON.parse(out) as {
    steps: { address: { kind: string; id: string }; attributes?: AttributeChange[] }[];
  };
  const causes = steps.flatMap(({ address, attributes = [] }) =>
    attributes.map(({ path, cause }): [string, AttributeChange["cause"]] => [`${address.kind} ${path}`, cause]),
  );
  return { code, text: err, causes: Object.fromEntries(causes), steps };
}

beforeAll(async () => {
  moto = await motoProject();
  moto.config(BASE);
  expect((await moto.run("apply", "--env", "dev", "--yes")).code).toBe(0);
}, 120_000);
afterAll(() => moto?.stop());

describe("diff", () => {
  test("finds nothing ten times after an apply", async () => {
    for (let i = 0; i < 10; i += 1) expect(await diff("--drift")).toMatchObject({ code: 0, causes: {} });
  }, 120_000);

  test("says of each attribute who moved it, both sides too", async () => {
    await new Lambda({}).updateFunctionConfiguration({ FunctionName, Timeout: 70, MemorySize: 512 });
    await new DynamoDB({}).tagResource({ ResourceArn: table, Tags: [{ Key: "Team", Value: "z" }] });
    await new SNS({}).setTopicAttributes({ TopicArn, AttributeName: "DisplayName", AttributeValue: "Other" });
    // Timeout by both, memory outside only, description by the config only.
    moto.config(BASE.replace("timeout: 60", "timeout: 90, description: new").replace("Team: a", "Team: b"));
    const found = await diff();
    expect(found.code).toBe(2);
    expect(found.causes).toEqual({
      "lambda.function timeoutSeconds": "both",
      "lambda.function memoryMb": "outside",
      "lambda.function description": "config",
      "dynamodb.table tags.Team": "both",
      "sns.topic displayName": "outside",
    });
    expect(found.text).toMatch(/timeoutSeconds: 70 -> 90 {2}config changed, and changed outside/);
    expect(found.text).toMatch(/memoryMb: 512 -> 256 {2}changed outside/);
  }, 60_000);

  test("--drift leaves out what only the config changed, and exits by what is left", async () => {
    const found = await diff("--drift");
    expect(found.code).toBe(2);
    expect(Object.keys(found.causes).toSorted()).toEqual([
      "dynamodb.table tags.Team",
      "lambda.function memoryMb",
      "lambda.function timeoutSeconds",
      "sns.topic displayName",
    ]);
    expect((await moto.run("apply", "--env", "dev", "--yes")).code).toBe(0);
    expect(await diff("--drift")).toMatchObject({ code: 0, steps: [] });
  }, 60_000);

  test("a config change alone is no drift", async () => {
    moto.config(BASE.replace("timeout: 60", "timeout: 91"));
    expect((await diff("--drift")).code).toBe(0);
    expect((await diff()).causes["lambda.function timeoutSeconds"]).toBe("config");
  }, 60_000);

  test("what somebody deleted is drift", async () => {
    moto.config(BASE);
    expect((await moto.run("apply", "--env", "dev", "--yes")).code).toBe(0);
    await new Lambda({}).deleteFunction({ FunctionName });
    const { code, out } = await moto.run("diff", "--env", "dev", "--drift", "--exit-code", "--json");
    expect(code).toBe(2);
    const { steps } = JSON.parse(out) as { steps: unknown[] };
    expect(steps).toMatchObject([{ action: "create", address: { kind: "lambda.function" } }]);
  }, 60_000);
});
