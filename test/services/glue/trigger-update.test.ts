import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { classify } from "../../../src/services/faults.ts";
import { addressText, type Desired } from "../../../src/engine/types.ts";
import { apply, makePlan } from "../../../src/engine/index.ts";
import { glue } from "../../../src/services/glue/index.ts";
import type { TriggerProps } from "../../../src/services/glue/props.ts";
import { trigger } from "../../../src/services/glue/trigger.ts";
import { type Emulator, startMoto } from "../../harness/moto.ts";
import { type FaultProxy, startProxy } from "../../harness/proxy.ts";
import { worldAt } from "../../harness/world.ts";
import { marksOf } from "../../kind-suite/drive.ts";
import { glueClient } from "../../../src/services/glue/client.ts";

let emulator: Emulator;
let proxy: FaultProxy;
let ctx: AwsContext;

beforeAll(async () => {
  emulator = await startMoto();
  proxy = await startProxy(emulator.endpoint);
  ctx = worldAt({ endpoint: proxy.endpoint });
  const glue = await ctx.clients.of(glueClient);
  await glue.createWorkflow({ Name: "flow" });
});
afterAll(async () => {
  await proxy?.stop();
  await emulator?.stop();
});

const props: TriggerProps = {
  workflow: "flow",
  type: "CONDITIONAL",
  description: "before",
  schedule: null,
  predicate: { logical: "AND", conditions: { a: ["SUCCEEDED"] } },
  actions: { b: { arguments: {}, timeoutMinutes: null, securityConfiguration: null, notifyDelayAfterMinutes: null } },
  batch: null,
  enabled: true,
};
const address = { kind: "glue.trigger", id: "silver", name: "silver" };
const wanted = (change: Partial<TriggerProps>): Desired => ({ address, props: { ...props, ...change }, tags: {} });

/** Plans and applies as the CLI does; answers what failed. */
async function run(desired: Desired): Promise<string[]> {
  const input = {
    ctx,
    kinds: glue.kinds,
    desired: [desired],
    marks: marksOf(ctx),
    classify,
    clock: ctx.clock,
    calls: () => ctx.calls.total,
  };
  const plan = await makePlan(input);
  const failed: string[] = [];
  for await (const event of apply({ ...input, plan })) {
    if (event.type === "step-failed") failed.push(`${addressText(event.address)}: ${event.error.code}`);
  }
  return failed;
}

const stateOf = async (): Promise<string | undefined> =>
  (await (await ctx.clients.of(glueClient)).getTrigger({ Name: "silver" })).Trigger?.State;

describe("updating a trigger that is on", () => {
  it("is put back on when the update is refused", async () => {
    expect(await run(wanted({}))).toEqual([]);
    expect(await stateOf()).toBe("ACTIVATED");
    const seen: string[] = [];
    proxy.refuse(({ body }) => {
      const text = body.toString("utf8");
      const target = /"TriggerUpdate"/.test(text) ? "update" : "other";
      seen.push(target);
      return target === "update"
        ? { status: 400, code: "InvalidInputException", message: "Logical operator cannot be null or empty" }
        : undefined;
    });
    const failed = await run(wanted({ description: "after" }));
    proxy.pass();
    expect(failed).toHaveLength(1);
    expect(seen).toContain("update");
    expect(await stateOf()).toBe("ACTIVATED");
  });

  it("names what it waits for while AWS settles it", async () => {
    const live = (await trigger.read(ctx, [address])).get("silver");
    if (!live) throw new Error("not there");
    const write = {
      ...wanted({ enabled: false }),
      props: { ...props, enabled: false },
      tags: {},
      live,
      changed: new Set(["enabled"]),
    };
    const calls = [...(trigger.update(ctx, write) as Iterable<{ name: string; ready?: () => Promise<unknown> }>)];
    expect(calls.map((call) => call.name)).toEqual(["glue:StopTrigger"]);
    expect(await calls[0]?.ready?.()).toBe("trigger is ACTIVATED");
  });
});
