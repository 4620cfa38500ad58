import { afterAll, beforeAll, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { classify } from "../../src/services/faults.ts";
import { systemClock } from "../../src/clock/index.ts";
import { addressText, apply, type ApplyEvent, makePlan, type Plan } from "../../src/engine/index.ts";
import { compile, type Compiled, kinds } from "../../src/lakehouse/index.ts";
import { type Emulator, startEmulator } from "../harness/moto.ts";
import { worldAt } from "../harness/world.ts";
import { marksOf } from "../kind-suite/drive.ts";
import { load, project } from "./compile/project.ts";
import { s3Client } from "../../src/services/s3/client.ts";

/** The shipped config as a whole: applied, the second plan is empty; destroyed, nothing but data is left. */
let emulator: Emulator;
let folder: ReturnType<typeof project>;
let ctx: AwsContext;
let compiled: Compiled;

beforeAll(async () => {
  emulator = await startEmulator();
  folder = project();
  const env = `w${Math.random().toString(36).slice(2, 7)}`;
  ctx = worldAt({ endpoint: emulator.endpoint, project: "metriccare", env });
  compiled = await compile(load({ dir: folder.dir, env: "dev" }), ctx, folder.dir);
});
afterAll(async () => {
  folder?.remove();
  await emulator?.stop();
});

const plan = (mode: "apply" | "destroy", includeData = false): Promise<Plan> => {
  ctx.refresh();
  return makePlan({
    ctx,
    kinds,
    desired: compiled.desired,
    marks: marksOf(ctx),
    mode,
    includeData,
    classify,
    clock: systemClock,
  });
};

async function carryOut(made: Plan): Promise<ApplyEvent[]> {
  const events: ApplyEvent[] = [];
  for await (const event of apply({ ctx, kinds, plan: made, marks: marksOf(ctx), clock: systemClock, classify })) {
    if (event.type !== "step-waiting") events.push(event);
  }
  const failed = events.filter((event) => event.type === "step-failed");
  expect(failed.map((event) => JSON.stringify(event))).toEqual([]);
  return events;
}

const changes = (made: Plan): unknown[] =>
  made.steps
    .filter(({ action }) => action !== "keep")
    .map(({ action, address, attributes }) => [action, addressText(address), attributes]);

test("apply, an empty diff, destroy that keeps data", async () => {
  const first = await plan("apply");
  expect(first.findings.filter(({ level }) => level === "error")).toEqual([]);
  expect(first.steps).toHaveLength(compiled.desired.length);
  await carryOut(first);

  const before = ctx.calls.total;
  const second = await plan("apply");
  expect(second.findings.filter(({ level }) => level === "error")).toEqual([]);
  expect(changes(second)).toEqual([]);
  expect(ctx.calls.total - before).toBeLessThan(300);
  const reads = ctx.calls.entries.slice(before);
  expect(reads.filter(({ operation }) => !/^(Get|List|Describe|Head|BatchGet)/.test(operation))).toEqual([]);

  await (await ctx.clients.of(s3Client)).putObject({ Bucket: bucketName("raw"), Key: "fhir/a.ndjson", Body: "{}" });
  const gone = await plan("destroy");
  await carryOut(gone);
  const left = await plan("destroy");
  expect(left.steps.map(({ action, address }) => [action, addressText(address)]).toSorted()).toEqual([
    ["keep", "dynamodb.table/processed_files"],
    ["keep", "s3.bucket/raw"],
  ]);

  await carryOut(await plan("destroy", true));
  expect((await plan("destroy")).steps).toEqual([]);
}, 300_000);

const bucketName = (id: string): string =>
  compiled.desired.find(({ address }) => address.kind === "s3.bucket" && address.id === id)?.address.name ?? "";
