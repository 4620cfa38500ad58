import { describe, expect, test } from "vitest";
import {
  type Desired,
  type Lease,
  makePlan,
  type Outcome,
  run,
  type RunEvent,
  type RunInput,
  summarize,
} from "../../src/engine/index.ts";
import { classify, Failure, fakeKind, MARKS, thing, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A lease that lies in `fake.thing/home`, as the real one lies in a bucket. */
class FakeLease implements Lease {
  static holder = new WeakMap<World, FakeLease>();
  renewed = 0;
  constructor(
    readonly world: World,
    readonly clock: VirtualClock,
    readonly patience = 0,
  ) {}

  async acquire(): Promise<{ notice?: string }> {
    for (let i = 0; ; i += 1) {
      if (!this.world.things.has(thingKey("home")))
        throw Object.assign(new Error("no home"), { code: "lease_homeless" });
      const holder = FakeLease.holder.get(this.world);
      if (!holder || holder === this) break;
      if (i >= this.patience) throw Object.assign(new Error("somebody is at it"), { code: "lease_held", fix: "Wait." });
      await this.clock.sleep(1000);
    }
    FakeLease.holder.set(this.world, this);
    return {};
  }

  async renew(): Promise<void> {
    this.renewed += 1;
    if (FakeLease.holder.get(this.world) !== this)
      throw Object.assign(new Error("it went to another"), { code: "lease_lost" });
  }

  async release(): Promise<void> {
    if (FakeLease.holder.get(this.world) === this) FakeLease.holder.delete(this.world);
  }
}

interface Result {
  readonly events: RunEvent[];
  readonly outcome: Outcome;
}

interface More extends Partial<RunInput<World>> {
  readonly mode?: "apply" | "destroy";
  readonly only?: readonly string[];
  readonly patience?: number;
}

const clock = new VirtualClock();

async function go(world: World, desired: readonly Desired[], more: More = {}): Promise<Result> {
  const kinds = [fakeKind(world)];
  const { mode = "apply", only, patience, ...rest } = more;
  const plan = (chosen: readonly string[] | undefined) =>
    makePlan({
      ctx: world,
      kinds,
      desired,
      marks: MARKS,
      mode,
      last: ["fake.thing/home"],
      ...(chosen ? { only: chosen } : {}),
    });
  const iterator = run<World>({
    ctx: world,
    kinds,
    marks: MARKS,
    clock,
    classify,
    calls: () => world.log.length,
    makePlan: (scope) => plan(scope === "home" ? ["fake.thing/home"] : only),
    confirm: async () => true,
    lease: new FakeLease(world, clock, patience),
    leaseHome: "fake.thing/home",
    ...rest,
  });
  const events: RunEvent[] = [];
  for (;;) {
    const next = await iterator.next();
    if (next.done) return { events, outcome: next.value };
    events.push(next.value);
  }
}

const finished = ({ events }: Result): Extract<RunEvent, { type: "finished" }> => {
  const last = events.at(-1);
  if (last?.type !== "finished") throw new Error("no finished event");
  return last;
};
const doneOf = ({ events }: Result): string[] =>
  events.flatMap((event) => (event.type === "step-done" ? [`${event.action} ${event.address.id}`] : []));

const DESIRED = [thing("home"), thing("a", { needs: ["home"] }), thing("b")];

describe("a whole run", () => {
  test("in an empty account the lease's home is made first, everything else under the lease, and it is reported as created", async () => {
    const world = new World();
    world.hook = (_moment, call) => {
      if (call !== "create home" && !FakeLease.holder.has(world)) throw new Failure("bug", `${call} without the lease`);
    };
    const result = await go(world, DESIRED);
    expect(result.outcome).toBe("done");
    expect(doneOf(result).sort()).toEqual(["create a", "create b", "create home"]);
    expect(world.log.filter((call) => call === "create home")).toHaveLength(1);
    expect(FakeLease.holder.has(world)).toBe(false);
    expect((await go(world, DESIRED)).outcome).toBe("nothing");
  });

  test("two at once from an empty account: one changes things, the other is told so", async () => {
    for (let round = 0; round < 50; round += 1) {
      const world = new World();
      world.hook = () => clock.sleep(Math.random() * 20);
      const other = DESIRED.map((d) => ({ ...d, props: { ...d.props, value: "other" } }));
      const results = await Promise.all([go(world, DESIRED), go(world, other)]);
      const outcomes = results.map(({ outcome }) => outcome).sort();
      expect(["done,done", "done,lease_held"]).toContain(outcomes.join());
      const held = results.find(({ outcome }) => outcome === "lease_held");
      if (held) expect(finished(held).error).toMatchObject({ code: "lease_held", fix: "Wait." });
      const values = new Set([...world.things.values()].map(({ props }) => props.value));
      expect(values.size, [...values].join()).toBe(1);
    }
  });

  test("waiting for the lease plans again, and asks again when that is another plan", async () => {
    const world = new World();
    await go(world, DESIRED);
    const holder = new FakeLease(world, clock);
    await holder.acquire();
    const asked: boolean[] = [];
    const waiting = go(world, [...DESIRED, thing("c")], {
      patience: 100,
      confirm: async (_plan, again) => {
        asked.push(again);
        if (!again) {
          void clock.sleep(5000).then(() => {
            const there = world.things.get(thingKey("b"));
            if (there) there.props = { ...there.props, value: "moved meanwhile" };
            return holder.release();
          });
        }
        return true;
      },
    });
    expect((await waiting).outcome).toBe("done");
    expect(asked).toEqual([false, true]);
  });

  test("declined, refused and nothing to do take no lease", async () => {
    const world = new World();
    expect((await go(world, DESIRED, { confirm: async () => false })).outcome).toBe("declined");
    world.things.set(thingKey("b"), { props: thing("b").props, tags: {} });
    const refused = await go(world, DESIRED);
    expect(refused.outcome).toBe("refused");
    expect(finished(refused).error).toMatchObject({ code: "not_ours" });
    expect(world.log).toEqual([]);
  });

  test("a lost lease starts nothing new", async () => {
    const world = new World();
    const chain = [
      thing("home"),
      ...["a", "b", "c", "d"].map((id, i, ids) => thing(id, { needs: [i === 0 ? "home" : (ids[i - 1] ?? "")] })),
    ];
    world.hook = async (moment, call) => {
      if (moment !== "before" || call !== "create b") return;
      FakeLease.holder.set(world, new FakeLease(world, clock));
      await clock.sleep(60_000);
    };
    const result = await go(world, chain);
    expect(result.outcome).toBe("failed");
    expect(finished(result).error?.code).toBe("lease_lost");
    expect(world.things.has(thingKey("c"))).toBe(false);
  });

  test("interrupted: the lease is given back, and the same command goes on", async () => {
    const world = new World();
    const abort = new AbortController();
    world.hook = (_moment, call) => {
      if (call === "put a") abort.abort();
    };
    const chain = [thing("home"), thing("a", { needs: ["home"] }), thing("b", { needs: ["a"] })];
    const result = await go(world, chain, { drain: abort.signal });
    expect(result.outcome).toBe("interrupted");
    expect(finished(result).error?.code).toBe("interrupted");
    expect(FakeLease.holder.has(world)).toBe(false);
    world.hook = () => undefined;
    expect((await go(world, chain)).outcome).toBe("done");
    expect((await go(world, chain)).outcome).toBe("nothing");
  });

  test("a second Ctrl-C while the lease is given back over a dead line: it ends without it", async () => {
    const world = new World();
    const drain = new AbortController();
    const stop = new AbortController();
    const lease = new FakeLease(world, clock);
    lease.release = () => {
      stop.abort();
      return new Promise(() => undefined);
    };
    world.hook = (_moment, call) => {
      if (call === "put a") drain.abort();
    };
    const chain = [thing("home"), thing("a", { needs: ["home"] }), thing("b", { needs: ["a"] })];
    const result = await go(world, chain, { lease, drain: drain.signal, stop: stop.signal });
    expect(result.outcome).toBe("interrupted");
  });

  test("destroy takes the lease's home last, and ends clean", async () => {
    const world = new World();
    await go(world, DESIRED);
    world.log.length = 0;
    const result = await go(world, DESIRED, { mode: "destroy" });
    expect(result.outcome).toBe("done");
    expect(world.log.at(-1)).toBe("delete home");
    expect(world.things.size).toBe(0);
    expect((await go(world, DESIRED, { mode: "destroy" })).outcome).toBe("nothing");
  });

  test("a selection without the lease's home brings it along", async () => {
    const world = new World();
    const result = await go(world, DESIRED, { only: ["fake.thing/b"] });
    expect(result.outcome).toBe("done");
    expect(doneOf(result)).toEqual(["create b"]);
    expect([...world.things.keys()].sort()).toEqual([thingKey("b"), thingKey("home")]);
    expect(
      summarize(await makePlan({ ctx: world, kinds: [fakeKind(world)], desired: DESIRED, marks: MARKS })).update,
    ).toBe(1);
  });
});
