import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inWaves } from "../harness/faults/waves.ts";
import type { Called, InProcess } from "../harness/in-process.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/**
 * Which calls each command makes, how many, and how many of them wait for one another: what a change of this file says in
 * review is what the change costs. `npx vitest run test/cli/golden-calls.test.ts -u` writes it anew.
 */
let moto: MotoProject;
const told: string[] = [];

/** How many of each, by name. */
function tally(names: readonly string[]): (readonly [string, number])[] {
  const all = [...new Set(names)].toSorted();
  return all.map((name) => [name, names.filter((one) => one === name).length]);
}

function count(calls: readonly Called[]): string {
  const lines = tally(calls.map(({ service }) => service)).map(([service, number]) => {
    const own = calls.filter((call) => call.service === service).map(({ operation }) => operation);
    return `  ${service} ${number}: ${tally(own)
      .map((one) => one.join(" "))
      .join(", ")}`;
  });
  return lines.join("\n");
}

async function tell(what: string, ...argv: string[]): Promise<InProcess> {
  const ran = await moto.run(...argv, "--env", "dev", "--json");
  expect([0, 2], `${what}: ${ran.err}${ran.out}`).toContain(ran.code);
  told.push(`${what}: ${ran.calls.length}\n${count(ran.calls)}`);
  return ran;
}

/** Runs it, and counts how often it waits for an answer before it can ask on. */
async function wavesOf(run: () => Promise<unknown>): Promise<number> {
  const waves = inWaves();
  moto.use(waves.rule);
  await run();
  moto.use();
  return waves.count;
}

/** `tell`, and the waves are at most so many. A machine with much else to do sees a few more than there are. */
async function tellWaves(what: string, most: number, ...argv: string[]): Promise<void> {
  expect(await wavesOf(() => tell(what, ...argv)), what).toBeLessThanOrEqual(most);
}

beforeAll(async () => {
  moto = await motoProject();
});
afterAll(() => moto?.stop());

/** Jobs more, of the same script. */
const jobs = (many: number): string =>
  `jobs:\n${Array.from({ length: many }, (_, at) => `  more_${at}: {layer: bronze, dataset: patient, script: glue-scripts/jobs/bronze.py}`).join("\n")}\n`;

test("what each command asks of AWS is written down", async () => {
  await tell("diff of an empty account", "diff");
  await tellWaves("apply from empty", 19, "apply", "--yes");
  await tell("diff with nothing to do", "diff");
  const waves: number[] = [];
  for (let at = 0; at < 4 && !waves.includes(3); at += 1)
    waves.push(await wavesOf(() => moto.run("diff", "--env", "dev", "--json")));
  expect(Math.min(...waves)).toBe(3);
  await tell("apply with nothing to do", "apply", "--yes");
  await new Lambda({}).updateFunctionConfiguration({
    FunctionName: "metriccare_trigger_glue_workflow_dev",
    Timeout: 33,
  });
  await tell("repair of one drift", "apply", "--yes");
  const Bucket = "metriccare-raw-dev-123456789012-us-east-1";
  await new S3({ forcePathStyle: true }).putObject({ Bucket, Key: "fhir/a.ndjson", Body: "{}" });
  await tellWaves("destroy with data", 18, "destroy", "--yes", "--include-data");
  moto.config(jobs(89));
  await moto.run("apply", "--env", "dev", "--yes", "--json");
  await tell("diff of 99 jobs with nothing to do", "diff");
  await expect(`${told.join("\n\n")}\n`).toMatchFileSnapshot("calls.golden");
}, 300_000);
