import { describe, expect, test } from "vitest";
import {
  apply,
  type ApplyEvent,
  makePlan,
  type PlanInput,
  run,
  type RunEvent,
  type RunInput,
} from "../../src/engine/index.ts";
import type { AnyKind, Kind, Lease, Live, Tags } from "../../src/engine/types.ts";
import { classify, fakeKind, MARKS, thing, type ThingProps, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What stands for reading a thing by itself: a search for tags, which is late, and what an apply has written down. */
const clock = new VirtualClock();

/** A kind that believes a search (`late`, by id) where it may, and notes how each thing was read. */
function searching(
  world: World,
  late: ReadonlyMap<string, Tags>,
  reads: string[],
  more: Partial<Kind<ThingProps, World>> = {},
): AnyKind<World> {
  const plain = fakeKind(world);
  const read: Kind<ThingProps, World>["read"] = async (ctx, wanted) => {
    const found = (await plain.read(ctx, wanted)) as ReadonlyMap<string, Live<ThingProps>>;
    return new Map(
      wanted.flatMap(({ id, name, searched, recorded, tags: noted }) => {
        const live = found.get(name);
        if (!live) return [];
        const told = recorded ? noted : searched ? late.get(id) : undefined;
        reads.push(`${told ? "search" : "own"} ${id}`);
        if (!told) return [[name, live] as const];
        const owner = told[MARKS.ownerKey];
        return [[name, { ...live, tags: told, ...(owner ? { owner } : {}), searched: true }] as const];
      }),
    );
  };
  return fakeKind(world, { read, ...more });
}

const tagsOf = (world: World, id: string): Tags => world.things.get(thingKey(id))?.tags ?? {};

async function carried(events: AsyncIterable<ApplyEvent>): Promise<void> {
  let last: ApplyEvent | undefined;
  for await (const event of events) last = event;
  expect(last).toMatchObject({ type: "finished", failed: 0 });
}

async function made(world: World, ...ids: string[]): Promise<void> {
  const kinds = [fakeKind(world)];
  const plan = await makePlan({ ctx: world, kinds, desired: ids.map((id) => thing(id)), marks: MARKS });
  await carried(apply<World>({ ctx: world, kinds, plan, marks: MARKS, clock, classify }));
  world.log.length = 0;
}

const planOf = (world: World, kind: AnyKind<World>, ids: readonly string[], more: Partial<PlanInput<World>> = {}) =>
  makePlan({ ctx: world, kinds: [kind], desired: ids.map((id) => thing(id)), marks: MARKS, ...more });

describe("a search for tags", () => {
  test("is believed of what is as declared; what it tells otherwise is read by itself", async () => {
    const world = new World();
    await made(world, "a", "b", "c");
    const reads: string[] = [];
    const old = { ...tagsOf(world, "b"), Project: "an older one" };
    const late = new Map([
      ["a", tagsOf(world, "a")],
      ["b", old],
    ]);
    const plan = await planOf(world, searching(world, late, reads), ["a", "b", "c"]);
    expect(plan.steps.map(({ action }) => action)).toEqual(["keep", "keep", "keep"]);
    // `c` is too new for it.
    expect(reads).toEqual(["search a", "search b", "own c", "own b"]);
  });

  test("that calls a stranger's thing ours leads to no change", async () => {
    const world = new World();
    await made(world, "a");
    const late = new Map([["a", tagsOf(world, "a")]]);
    const props = { ...thing("a").props, value: "theirs" };
    world.things.set(thingKey("a"), { props, tags: { Team: "blue" } });
    const plan = await planOf(world, searching(world, late, []), ["a"]);
    expect(plan.steps).toEqual([]);
    expect(plan.findings).toMatchObject([{ code: "not_ours", level: "error" }]);
  });

  test("is not asked where an apply has just changed something, and never for what is to go", async () => {
    const world = new World();
    await made(world, "a");
    const late = new Map([["a", tagsOf(world, "a")]]);
    const reads: string[] = [];
    await planOf(world, searching(world, late, reads), ["a"], { ownTags: true });
    await planOf(world, searching(world, late, reads), ["a"], { mode: "destroy" });
    expect(reads).toEqual(["own a", "own a"]);
  });
});

describe("what goes with another thing", () => {
  const kinds = (world: World, reads: string[]): AnyKind<World>[] => [
    searching(world, new Map(), reads, {
      needs: (_ctx, { id }) => (id === "box" ? [] : ["h:box"]),
      record: () => [],
      goesWith: (_ctx, { id }) => (id === "box" ? "" : "h:box"),
    }),
  ];
  const destroy = async (world: World, reads: string[]): Promise<void> => {
    const input = { ctx: world, kinds: kinds(world, reads), marks: MARKS };
    const desired = ["box", "x", "y"].map((id) => thing(id));
    const plan = await makePlan({ ...input, desired, mode: "destroy", includeData: true });
    await carried(apply<World>({ ...input, plan, clock, classify }));
  };

  test("is gone after it, and nothing is sent for it", async () => {
    const world = new World();
    await made(world, "box", "x", "y");
    world.hook = (moment, call) => {
      if (moment === "after" && call === "delete box") for (const id of ["x", "y"]) world.things.delete(thingKey(id));
    };
    const reads: string[] = [];
    await destroy(world, reads);
    expect(world.log).toEqual(["empty box", "delete box"]);
    expect(world.things.size).toBe(0);
    expect(reads.filter((one) => one.endsWith(" x"))).toEqual(["search x"]);
  });

  test("goes by itself where that one stays, and is looked at before", async () => {
    const world = new World();
    await made(world, "box", "x");
    world.things.set(thingKey("y"), { props: thing("y").props, tags: { Team: "blue" } });
    world.foreign.set("box", "carries somebody's entry");
    const reads: string[] = [];
    await destroy(world, reads);
    expect(world.log.filter((call) => call.startsWith("delete"))).toEqual(["delete x"]);
    expect([...world.things.keys()]).toEqual([thingKey("box"), thingKey("y")]);
  });
});

/** A lease that lies in `home` once somebody has held it. */
class NotedLease implements Lease {
  readonly log: string[] = [];
  lies = false;
  held = false;
  recent = false;
  constructor(readonly world: World) {}

  async acquire(): Promise<{ fresh?: boolean; recent?: boolean }> {
    this.log.push("acquire");
    if (!this.world.things.has(thingKey("home"))) throw Object.assign(new Error("no home"), { code: "lease_homeless" });
    if (this.held) throw Object.assign(new Error("held"), { code: "lease_held" });
    const fresh = !this.lies;
    this.lies = true;
    return { fresh, recent: this.recent };
  }

  async acquireKnown(): Promise<{ recent?: boolean } | undefined> {
    return this.lies ? this.acquire() : undefined;
  }

  async renew(): Promise<void> {}

  async release(changed = false): Promise<void> {
    this.log.push(changed ? "release, changed" : "release");
  }
}

describe("where nobody is asked", () => {
  async function go(world: World, lease: NotedLease, ids: readonly string[], more: Partial<RunInput<World>> = {}) {
    const planned: string[] = [];
    const kinds = [fakeKind(world)];
    const events: RunEvent[] = [];
    const iterator = run<World>({
      ctx: world,
      kinds,
      marks: MARKS,
      clock,
      classify,
      unasked: true,
      confirm: async () => true,
      lease,
      leaseHome: "fake.thing/home",
      makePlan: (scope, ownTags, held = false) => {
        planned.push(`${scope}${ownTags ? ", own tags" : ""}${held ? ", held" : ""}`);
        const only = scope !== "all" ? ["fake.thing/home"] : undefined;
        return makePlan({ ctx: world, kinds, desired: ids.map((id) => thing(id)), marks: MARKS, only, ownTags });
      },
      ...more,
    });
    for (;;) {
      const next = await iterator.next();
      if (next.done) return { outcome: next.value, planned, events };
      events.push(next.value);
    }
  }

  test("an empty account is read once; then only the lease's place, which somebody may have made beside us", async () => {
    const world = new World();
    const lease = new NotedLease(world);
    const first = await go(world, lease, ["home", "a"]);
    expect(first).toMatchObject({ outcome: "done", planned: ["all", "home-there, own tags"] });
    expect(world.log.filter((call) => call === "create home")).toHaveLength(1);
    expect([...world.things.keys()].toSorted()).toEqual([thingKey("a"), thingKey("home")]);
    expect(lease.log.at(-1)).toBe("release");
  });

  test("a lease that lies there is taken first, and all is read once under it", async () => {
    const world = new World();
    const lease = new NotedLease(world);
    await go(world, lease, ["home", "a"]);
    lease.log.length = 0;
    expect(await go(world, lease, ["home", "a", "b"])).toMatchObject({ outcome: "done", planned: ["all, held"] });
    expect(lease.log).toEqual(["acquire", "release"]);
    // Tags that a search may tell wrong for a while.
    world.things.set(thingKey("a"), { props: { ...thing("a").props, value: "moved" }, tags: tagsOf(world, "a") });
    await go(world, lease, ["home", "a", "b"]);
    expect(lease.log.at(-1)).toBe("release, changed");
    lease.recent = true;
    expect((await go(world, lease, ["home", "a"])).planned).toEqual(["all, own tags, held"]);
  });

  test("a plan that is refused gives it back; where somebody holds it nothing is read", async () => {
    const world = new World();
    const lease = new NotedLease(world);
    await go(world, lease, ["home"]);
    world.things.set(thingKey("x"), { props: thing("x").props, tags: {} });
    lease.log.length = 0;
    world.log.length = 0;
    expect((await go(world, lease, ["home", "x"])).outcome).toBe("refused");
    expect(lease.log).toEqual(["acquire", "release"]);
    expect(world.log).toEqual([]);
    lease.held = true;
    expect(await go(world, lease, ["home", "y"])).toMatchObject({ outcome: "lease_held", planned: [] });
    expect(world.log).toEqual([]);
  });

  test("what is as declared is written down after it all, and not after a failure or of a part", async () => {
    const world = new World();
    const lease = new NotedLease(world);
    const notes: string[][] = [];
    const kinds = [
      fakeKind(world, {
        record: (_ctx, all) => {
          notes.push(all.map(({ address }) => address.id));
          return [];
        },
      }),
    ];
    await go(world, lease, ["home", "a"], { kinds, partial: true });
    expect(notes).toEqual([]);
    await go(world, lease, ["home", "a", "b"], { kinds });
    expect(notes.map((all) => all.toSorted())).toEqual([["a", "b", "home"]]);
    world.hook = () => Promise.reject(new Error("broken"));
    await go(world, lease, ["home", "a", "b", "c"], { kinds });
    expect(notes).toHaveLength(1);
  });
});
