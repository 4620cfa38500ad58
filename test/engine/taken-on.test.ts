import { expect, test } from "vitest";
import { apply, type Desired, makePlan, type Plan } from "../../src/engine/index.ts";
import { classify, fakeKind, MARKS, thing, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What one thing does for others is taken on by another before it is given up. */

const kindsOf = (world: World) => [fakeKind(world, { covers: ({ map }) => Object.keys(map) })];

/** A thing that covers these. */
const covering = (id: string, all: string, needs: readonly string[] = []): Desired =>
  thing(id, { map: Object.fromEntries([...all].map((one) => [one, "1"])), needs });

const planOf = (world: World, desired: readonly Desired[]): Promise<Plan> =>
  makePlan({ ctx: world, kinds: kindsOf(world), desired, marks: MARKS, classify, clock: new VirtualClock() });

async function converge(world: World, desired: readonly Desired[]): Promise<string[]> {
  const plan = await planOf(world, desired);
  const input = { ctx: world, kinds: kindsOf(world), plan, marks: MARKS, clock: new VirtualClock(), classify };
  const done: string[] = [];
  for await (const event of apply<World>({ ...input, calls: () => 0 }))
    if (event.type === "step-done" && event.action !== "keep") done.push(`${event.action} ${event.address.id}`);
  expect((await planOf(world, desired)).steps.every(({ action }) => action === "keep")).toBe(true);
  return done;
}

/** Of each step the ids that it waits for. */
const waits = async (world: World, desired: readonly Desired[]): Promise<Record<string, string[]>> =>
  Object.fromEntries(
    (await planOf(world, desired)).steps.map(({ address, after }) => [
      address.id,
      after.map((one) => one.replace(/^.*\//, "")),
    ]),
  );

test("by one that is new, by one that stays, and by one that is there", async () => {
  const world = new World();
  expect((await converge(world, [covering("a", "123")])).toSorted()).toEqual(["create a"]);
  const grown = [covering("a", "12"), covering("b", "3")];
  expect(await converge(world, grown)).toEqual(["create b", "update a"]);
  expect(await converge(world, [covering("a", "1"), covering("b", "23")])).toEqual(["update b", "update a"]);
  expect(await converge(world, grown)).toEqual(["update a", "update b"]);
  expect(await converge(world, [covering("a", "123")])).toEqual(["update a", "delete b"]);
});

test("nobody waits for one who takes nothing on", async () => {
  const world = new World();
  await converge(world, [covering("a", "123"), covering("b", "4")]);
  expect(await waits(world, [covering("a", "12"), covering("b", "45")])).toEqual({ a: [], b: [] });
  expect(await waits(world, [])).toEqual({ a: [], b: [] });
});

test("where that would tie a knot it is left", async () => {
  const world = new World();
  await converge(world, [covering("a", "12"), covering("b", "34")]);
  // each takes on what the other gives up
  expect((await converge(world, [covering("a", "13"), covering("b", "24")])).toSorted()).toEqual([
    "update a",
    "update b",
  ]);
  // who takes on needs the one who gives up
  const needing = [covering("a", "1"), covering("b", "24"), covering("c", "3", ["a"])];
  expect((await waits(world, needing))["c"]).toEqual(["a"]);
  expect((await waits(world, needing))["a"]).toEqual([]);
});
