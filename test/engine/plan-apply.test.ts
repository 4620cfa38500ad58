import { describe, expect, test } from "vitest";
import {
  apply,
  type ApplyEvent,
  type Desired,
  makePlan,
  type Plan,
  type PlanInput,
  summarize,
} from "../../src/engine/index.ts";
import { classify, Failure, fakeKind, MARKS, thing, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

type More = Partial<PlanInput<World>>;

const planOf = (world: World, desired: readonly Desired[], more: More = {}): Promise<Plan> =>
  makePlan({
    ctx: world,
    kinds: [fakeKind(world)],
    desired,
    marks: MARKS,
    classify,
    clock: new VirtualClock(),
    ...more,
  });

async function applied(
  world: World,
  plan: Plan,
  more: Partial<Parameters<typeof apply<World>>[0]> = {},
): Promise<ApplyEvent[]> {
  const events: ApplyEvent[] = [];
  const input = {
    ctx: world,
    kinds: [fakeKind(world)],
    plan,
    marks: MARKS,
    clock: new VirtualClock(),
    classify,
    calls: () => world.log.length,
    ...more,
  };
  for await (const event of apply<World>(input)) events.push(event);
  return events;
}

const finished = (events: readonly ApplyEvent[]): Extract<ApplyEvent, { type: "finished" }> => {
  const last = events.at(-1);
  if (last?.type !== "finished") throw new Error("no finished event");
  return last;
};

async function converge(world: World, desired: readonly Desired[], more: More = {}): Promise<ApplyEvent[]> {
  return applied(world, await planOf(world, desired, more));
}

describe("plan and apply", () => {
  test("creates in order, and the second plan is empty", async () => {
    const world = new World();
    const desired = [thing("a", { needs: ["b"] }), thing("b")];
    const events = await converge(world, desired);
    expect(finished(events)).toMatchObject({ done: 2, failed: 0, skipped: 0 });
    expect(world.log).toEqual(["create b", "put b", "create a", "put a"]);
    const second = await planOf(world, desired);
    expect(summarize(second)).toEqual({ create: 0, update: 0, replace: 0, delete: 0, keep: 2 });
    expect(second.findings).toEqual([]);
  });

  test("an update names the leaf, says that the config changed, and sends only that", async () => {
    const world = new World();
    await converge(world, [thing("a")]);
    world.log.length = 0;
    const desired = [thing("a", { map: { a: "1", b: "3" } })];
    const plan = await planOf(world, desired);
    expect(plan.steps[0]?.attributes).toEqual([{ path: "map.b", before: "2", after: "3", cause: "config" }]);
    await applied(world, plan);
    expect(world.log).toEqual(["update a map", "retag a"]);
    expect(summarize(await planOf(world, desired)).keep).toBe(1);
  });

  test("drift says that somebody changed it outside, and the mark is not sent again", async () => {
    const world = new World();
    await converge(world, [thing("a")]);
    const there = world.things.get(thingKey("a"));
    if (there) there.props = { ...there.props, value: "clicked", map: { a: "1", b: "2", c: "new" } };
    world.log.length = 0;
    const plan = await planOf(world, [thing("a")]);
    expect(plan.steps[0]?.attributes).toEqual([
      { path: "map.c", before: "new", after: undefined, cause: "outside" },
      { path: "value", before: "clicked", after: "v", cause: "outside" },
    ]);
    await applied(world, plan);
    expect(world.log).toEqual(["update a map,value"]);
  });

  test("tags: declared ones are put right, foreign ones stay, dropped ones of ours go; no other call is sent", async () => {
    const world = new World();
    await converge(world, [thing("a", {}, { Project: "p", Team: "x" })]);
    const there = world.things.get(thingKey("a"));
    if (there) there.tags = { ...there.tags, Foreign: "stays", Project: "clicked" };
    world.log.length = 0;
    const plan = await planOf(world, [thing("a", {}, { Project: "p" })]);
    expect(plan.steps[0]?.attributes).toEqual([
      { path: "tags.Project", before: "clicked", after: "p", cause: "outside" },
      { path: "tags.Team", before: "x", after: undefined, cause: "config" },
    ]);
    await applied(world, plan);
    expect(world.log).toEqual(["retag a"]);
    expect(world.things.get(thingKey("a"))?.tags).toMatchObject({ Foreign: "stays", Project: "p" });
    expect(world.things.get(thingKey("a"))?.tags.Team).toBeUndefined();
    expect(summarize(await planOf(world, [thing("a", {}, { Project: "p" })])).keep).toBe(1);
  });

  test("what stands there without our mark stops the plan, and is taken over when asked", async () => {
    const world = new World();
    world.things.set(thingKey("a"), { props: thing("a", { value: "other" }).props, tags: { Foreign: "x" } });
    const refused = await planOf(world, [thing("a")]);
    expect(refused.steps).toEqual([]);
    expect(refused.findings).toMatchObject([{ code: "not_ours", level: "error", at: "fake.thing/a" }]);
    expect(refused.findings[0]?.fix).toContain("--adopt fake.thing/a");
    expect(refused.findings[0]?.text).toContain('value: "other" -> "v"');
    await converge(world, [thing("a")], { adopt: new Set(["fake.thing/a"]) });
    expect(summarize(await planOf(world, [thing("a")])).keep).toBe(1);
    expect(world.things.get(thingKey("a"))?.tags.Foreign).toBe("x");
  });

  test("another owner's thing is never taken", async () => {
    const world = new World();
    world.things.set(thingKey("a"), { props: thing("a").props, tags: { [MARKS.ownerKey]: "p/prod" } });
    const plan = await planOf(world, [thing("a")], { adopt: new Set(["fake.thing/a"]) });
    expect(plan.findings).toMatchObject([{ code: "owned_by_other", level: "error" }]);
  });

  test("leftovers are deleted after what used them lets go; with data they stay, with a warning", async () => {
    const world = new World();
    await converge(world, [thing("a", { needs: ["old"] }), thing("old"), thing("full")]);
    world.data.set("full", "holds 3 objects");
    world.log.length = 0;
    const plan = await planOf(world, [thing("a")]);
    expect(plan.findings).toMatchObject([{ code: "kept_data", level: "warning", at: "fake.thing/full" }]);
    await applied(world, plan);
    expect(world.log).toEqual(["update a needs", "retag a", "delete old"]);
    expect([...world.things.keys()].sort()).toEqual([thingKey("a"), thingKey("full")]);
  });

  test("destroy keeps data and what carries foreign parts, strips ours, and is a no-op the second time", async () => {
    const world = new World();
    const desired = [thing("a", { needs: ["b"] }), thing("b"), thing("full"), thing("shared")];
    await converge(world, desired);
    world.data.set("full", "holds 3 objects");
    world.foreign.set("shared", "carries 2 foreign targets");
    world.log.length = 0;
    const events = await converge(world, desired, { mode: "destroy" });
    expect(world.log.sort()).toEqual(["delete a", "delete b", "strip shared"]);
    expect(events.filter((e) => e.type === "step-done" && e.kept)).toHaveLength(2);
    expect(finished(events).error).toBeUndefined();
    const again = await planOf(world, desired, { mode: "destroy" });
    expect(summarize(again)).toMatchObject({ delete: 0, keep: 2 });
    await converge(world, desired, { mode: "destroy", includeData: true });
    expect([...world.things.keys()]).toEqual([thingKey("shared")]);
  });

  test("what holds data is not replaced", async () => {
    const world = new World();
    await converge(world, [thing("a")]);
    world.data.set("a", "holds 3 objects");
    const plan = await planOf(world, [thing("a", { fixed: "g" })]);
    expect(plan.findings).toMatchObject([{ code: "replace_loses_data", level: "error" }]);
    world.data.clear();
    await converge(world, [thing("a", { fixed: "g" })]);
    expect(summarize(await planOf(world, [thing("a", { fixed: "g" })])).keep).toBe(1);
  });

  test("a selection takes what it needs along, a destroy what needs it", async () => {
    const world = new World();
    const desired = [thing("a", { needs: ["b"] }), thing("b", { needs: ["c"] }), thing("c"), thing("d")];
    await converge(world, desired, { only: ["fake.thing/b"] });
    expect([...world.things.keys()].sort()).toEqual([thingKey("b"), thingKey("c")]);
    await converge(world, desired);
    await converge(world, desired, { only: ["fake.thing/b"], mode: "destroy" });
    expect([...world.things.keys()].sort()).toEqual([thingKey("c"), thingKey("d")]);
  });

  test("a cycle is named, and nothing is read", async () => {
    const world = new World();
    world.onRead = () => {
      throw new Error("read");
    };
    const plan = await planOf(world, [
      thing("a", { needs: ["b"] }),
      thing("b", { needs: ["c"] }),
      thing("c", { needs: ["a"] }),
    ]);
    expect(plan.findings).toMatchObject([{ code: "cycle", level: "error" }]);
    expect(plan.findings[0]?.text).toContain("fake.thing/a -> fake.thing/b -> fake.thing/c -> fake.thing/a");
  });

  test("a failure skips only what depends on it", async () => {
    const world = new World();
    world.hook = (moment, call) => {
      if (moment === "before" && call === "create b") throw new Failure("denied", "not allowed: fake:Create");
    };
    const events = await converge(world, [thing("a", { needs: ["b"] }), thing("b"), thing("c")]);
    expect(finished(events)).toMatchObject({ done: 1, failed: 1, skipped: 1, error: { code: "denied" } });
    expect(events.find((e) => e.type === "step-skipped")).toMatchObject({ because: "fake.thing/b failed" });
  });

  test.each<["before" | "after", string]>([
    ["before", "ambiguous"],
    ["after", "ambiguous"],
  ])("a create whose answer was lost (%s) is resolved by reading", async (moment) => {
    const world = new World();
    let times = 0;
    world.hook = (m, call) => {
      if (m === moment && call.startsWith("create") && (times += 1) === 1)
        throw new Failure("ambiguous", "socket hang up");
    };
    const events = await converge(world, [thing("a")]);
    expect(finished(events).error).toBeUndefined();
    expect(summarize(await planOf(world, [thing("a")])).keep).toBe(1);
  });

  test("waits for a role with a visible budget, and gives up in the end", async () => {
    const world = new World();
    let left = 10;
    world.hook = (m, call) => {
      if (m === "before" && call === "create a" && (left -= 1) >= 0)
        throw new Failure(left === 5 ? "ambiguous" : "propagation", "role is not assumable yet");
    };
    const events = await converge(world, [thing("a")]);
    expect(finished(events).error).toBeUndefined();
    expect(events.filter((e) => e.type === "step-waiting")).toHaveLength(10);
    expect(finished(events).waits?.propagation?.times).toBe(9);
    left = Number.POSITIVE_INFINITY;
    const never = await converge(new World(), [thing("a")]);
    expect(finished(never).error).toBeUndefined();
    const stuck = new World();
    stuck.hook = () => {
      throw new Failure("propagation", "role is not assumable yet");
    };
    expect(finished(await converge(stuck, [thing("a")])).error?.text).toContain("after 120 s of retries");
  });

  test("what vanished since the plan is made anew", async () => {
    const world = new World();
    await converge(world, [thing("a")]);
    const plan = await planOf(world, [thing("a", { value: "w" })]);
    world.things.clear();
    expect(finished(await applied(world, plan)).error).toBeUndefined();
    expect(world.things.get(thingKey("a"))?.props.value).toBe("w");
  });

  test("lanes never overlap", async () => {
    const world = new World();
    const kind = fakeKind(world, { lane: () => "one" });
    const desired = ["a", "b", "c", "d"].map((id) => thing(id));
    const plan = await makePlan({ ctx: world, kinds: [kind], desired, marks: MARKS });
    await applied(world, plan, { kinds: [kind] });
    expect(world.mostInFlight).toBe(1);
  });
});
