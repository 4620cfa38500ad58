import { describe, expect, test } from "vitest";
import { Agenda } from "../../src/engine/agenda.ts";
import { apply, type ApplyEvent, makePlan } from "../../src/engine/index.ts";
import type { AnyKind, Kind, Step } from "../../src/engine/types.ts";
import { classify, Failure, fakeKind, MARKS, thing, thingKey, type ThingProps, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What is known to come next is prepared while something else is waited for. */

const step = (id: string, after: readonly string[] = [], lane?: string): Step => ({
  action: "delete",
  address: { kind: "fake.thing", id, name: id },
  attributes: [],
  after: after.map((one) => `fake.thing/${one}`),
  ...(lane === undefined ? {} : { lane }),
});

const ids = (all: readonly { readonly step: Step }[]): string[] => all.map(({ step: { address } }) => address.id);

describe("what starts first", () => {
  test("is what many wait behind in one lane, not what stands first", () => {
    const agenda = new Agenda([step("alone"), step("x", [], "one"), step("y", [], "one"), step("z", [], "one")]);
    expect(agenda.take()?.step.address.id).toBe("x");
    expect(agenda.take()?.step.address.id).toBe("alone");
  });

  test("a lane and what waits for it lead as far as both together", () => {
    const chain = [step("a"), step("b", ["a"]), step("c", ["b"])];
    const lane = [step("x", [], "one"), step("y", [], "one"), step("end", ["x", "y"]), step("last", ["end"])];
    const agenda = new Agenda([...chain, ...lane]);
    expect(agenda.take()?.step.address.id).toBe("x");
  });
});

test("near is what waits for nothing but steps under way, and once", () => {
  const agenda = new Agenda([step("a"), step("b"), step("c", ["a", "b"]), step("d", ["c"])]);
  const a = agenda.take();
  expect(ids(agenda.near())).toEqual([]);
  agenda.take();
  expect(ids(agenda.near())).toEqual(["c"]);
  expect(ids(agenda.near())).toEqual([]);
  if (a) agenda.done(a.key);
  expect(ids(agenda.near())).toEqual([]);
});

describe("emptying", () => {
  /** Looks what lies in a thing before its first call, and deletes just what it has seen. */
  const listing = (world: World): Partial<Kind<ThingProps, World>> => ({
    async *empty(ctx, { id }) {
      world.log.push(`list ${id}`);
      await ctx.onRead();
      const seen = ctx.data.get(id);
      if (seen === undefined) return;
      yield {
        name: "fake:Empty",
        send: () => ctx.send(`empty ${id} of ${seen}`, () => void (ctx.data.get(id) === seen && ctx.data.delete(id))),
      };
    },
  });

  async function destroyed(
    world: World,
    kind: AnyKind<World>,
    desired = [thing("home"), thing("user", { needs: ["home"] })],
  ): Promise<ApplyEvent[]> {
    for (const { address, props, tags } of desired)
      world.things.set(thingKey(address.id), { props, tags: { ...tags, [MARKS.ownerKey]: MARKS.owner } });
    const given = { ctx: world, kinds: [kind], marks: MARKS };
    const plan = await makePlan({ ...given, desired, mode: "destroy", includeData: true });
    const events: ApplyEvent[] = [];
    for await (const event of apply({ ...given, plan, clock: new VirtualClock(), classify })) events.push(event);
    return events;
  }

  test("looks while what goes before it is under way", async () => {
    const world = new World();
    world.data.set("home", "one object");
    const events = await destroyed(world, fakeKind(world, listing(world)));
    expect(events.at(-1)).toMatchObject({ done: 2, failed: 0 });
    expect(world.log.indexOf("list home")).toBeLessThan(world.log.indexOf("empty home of one object"));
    expect(world.log.filter((one) => !one.startsWith("empty user") && one !== "list user")).toEqual([
      "list home",
      "delete user",
      "empty home of one object",
      "delete home",
    ]);
  });

  test("what was written after that look is found by another one", async () => {
    const world = new World();
    world.data.set("home", "one object");
    world.hook = (moment, call) => {
      if (moment === "after" && call === "delete user") world.data.set("home", "two objects");
    };
    const events = await destroyed(world, fakeKind(world, listing(world)));
    expect(events.at(-1)).toMatchObject({ done: 2, failed: 0 });
    expect(world.log.filter((one) => one === "list home")).toHaveLength(2);
    expect(world.log).toContain("empty home of two objects");
    expect(world.things.size).toBe(0);
  });

  test("an old look takes none of the passes of an emptying that somebody writes into", async () => {
    const world = new World();
    world.data.set("home", "before");
    let late = 0;
    world.hook = (moment, call) => {
      if (moment !== "after") return;
      if (call === "delete user") world.data.set("home", "written last");
      // What was under way arrives, after each of the first two looks of its own.
      if (call.startsWith("empty home of") && call !== "empty home of before" && (late += 1) < 3)
        world.data.set("home", `late ${late}`);
    };
    const events = await destroyed(world, fakeKind(world, listing(world)));
    expect(events.at(-1)).toMatchObject({ done: 2, failed: 0 });
    expect(world.log.filter((one) => one === "list home")).toHaveLength(4);
  });

  test.each(["throttle", "denied", "credentials", "bug"] as const)(
    "a look ahead that failed (%s) says nothing of later",
    async (fault) => {
      const world = new World();
      world.data.set("home", "one object");
      let looks = 0;
      world.onRead = () => {
        if (world.log.at(-1) === "list home" && (looks += 1) === 1) throw new Failure(fault, "not now");
      };
      expect((await destroyed(world, fakeKind(world, listing(world)))).at(-1)).toMatchObject({ done: 2, failed: 0 });
      expect(looks).toBe(2);
    },
  );

  test("a look that fails in its turn, too, is told", async () => {
    const world = new World();
    world.data.set("home", "one object");
    world.onRead = () => {
      if (world.log.at(-1) === "list home") throw new Failure("denied", "not yours to list");
    };
    const events = await destroyed(world, fakeKind(world, listing(world)));
    expect(events.at(-1)).toMatchObject({ done: 1, failed: 1, error: { text: "fake.thing/home: not yours to list" } });
    expect(world.data.has("home")).toBe(true);
  });

  test("a few are looked up ahead, not all that wait for one", async () => {
    const world = new World();
    const homes = Array.from({ length: 100 }, (_, at) => `home${at}`);
    for (const id of homes) world.data.set(id, "one object");
    let before = 0;
    world.hook = (moment, call) => {
      if (moment === "before" && call === "delete user")
        before = world.log.filter((one) => one.startsWith("list home")).length;
    };
    const all = [...homes.map((id) => thing(id)), thing("user", { needs: homes })];
    expect((await destroyed(world, fakeKind(world, listing(world)), all)).at(-1)).toMatchObject({ done: 101 });
    expect(before).toBe(4);
    expect(world.things.size).toBe(0);
  });

  test("a kind that throws at once is asked again in its turn", async () => {
    const world = new World();
    world.data.set("home", "one object");
    let asked = 0;
    const kind = fakeKind(world, {
      empty: (ctx, { id }) => {
        if (id === "home" && (asked += 1) === 1) throw new Failure("bug", "not now");
        return [{ name: "fake:Empty", send: () => ctx.send(`empty ${id}`, () => void ctx.data.delete(id)) }];
      },
    });
    expect((await destroyed(world, kind)).at(-1)).toMatchObject({ done: 2, failed: 0 });
  });
});
