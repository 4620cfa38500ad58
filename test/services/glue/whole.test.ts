import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { classify } from "../../../src/services/faults.ts";
import { systemClock } from "../../../src/clock/index.ts";
import { addressText, apply, makePlan, type Plan } from "../../../src/engine/index.ts";
import { compile, type Compiled, kinds } from "../../../src/lakehouse/index.ts";
import { type Emulator, startEmulator } from "../../harness/moto.ts";
import { worldAt } from "../../harness/world.ts";
import { marksOf } from "../../kind-suite/drive.ts";
import { GLUE_CONFIG, GLUE_FILES } from "../../lakehouse/glue-config.ts";
import { load, project } from "../compile/project.ts";
import { glueClient } from "../../../src/services/glue/client.ts";

/** A config with everything of Glue: applied, the second plan is empty; drift is seen; what leaves the config goes. */
let emulator: Emulator;
let folder: ReturnType<typeof project>;
let ctx: AwsContext;

beforeAll(async () => {
  emulator = await startEmulator();
  folder = project(GLUE_FILES);
  ctx = worldAt({ endpoint: emulator.endpoint, project: "metriccare", env: "dev" });
});
afterAll(async () => {
  folder?.remove();
  await emulator?.stop();
});

/** moto drops MaintenanceWindow and has no UpdateJob: what changes later is not the job's. */
async function compiled(config: string): Promise<Compiled> {
  writeFileSync(
    join(folder.dir, "config/lakehouse.yaml"),
    config
      .replace("    maintenanceWindow: Sun:10\n", "")
      .replace("    securityConfiguration: strict\n    arguments:", "    arguments:"),
  );
  writeFileSync(join(folder.dir, "config/dev.yaml"), "");
  const made = await compile(load({ dir: folder.dir, env: "dev" }), ctx, folder.dir);
  return made;
}

function plan({ desired }: Compiled, mode: "apply" | "destroy" = "apply", adopt: string[] = []): Promise<Plan> {
  ctx.refresh();
  return makePlan({
    ctx,
    kinds,
    desired,
    marks: marksOf(ctx),
    mode,
    adopt: new Set(adopt),
    classify,
    clock: systemClock,
  });
}

async function carryOut(made: Plan): Promise<void> {
  expect(made.findings.filter(({ level }) => level === "error")).toEqual([]);
  for await (const event of apply({ ctx, kinds, plan: made, marks: marksOf(ctx), clock: systemClock, classify }))
    if (event.type === "step-failed") throw new Error(JSON.stringify(event));
}

const changes = ({ steps }: Plan): string[] =>
  steps.filter(({ action }) => action !== "keep").map(({ action, address }) => `${action} ${addressText(address)}`);

test("all of Glue: apply, an empty diff, drift, what leaves the config, destroy", async () => {
  const all = await compiled(GLUE_CONFIG);
  await carryOut(await plan(all));
  const before = ctx.calls.total;
  expect(changes(await plan(all))).toEqual([]);
  const reads = ctx.calls.entries.slice(before).map(({ operation }) => operation);
  expect(reads.filter((name) => !/^(Get|List|Describe|Head|BatchGet)/.test(name))).toEqual([]);
  expect(reads).toContain("GetSecurityConfigurations");

  const glue = await ctx.clients.of(glueClient);
  await glue.updateCrawler({ Name: "metriccare_landing_dev", TablePrefix: "theirs_" });
  await glue.deleteSecurityConfiguration({ Name: "metriccare_strict_dev" });
  const drift = await plan(all);
  expect(changes(drift).toSorted()).toEqual([
    "create glue.securityConfiguration/strict",
    "update glue.crawler/landing",
  ]);
  expect(drift.steps.find(({ address }) => address.kind === "glue.crawler")?.attributes).toEqual([
    { path: "tablePrefix", before: "theirs_", after: "", cause: "outside" },
  ]);
  await carryOut(drift);
  expect(changes(await plan(all))).toEqual([]);

  const other = await compiled(GLUE_CONFIG.replace("s3: {mode: SSE-KMS", "cloudWatch: {mode: SSE-KMS"));
  const replaced = await plan(other);
  expect(changes(replaced)).toContain("replace glue.securityConfiguration/strict");
  await carryOut(replaced);
  expect(changes(await plan(other))).toEqual([]);

  const fewer = await compiled(GLUE_CONFIG.replace(/\nworkflows:[\s\S]*$/, "\n").replace(/\ncrawlers:[\s\S]*$/, "\n"));
  expect(
    changes(await plan(fewer))
      .filter((one) => one.startsWith("delete"))
      .toSorted(),
  ).toEqual([
    "delete glue.crawler/landing",
    "delete glue.trigger/nightly",
    "delete glue.trigger/second_after",
    "delete glue.trigger/second_start",
    "delete glue.workflow/second",
  ]);
  // The last security configuration leaves together with whoever used it.
  const none = await compiled(
    GLUE_CONFIG.replaceAll("    securityConfiguration: strict\n", "").replace(
      /securityConfigurations:[\s\S]*?(?=\njobs:)/,
      "",
    ),
  );
  const without = await plan(none);
  expect(changes(without)).toContain("delete glue.securityConfiguration/strict");
  await carryOut(without);
  const count = ctx.calls.total;
  expect(changes(await plan(none))).toEqual([]);
  const asked = ctx.calls.entries.slice(count).map(({ operation }) => operation);
  expect(asked).not.toContain("GetSecurityConfigurations");
  await carryOut(await plan(other));

  await carryOut(await plan(other, "destroy"));
  expect(changes(await plan(other, "destroy"))).toEqual([]);
}, 120_000);

test("a connection of somebody else's is taken over only where that is said", async () => {
  const glue = await ctx.clients.of(glueClient);
  const ConnectionProperties = { JDBC_CONNECTION_URL: "jdbc:mysql://theirs/db", PASSWORD: "hunter2" };
  const Name = "metriccare_warehouse_dev";
  await glue.createConnection({ ConnectionInput: { Name, ConnectionType: "JDBC", ConnectionProperties } });
  const all = await compiled(GLUE_CONFIG);
  const refused = await plan(all);
  expect(refused.findings.map(({ code, at }) => `${code} ${at}`)).toContain("not_ours glue.connection/warehouse");
  expect(JSON.stringify(refused)).not.toContain("hunter2");
  const adopted = await plan(all, "apply", ["glue.connection/warehouse"]);
  expect(changes(adopted)).toContain("update glue.connection/warehouse");
  await carryOut(adopted);
  expect(changes(await plan(all))).toEqual([]);
}, 120_000);
