import { describe, expect, test } from "vitest";
import { apply, type ApplyEvent, type Lease, makePlan, run, type RunInput } from "../../src/engine/index.ts";
import type { AnyKind, Call, Kind, Taking } from "../../src/engine/types.ts";
import { classify, Failure, fakeKind, MARKS, thing, thingKey, type ThingProps, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What need not wait for one another does not: calls of one sequence, users of what only has to show, and reading beside the lease. */

async function applied(
  world: World,
  kind: AnyKind<World>,
  ...things: ReturnType<typeof thing>[]
): Promise<ApplyEvent[]> {
  const kinds = [kind];
  const plan = await makePlan({ ctx: world, kinds, desired: things, marks: MARKS });
  const events: ApplyEvent[] = [];
  for await (const event of apply({ ctx: world, kinds, plan, marks: MARKS, clock: new VirtualClock(), classify }))
    events.push(event);
  return events;
}

/** Creates a thing and calls `more` on it. */
const creating = (
  world: World,
  more: (id: string) => readonly (readonly Call[])[],
): Partial<Kind<ThingProps, World>> => ({
  *create(ctx, { address, props, tags }) {
    yield {
      name: "fake:Create",
      creates: true,
      send: () =>
        ctx.send(
          `create ${address.id}`,
          () => void world.things.set(thingKey(address.id), { props, tags: { ...tags } }),
        ),
    };
    for (const calls of more(address.id)) yield calls;
  },
});

describe("calls of one sequence", () => {
  const put = (world: World, name: string): Call => ({
    name: "fake:Put",
    send: () => world.send(name, () => undefined),
  });
  const three = (world: World) => (id: string) => [["x", "y", "z"].map((part) => put(world, `${part} of ${id}`))];

  test("that need not wait for one another are sent together, and what comes next waits for all", async () => {
    const world = new World();
    const kind = fakeKind(
      world,
      creating(world, (id) => [...three(world)(id), [put(world, `end of ${id}`)]]),
    );
    const events = await applied(world, kind, thing("a"));
    expect(events.at(-1)).toMatchObject({ done: 1, failed: 0 });
    expect(world.mostInFlight).toBe(3);
    expect(world.log).toEqual(["create a", "x of a", "y of a", "z of a", "end of a"]);
  });

  test("are repeated each by itself, and all are over before the step has failed", async () => {
    const world = new World();
    let [refused, over] = [0, 0];
    world.hook = async (moment, call) => {
      if (moment === "before" && call === "x of a") throw new Failure("denied", "no");
      if (moment === "before" && call === "y of a" && (refused += 1) < 3) throw new Failure("conflict", "busy");
      if (moment === "after" && call !== "create a") over += 1;
    };
    const events = await applied(world, fakeKind(world, creating(world, three(world))), thing("a"));
    expect(events.at(-1)).toMatchObject({ failed: 1, error: { text: "fake.thing/a: no" } });
    expect(world.log.filter((call) => call === "z of a")).toHaveLength(1);
    expect(world.log.filter((call) => call === "y of a")).toHaveLength(3);
    expect(over).toBe(2);
  });
});

describe("who only waits until AWS shows it", () => {
  /** Each is to be seen when it was asked for five times. */
  const showing = (world: World, letsGo: Call["letsGo"], never = "") => {
    const asked = new Map<string, number>();
    const last = (id: string): Call => ({
      name: "fake:Show",
      send: () => world.send(`show ${id}`, () => undefined),
      ready: async () => {
        world.log.push(`look at ${id}`);
        asked.set(id, (asked.get(id) ?? 0) + 1);
        return (asked.get(id) ?? 0) > 4 && id !== never ? true : "not seen yet";
      },
      ...(letsGo ? { letsGo } : {}),
    });
    return fakeKind(world, { lane: () => "one", ...creating(world, (id) => [[last(id)]]) });
  };
  const firstLook = (world: World, id: string): number => world.log.lastIndexOf(`look at ${id}`);

  test("keeps the lane, where nothing else is said", async () => {
    const world = new World();
    await applied(world, showing(world, undefined), thing("a"), thing("b"));
    expect(world.log.indexOf("create b")).toBeGreaterThan(firstLook(world, "a"));
  });

  test("lets the next one of its lane go, but nobody who needs it", async () => {
    const world = new World();
    const events = await applied(world, showing(world, "lane"), thing("a"), thing("b"), thing("c", { needs: ["a"] }));
    expect(world.log.indexOf("create b")).toBeLessThan(firstLook(world, "a"));
    expect(world.log.indexOf("create c")).toBeGreaterThan(firstLook(world, "a"));
    expect(events.at(-1)).toMatchObject({ done: 3, failed: 0 });
  });

  test("lets those go who need it, and it has failed all the same when it never shows", async () => {
    const world = new World();
    const kind = showing(world, "users", "a");
    const events = await applied(world, kind, thing("a"), thing("c", { needs: ["a"] }), thing("d", { needs: ["c"] }));
    expect(world.log.indexOf("create c")).toBeLessThan(firstLook(world, "a"));
    expect(events.at(-1)).toMatchObject({ done: 2, failed: 1, skipped: 0, error: { code: "not_ready" } });
  });
});

test("who outlives what it needs does not keep it from going, but from going while it is only changed", async () => {
  const world = new World();
  const kinds = [fakeKind(world, { outlives: (need) => need === "h:a" })];
  const all = [thing("a"), thing("b"), thing("c", { needs: ["a", "b"] })];
  await applied(world, kinds[0] as AnyKind<World>, ...all);
  const after = async (desired: readonly ReturnType<typeof thing>[], id: string): Promise<readonly string[]> => {
    const { steps } = await makePlan({ ctx: world, kinds, desired, marks: MARKS });
    return steps.find(({ address }) => address.id === id)?.after ?? [];
  };
  expect(await after([], "a")).toEqual([]);
  expect(await after([], "b")).toEqual(["fake.thing/c"]);
  expect(await after([thing("b"), thing("c", { needs: ["b"] })], "a")).toEqual(["fake.thing/c"]);
});

test("a replacement and a change keep their lane until all of their calls are over", async () => {
  const world = new World();
  let looks = 0;
  const slow = (name: string, effect: () => void): Call => ({
    name: "fake:Slow",
    letsGo: "lane",
    send: () => world.send(name, effect),
    ready: async () => (looks += 1) % 4 === 0 || "not yet",
  });
  const kind = fakeKind(world, {
    lane: () => "one",
    *update(_ctx, { address, props }) {
      yield slow(`change ${address.id}`, () => Object.assign(world.things.get(thingKey(address.id)) ?? {}, { props }));
    },
    *delete(_ctx, { id }) {
      yield slow(`delete ${id}`, () => void world.things.delete(thingKey(id)));
    },
  });
  await applied(world, kind, thing("a"), thing("b"));
  world.log.length = 0;
  await applied(world, kind, thing("a", { fixed: "g" }), thing("b", { value: "w" }, { Project: "q" }));
  const together = world.log.join(", ");
  expect(together).toMatch(/delete a, create a, put a/);
  expect(together).toMatch(/change b, retag b/);
});

/** A lease that lies in `home`; of the first `lost` that are written another one is found there. */
class WrittenLease implements Lease {
  lies = false;
  constructor(
    readonly world: World,
    readonly log: string[],
    readonly lost = 0,
  ) {}

  async acquire({ newPlace, written }: Taking = {}): Promise<{ fresh?: boolean }> {
    this.log.push(newPlace ? "acquire, new place" : "acquire");
    if (!this.world.things.has(thingKey("home"))) throw Object.assign(new Error("no home"), { code: "lease_homeless" });
    const fresh = !this.lies;
    this.lies = true;
    for (let at = 0; at <= this.lost; at += 1) {
      this.log.push("written");
      written?.({ fresh });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.log.push("ours");
    return { fresh };
  }

  async acquireKnown(taking?: Taking): Promise<{ fresh?: boolean } | undefined> {
    if (!this.world.things.has(thingKey("home"))) throw Object.assign(new Error("no home"), { code: "lease_homeless" });
    return this.lies ? this.acquire(taking) : undefined;
  }

  async renew(): Promise<void> {}
  async release(): Promise<void> {}
}

describe("under the lease", () => {
  async function go(
    world: World,
    lost = 0,
    lease?: WrittenLease,
    before: (scope: string) => void = () => undefined,
  ): Promise<{ log: string[]; outcome: string; lease: WrittenLease }> {
    const log: string[] = [];
    const kinds = [fakeKind(world)];
    const desired = ["home", "a"].map((id) => thing(id));
    const held = lease
      ? Object.assign(new WrittenLease(world, log, lost), { lies: true })
      : new WrittenLease(world, log, lost);
    const input: RunInput<World> = {
      ctx: world,
      kinds,
      marks: MARKS,
      clock: new VirtualClock(),
      classify,
      unasked: true,
      confirm: async () => true,
      lease: held,
      leaseHome: "fake.thing/home",
      makePlan: (scope, ownTags) => {
        const asked = String(scope);
        log.push(`read ${asked}`);
        before(asked);
        const only = scope === "all" ? undefined : ["fake.thing/home"];
        return makePlan({ ctx: world, kinds, desired, marks: MARKS, only, ownTags });
      },
    };
    const events = run(input);
    for (;;) {
      const next = await events.next();
      if (next.done) return { log, outcome: next.value, lease: held };
    }
  }

  test("reading begins when it is written, and an empty account is not asked again what lies in it", async () => {
    const world = new World();
    const first = await go(world);
    expect(first).toMatchObject({ outcome: "done" });
    expect(first.log).toEqual(["read all", "acquire, new place", "written", "read home-there", "ours"]);
    const second = await go(world, 0, first.lease);
    expect(second.log).toEqual(["acquire", "written", "read all", "ours"]);
  });

  test("what was read while another one lay there is thrown away", async () => {
    const world = new World();
    const { lease } = await go(world);
    const again = await go(world, 1, lease);
    expect(again).toMatchObject({ outcome: "nothing" });
    expect(again.log).toEqual(["acquire", "written", "read all", "written", "read all", "ours"]);
  });

  const home = (world: World, tags: Readonly<Record<string, string>>): void =>
    void world.things.set(thingKey("home"), { props: thing("home").props, tags });

  test("whoever makes its place while all is read is no reason to fail", async () => {
    const world = new World();
    const { log, outcome } = await go(world, 0, undefined, (scope) => {
      if (scope === "all" && !world.things.has(thingKey("home")))
        home(world, { Project: "p", [MARKS.ownerKey]: MARKS.owner });
    });
    expect(outcome).toBe("done");
    expect(log).toEqual(["read all", "acquire", "written", "read all", "ours"]);
    expect(world.log.filter((call) => call === "create home")).toEqual([]);
  });

  test("a stranger's place, made in the moment before ours, gets nothing of ours", async () => {
    const world = new World();
    const { outcome } = await go(world, 0, undefined, (scope) => {
      if (scope === "home-there") home(world, { Team: "blue" });
    });
    expect(outcome).toBe("refused");
    expect(world.log).toEqual(["create home"]);
    expect(world.things.get(thingKey("home"))?.tags).toEqual({ Team: "blue" });
  });
});

describe("where somebody was asked", () => {
  const ids = ["home", "a", "b", "c", "d", "e"];
  /** Applies with a question; `meanwhile` happens once it is answered. */
  async function asked(world: World, value: string, meanwhile: () => void = () => undefined) {
    const [log, questions]: [string[], boolean[]] = [[], []];
    const kinds = [fakeKind(world)];
    const desired = ids.map((id) => thing(id, id === "c" ? { value, needs: ["b"] } : {}));
    const events = run<World>({
      ctx: world,
      kinds,
      marks: MARKS,
      clock: new VirtualClock(),
      classify,
      confirm: async (_plan, again) => {
        questions.push(again);
        if (!again) meanwhile();
        return true;
      },
      lease: new WrittenLease(world, []),
      leaseHome: "fake.thing/home",
      makePlan: (scope, ownTags) => {
        log.push(typeof scope === "string" ? scope : scope.join(", "));
        const only = scope === "all" ? undefined : typeof scope === "string" ? ["fake.thing/home"] : scope;
        return makePlan({ ctx: world, kinds, desired, marks: MARKS, only, ownTags });
      },
    });
    for (;;) {
      const next = await events.next();
      if (next.done) return { outcome: next.value, log, questions };
    }
  }
  const change = (world: World, id: string): void => {
    const found = world.things.get(thingKey(id));
    if (found) found.props = { ...found.props, map: { a: "moved" } };
  };

  test("of a small change only that is read again, and what it needs", async () => {
    const world = new World();
    await asked(world, "v");
    world.log.length = 0;
    expect(await asked(world, "w")).toEqual({ outcome: "done", log: ["all", "fake.thing/c"], questions: [false] });
    expect(world.log).toEqual(["update c value", "retag c"]);
  });

  test("where that would be another change now, all is read and asked again; what it leaves alone may move", async () => {
    const world = new World();
    await asked(world, "v");
    const moved = await asked(world, "w", () => change(world, "c"));
    expect(moved).toEqual({ outcome: "done", log: ["all", "fake.thing/c", "all"], questions: [false, true] });
    const needed = await asked(world, "x", () => change(world, "b"));
    expect(needed).toMatchObject({ log: ["all", "fake.thing/c", "all"], questions: [false, true] });
    const apart = await asked(world, "y", () => change(world, "e"));
    expect(apart).toEqual({ outcome: "done", log: ["all", "fake.thing/c"], questions: [false] });
    expect((await asked(world, "y")).log).toEqual(["all", "fake.thing/e"]);
  });
});
