import { expect, test } from "vitest";
import { ADOPT_ALL, adoptedBy, type AnyKind, makePlan, type Plan, type PlanInput } from "../../src/engine/index.ts";
import { classify, fakeKind, MARKS, thing, type ThingProps, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** `--adopt all`: what exists without a mark, and no more. */
function strange(...ids: string[]): World {
  const world = new World();
  for (const id of ids) world.things.set(thingKey(id), { props: thing(id).props, tags: {} });
  return world;
}

const plan = (world: World, desired: ReturnType<typeof thing>[], more: Partial<PlanInput<World>> = {}): Promise<Plan> =>
  makePlan({
    ctx: world,
    kinds: [fakeKind(world)],
    desired,
    marks: MARKS,
    classify,
    clock: new VirtualClock(),
    adopt: new Set([ADOPT_ALL]),
    ...more,
  });

test("takes over what exists without a mark, as declared or not, and makes the rest", async () => {
  const made = await plan(strange("a", "b"), [thing("a"), thing("b", { value: "other" }), thing("c")]);
  expect(made.findings).toEqual([]);
  expect(made.steps.map(({ action, address: { id }, adopted, because }) => [action, id, adopted, because])).toEqual([
    ["update", "a", true, "adopted"],
    ["update", "b", true, "adopted"],
    ["create", "c", undefined, undefined],
  ]);
  expect(adoptedBy(made)).toEqual(["fake.thing/a", "fake.thing/b"]);
});

test("never takes what carries another's mark", async () => {
  const world = strange("a", "b");
  const other = world.things.get(thingKey("b"));
  if (other) other.tags = { [MARKS.ownerKey]: "other/dev" };
  const made = await plan(world, [thing("a"), thing("b")]);
  expect(made.findings).toMatchObject([{ code: "owned_by_other", level: "error", at: "fake.thing/b" }]);
  expect(adoptedBy(made)).toEqual(["fake.thing/a"]);
});

test("replaces nothing that is not named by itself", async () => {
  const world = strange("a");
  const desired = [thing("a", { fixed: "other" })];
  const refused = await plan(world, desired);
  expect(refused.steps).toEqual([]);
  expect(refused.findings).toMatchObject([{ code: "adopt_replaces", level: "error", attributes: [{ path: "fixed" }] }]);
  expect(refused.findings[0]?.fix).toContain("--adopt fake.thing/a");
  const named = await plan(world, desired, { adopt: new Set([ADOPT_ALL, "fake.thing/a"]) });
  expect(named.steps).toMatchObject([{ action: "replace", adopted: true }]);
});

test("leaves alone what others keep for us", async () => {
  const world = strange("a", "b");
  const guarded: AnyKind<World> = {
    ...fakeKind(world),
    guarded: (_ctx, { id }) => ({ code: "boundary_differs", level: "note", at: id, text: "", fix: "" }),
  };
  const made = await plan(world, [thing("a"), thing("b", { value: "other" })], { kinds: [guarded] });
  expect(made.steps).toEqual([]);
  expect(made.findings).toMatchObject([{ code: "boundary_differs", at: "b" }]);
});

test("keeps to what is selected", async () => {
  const made = await plan(strange("a", "b"), [thing("a"), thing("b")], { only: ["fake.thing/b"] });
  expect(adoptedBy(made)).toEqual(["fake.thing/b"]);
});

test("ours stays as it is", async () => {
  const world = new World();
  const props: ThingProps = thing("a").props;
  world.things.set(thingKey("a"), { props, tags: { [MARKS.ownerKey]: MARKS.owner, Project: "p" } });
  expect(adoptedBy(await plan(world, [thing("a")]))).toEqual([]);
});
