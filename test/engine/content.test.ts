import { expect, test } from "vitest";
import { type AnyKind, anyKind, apply, type Desired, type Kind, makePlan, type Plan } from "../../src/engine/index.ts";
import { classify, fakeKind, MARKS, thing, type ThingProps, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A kind that is sent with bytes, and that tells what lies around its place. */
class Sender extends World {
  readonly sent: string[] = [];
  readonly asked: unknown[] = [];
}

function sender(world: Sender): AnyKind<Sender> {
  const base = fakeKind(world) as unknown as Kind<ThingProps, Sender>;
  const load = async (ctx: Sender, write: { content?: { load(): Promise<Uint8Array> } }): Promise<void> => {
    ctx.sent.push(new TextDecoder().decode(await write.content?.load()));
  };
  return anyKind<ThingProps, Sender>({
    ...base,
    sends: ({ value }) => value !== "bare",
    async read(ctx, wanted) {
      const found = await base.read(ctx, wanted);
      const around = "theirs";
      return new Map(
        wanted.map((at) => {
          const live = found.get(at.name);
          const ghost = {
            name: at.name,
            props: thing(at.id).props,
            tags: {},
            owner: MARKS.owner,
            absent: true,
            around,
          };
          return [at.name, live ? { ...live, around } : (ghost as typeof ghost & { absent: true })];
        }),
      );
    },
    owned(ctx, declared = []) {
      ctx.asked.push(declared.map(({ id, content }) => [id, content?.under]));
      return base.owned(ctx);
    },
    inspect: (_ctx, { id }, _props, live, around) => [
      { code: "cycle", level: "note", at: id, text: `${String(around)} ${live ? "beside ours" : "alone"}`, fix: "" },
    ],
    async *create(ctx, write) {
      await load(ctx, write);
      yield* base.create(ctx, write) as Iterable<never>;
    },
    async *update(ctx, change) {
      await load(ctx, change);
      yield* base.update(ctx, change) as Iterable<never>;
    },
  });
}

const withBytes = (id: string, text: string, more: Partial<ThingProps> = {}): Desired => ({
  ...thing(id, more),
  content: { load: async () => new TextEncoder().encode(text), under: `${id}/` },
});

const plan = (world: Sender, ...desired: Desired[]): Promise<Plan> =>
  makePlan({ ctx: world, kinds: [sender(world)], desired, marks: MARKS, classify, clock: new VirtualClock() });

async function converge(world: Sender, ...desired: Desired[]): Promise<void> {
  const made = await plan(world, ...desired);
  const input = { ctx: world, kinds: [sender(world)], marks: MARKS, clock: new VirtualClock(), classify };
  for await (const event of apply<Sender>({ ...input, plan: made }))
    if (event.type === "step-failed") throw new Error(event.error.text);
}

test("bytes go with what is made and what is changed, and are not compared", async () => {
  const world = new Sender();
  await converge(world, withBytes("a", "one"));
  expect((await plan(world, withBytes("a", "two"))).steps).toMatchObject([{ action: "keep" }]);
  await converge(world, withBytes("a", "two", { value: "other" }));
  expect(world.sent).toEqual(["one", "two"]);
});

test("a plan without bytes that are needed is refused before anything is read", async () => {
  const world = new Sender();
  const made = await plan(world, thing("a"), thing("b", { value: "bare" }));
  expect(made.findings).toMatchObject([{ code: "content_missing", level: "error", at: "fake.thing/a" }]);
  expect(world.asked).toEqual([]);
});

test("who looks for leftovers is told what is declared, and where its like lie", async () => {
  const world = new Sender();
  await plan(world, withBytes("a", "one"), withBytes("b", "two"));
  expect(world.asked).toEqual([
    [
      ["a", "a/"],
      ["b", "b/"],
    ],
  ]);
});

test("what is not there is made, however much lies around its place, and `inspect` sees that", async () => {
  const world = new Sender();
  const first = await plan(world, withBytes("a", "one"));
  expect(first.steps).toMatchObject([{ action: "create" }]);
  expect(first.findings).toMatchObject([{ text: "theirs alone" }]);
  await converge(world, withBytes("a", "one"));
  expect((await plan(world, withBytes("a", "one"))).findings).toMatchObject([{ text: "theirs beside ours" }]);
  world.things.delete(thingKey("a"));
  const gone = await makePlan({
    ctx: world,
    kinds: [sender(world)],
    desired: [withBytes("a", "")],
    marks: MARKS,
    mode: "destroy",
  });
  expect(gone.steps).toEqual([]);
});
