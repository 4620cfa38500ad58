import { describe, expect, test } from "vitest";
import {
  type AnyKind,
  anyKind,
  apply,
  type Desired,
  fingerprint,
  type Kind,
  makePlan,
  type Plan,
  type PlanInput,
  wasApplied,
} from "../../src/engine/index.ts";
import { classify, fakeKind, MARKS, thing, type ThingProps, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A thing with two optional settings: `cors` takes a call to read, `tracing` comes with the thing and is `off` by default. */
interface OptionalProps extends ThingProps {
  readonly cors?: Readonly<Record<string, string>>;
  readonly tracing?: string;
}

class Optional extends World {
  readonly cors = new Map<string, Readonly<Record<string, string>>>();
  readonly tracing = new Map<string, string>();
  reads: string[] = [];
  /** What `changed` and `props` said in the last update. */
  updated: unknown;
}

function optionalKind(world: Optional): AnyKind<Optional> {
  const base = fakeKind(world) as unknown as Kind<OptionalProps, Optional>;
  return anyKind<OptionalProps, Optional>({
    ...base,
    fields: { ...base.fields, tracing: { unset: "off" } },
    async read(ctx, wanted) {
      const found = await base.read(ctx, wanted);
      return new Map(
        [...found].map(([name, live]) => {
          const { props } = wanted.find((one) => one.name === name) ?? {};
          const asked = props?.cors !== undefined || wasApplied(live.tags[MARKS.appliedKey], "cors");
          if (asked) ctx.reads.push(`cors ${name}`);
          const { value, fixed, map, needs } = live.props;
          const tracing = ctx.tracing.get(name) ?? "off";
          return [
            name,
            { ...live, props: { value, fixed, map, needs, tracing, ...(asked ? { cors: ctx.cors.get(name) } : {}) } },
          ];
        }),
      );
    },
    *create(ctx, write) {
      yield* base.create(ctx, write) as Iterable<never>;
      if (write.props.cors) ctx.cors.set(write.address.name, write.props.cors);
      if (write.props.tracing) ctx.tracing.set(write.address.name, write.props.tracing);
    },
    update(ctx, change) {
      ctx.updated = [[...change.changed].sort(), change.props.cors, change.props.tracing];
      if (change.changed.has("cors")) {
        if (change.props.cors) ctx.cors.set(change.address.name, change.props.cors);
        else ctx.cors.delete(change.address.name);
      }
      if (change.changed.has("tracing")) ctx.tracing.set(change.address.name, change.props.tracing ?? "off");
      return [];
    },
  });
}

const plan = (world: Optional, desired: readonly Desired[], more: Partial<PlanInput<Optional>> = {}): Promise<Plan> =>
  makePlan({
    ctx: world,
    kinds: [optionalKind(world)],
    desired,
    marks: MARKS,
    classify,
    clock: new VirtualClock(),
    ...more,
  });

async function converge(world: Optional, desired: readonly Desired[], more: Partial<PlanInput<Optional>> = {}) {
  const made = await plan(world, desired, more);
  const input = { ctx: world, kinds: [optionalKind(world)], marks: MARKS, clock: new VirtualClock(), classify };
  for await (const event of apply<Optional>({ ...input, plan: made }))
    if (event.type === "step-failed") throw new Error(event.error.text);
  world.reads = [];
  return made;
}

const declared = (more: Partial<OptionalProps> = {}): Desired => thing("a", more as Partial<ThingProps>);

/** Somebody sets both in AWS. */
function setOutside(world: Optional): void {
  world.cors.set("n-a", { origin: "theirs" });
  world.tracing.set("n-a", "active");
}

describe("an optional setting", () => {
  test("that was never named is not read, not compared and not shown", async () => {
    const world = new Optional();
    await converge(world, [declared()]);
    setOutside(world);
    expect((await plan(world, [declared()])).steps).toMatchObject([{ action: "keep", attributes: [] }]);
    expect(world.reads).toEqual([]);
  });

  test("that is named is managed: read, compared, and drift of it is told", async () => {
    const world = new Optional();
    const named = declared({ cors: { origin: "ours" }, tracing: "active" });
    await converge(world, [named]);
    expect((await plan(world, [named])).steps[0]?.action).toBe("keep");
    expect(world.reads).toEqual(["cors n-a"]);
    world.cors.set("n-a", { origin: "theirs" });
    expect((await plan(world, [named])).steps[0]?.attributes).toEqual([
      { path: "cors.origin", before: "theirs", after: "ours", cause: "outside" },
    ]);
  });

  test("that is named for the first time is the config's change", async () => {
    const world = new Optional();
    await converge(world, [declared()]);
    expect((await plan(world, [declared({ cors: { origin: "ours" } })])).steps[0]?.attributes).toMatchObject([
      { path: "cors", before: undefined, cause: "config" },
    ]);
  });

  test("that the last apply named and the config names no more is taken back, once", async () => {
    const world = new Optional();
    await converge(world, [declared({ cors: { origin: "ours" }, tracing: "active" })]);
    const back = await converge(world, [declared()]);
    expect(back.steps[0]?.attributes).toEqual([
      { path: "cors", before: { origin: "ours" }, after: undefined, cause: "config" },
      { path: "tracing", before: "active", after: undefined, cause: "config" },
    ]);
    expect(world.updated).toEqual([["cors", "tracing"], undefined, undefined]);
    expect([world.cors.size, world.tracing.get("n-a")]).toEqual([0, "off"]);
    expect((await plan(world, [declared()])).steps[0]?.action).toBe("keep");
    expect(world.reads).toEqual([]);
  });

  test("that somebody took back already costs no change: the record is put right, and nothing is read for it any more", async () => {
    const world = new Optional();
    await converge(world, [declared({ cors: { origin: "ours" }, tracing: "active" })]);
    world.cors.clear();
    world.tracing.clear();
    const back = await converge(world, [declared()]);
    expect(back.steps[0]).toMatchObject({ action: "update", because: "the record of what was applied is out of date" });
    expect(world.updated).toBeUndefined();
    expect((await plan(world, [declared()])).steps[0]?.action).toBe("keep");
    expect(world.reads).toEqual([]);
  });

  test("on something taken over, which bears no record, is not managed", async () => {
    const world = new Optional();
    world.things.set(thingKey("a"), { props: declared().props as ThingProps, tags: {} });
    setOutside(world);
    const adopted = await converge(world, [declared()], { adopt: new Set(["fake.thing/a"]) });
    expect(adopted.steps[0]?.attributes.map(({ path }) => path)).toEqual(["tags.m:owner", "tags.Project"]);
    expect(world.updated).toBeUndefined();
    expect(world.cors.get("n-a")).toEqual({ origin: "theirs" });
  });

  test("of what is declared no more is not asked for without having been named", async () => {
    const world = new Optional();
    await converge(world, [declared()]);
    expect((await plan(world, [])).steps).toMatchObject([{ action: "delete" }]);
    expect(world.reads).toEqual([]);
  });

  test("whose absence is a statement is compared whoever set it", async () => {
    const world = new Optional();
    await converge(world, [declared()]);
    setOutside(world);
    const strict = { ...optionalKind(world), fields: { tracing: { absenceCounts: true } } } as AnyKind<Optional>;
    expect((await plan(world, [declared()], { kinds: [strict] })).steps[0]?.attributes).toMatchObject([
      { path: "tracing", before: "active", after: undefined },
    ]);
  });

  test("of a kind that AWS cannot tag is compared as ever: there is no memory", async () => {
    const world = new Optional();
    await converge(world, [declared()]);
    const there = world.things.get(thingKey("a"));
    if (there) there.owner = MARKS.owner;
    setOutside(world);
    const untaggable = { ...optionalKind(world), untaggable: true };
    expect((await plan(world, [declared()], { kinds: [untaggable] })).steps[0]?.attributes).toMatchObject([
      { path: "tracing", before: "active", after: undefined },
    ]);
  });
});

describe("what the fingerprint remembers of names", () => {
  const wide = (maps: number, keys: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: maps }, (_, i) => [
        `map${i}`,
        Object.fromEntries(Array.from({ length: keys }, (_, j) => [`k${j}`, `${j}`])),
      ]),
    );
  const tags = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`Tag${i}`, `${i}`]));

  test.each([
    ["1", { ...wide(2, 3), cors: { a: "1" }, plain: 1 }, {}],
    ["2", { ...wide(2, 20), cors: { a: "1" }, plain: 1 }, {}],
    ["3", { ...wide(12, 20), cors: { a: "1" }, plain: 1 }, {}],
    ["4", { ...wide(50, 2), cors: { a: "1" }, plain: 1 }, {}],
    ["5", { ...wide(30, 2), cors: { a: "1" }, plain: 1 }, tags(46)],
  ])("format %s tells which attributes were applied", (mark, props, tagged) => {
    const text = fingerprint(props, tagged, {});
    expect(text[0]).toBe(mark);
    expect(text.length).toBeLessThanOrEqual(256);
    for (const name of Object.keys(props)) expect(wasApplied(text, name)).toBe(true);
    expect(wasApplied(text, "versioning")).toBe(false);
  });

  test("secrets and maps are known by name; a tag of that name is none of them", () => {
    const text = fingerprint(
      { secret: "x", empty: {}, gone: undefined },
      { cors: "t" },
      { secret: { sensitive: true } },
    );
    expect(["secret", "empty", "gone", "cors"].map((name) => wasApplied(text, name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(wasApplied(undefined, "secret")).toBe(false);
  });
});
