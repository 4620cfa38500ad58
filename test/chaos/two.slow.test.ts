import { beforeAll, expect, test } from "vitest";
import { chaosCli } from "../harness/faults/cli.ts";
import { randomOf, slow } from "../harness/faults/network.ts";
import type { Logged } from "../harness/faults/proxy.ts";
import type { Inventory } from "./inventory.ts";
import { chosen, drawn, FULL, SEED } from "../harness/sample.ts";
import { APPLY, differences, ONE, TWO, useStage } from "./stage.ts";

const stage = useStage();
const LEASE = "/metriccare/lease.json";

interface Holding {
  readonly caller: string;
  readonly from: number;
  to: number;
}

/** From the answer that gave the lease to the request that gave it back, in the order of the log. */
function holdings(log: readonly Logged[]): Holding[] {
  const held: Holding[] = [];
  for (const { call, status, startedAt, endedAt } of log) {
    if (call.operation !== "PutObject" || !call.path.includes(LEASE) || status !== 200) continue;
    const { state } = JSON.parse(call.body.toString("utf8")) as { state: string };
    const open = held.find(({ caller, to }) => caller === call.caller && to === Number.POSITIVE_INFINITY);
    if (state === "held" && !open) held.push({ caller: call.caller, from: endedAt, to: Number.POSITIVE_INFINITY });
    if (state === "released" && open) open.to = startedAt;
  }
  return held;
}

/** Making the lease's own bucket is what comes before the lease: done with our mark, or not at all. */
const isHome = ({ call }: Logged): boolean =>
  (call.operation === "CreateBucket" && call.path.includes("-scripts-")) || call.path.includes(LEASE);

/** What each of the two configs makes of an empty account by itself. */
const alone: Inventory[] = [];
beforeAll(async () => {
  for (const config of [ONE, TWO]) {
    await stage.empty();
    stage.cli.write("config/dev.yaml", config);
    const made = await stage.run(APPLY);
    if (made.code !== 0) throw new Error(made.text);
    alone.push(await stage.inventory());
  }
});

const ROUNDS = Array.from({ length: 50 }, (_, index) => index + 1);

test.each(chosen(ROUNDS, 1))("two applies at once from an empty account, round %i", async (round) => {
  const { proxy, cli } = stage;
  // The whole is the same each time.
  const random = randomOf(FULL ? round : SEED + round);
  const other = chaosCli();
  try {
    await stage.empty();
    other.write("config/dev.yaml", TWO);
    await proxy.quiet();
    proxy.use(slow(30, random), ...stage.gaps());
    const first = cli.start(proxy.endpoint, [...APPLY, "--wait"], "one");
    await new Promise((resolve) => setTimeout(resolve, random() * 400));
    const second = other.start(proxy.endpoint, [...APPLY, "--wait"], "two");
    const ended = await Promise.all([first.ended, second.ended]);
    for (const { code, text } of ended) expect(code, text).toBe(0);

    const held = holdings(proxy.log);
    const [early, late] = held;
    expect(held.map(({ caller }) => caller).sort(), JSON.stringify(held)).toEqual(["one", "two"]);
    if (early && late) expect(early.to).toBeLessThanOrEqual(late.from);
    const outside = proxy.changes
      .filter((entry) => !isHome(entry))
      .filter(
        ({ call, startedAt, endedAt }) =>
          !held.some(({ caller, from, to }) => caller === call.caller && from <= startedAt && endedAt <= to),
      );
    expect(outside.map(({ call }) => `${call.caller} ${call.service}:${call.operation}`)).toEqual([]);
    // Whole: as the one that came last would have made it, alone.
    const now = await stage.inventory();
    const off = alone.map((inventory) => differences(inventory, now));
    const [nearest = []] = off.sort((a, b) => a.length - b.length);
    expect(nearest).toEqual([]);
  } finally {
    other.remove();
  }
});

test.runIf(drawn("without --wait the second one"))(
  "without --wait the second one is refused, names the first, and changes nothing",
  async () => {
    const { proxy, cli } = stage;
    await stage.empty();
    proxy.use(slow(60), ...stage.gaps());
    const first = cli.start(proxy.endpoint, APPLY, "one");
    for (let tries = 0; tries < 600 && holdings(proxy.log).length === 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await cli.run(proxy.endpoint, APPLY, "two");
    expect((await first.ended).code).toBe(0);
    expect(second.code, second.text).toBe(1);
    expect(second.text).toMatch(/has been changing this environment since/);
    expect(second.text).toContain(`process ${first.process.pid}`);
    expect(proxy.changes.filter(({ call }) => call.caller === "two")).toEqual([]);
  },
);
