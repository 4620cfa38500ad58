import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnyKind,
  anyKind,
  apply,
  type ApplyEvent,
  type Call,
  type Desired,
  type Kind,
  KNOWN_AFTER_APPLY,
  makePlan,
  minted,
  type Plan,
  type PlanInput,
  restrict,
  saveSteps,
} from "../../src/engine/index.ts";
import { references, settled, shownValue } from "../../src/engine/minted.ts";
import { classify, Failure, fakeKind, MARKS, thing, type ThingProps, thingKey, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

const ID = minted({ kind: "fake.key", id: "k" }, "id");

/** A world in which a key gets a number of its own whenever one is made, and another version whenever it is changed. */
class Mint extends World {
  readonly ids = new Map<string, string>();
  made = 0;
  reads = 0;
  /** How often reading does not tell the id yet. */
  late = 0;
}

interface Options {
  readonly answers?: boolean;
  readonly remints?: boolean;
  readonly untold?: boolean;
}

function keyKind(world: Mint, { answers = false, remints = false, untold = false }: Options = {}): AnyKind<Mint> {
  const base = fakeKind(world, { name: "fake.key" }) as unknown as Kind<ThingProps, Mint>;
  const mint = (ctx: Mint, name: string): string => {
    ctx.made += 1;
    ctx.ids.set(name, `id-${ctx.made}`);
    return `id-${ctx.made}`;
  };
  return anyKind<ThingProps, Mint>({
    ...base,
    mints: ["id"],
    ...(remints ? { remints: (changed: ReadonlySet<string>) => (changed.has("value") ? ["id"] : []) } : {}),
    async read(ctx, wanted) {
      ctx.reads += 1;
      const found = await base.read(ctx, wanted);
      return new Map(
        [...found].map(([name, live]) => {
          const id = ctx.ids.get(name);
          if (id === undefined || untold || (ctx.late > 0 && ctx.late--)) return [name, live];
          return [name, { ...live, minted: { id } }];
        }),
      );
    },
    *create(ctx, write) {
      const at = `fake.key|${write.address.name}`;
      const [first, ...rest] = [...(base.create(ctx, write) as Iterable<Call>)];
      if (!first) throw new Error("no call");
      yield {
        ...first,
        async send() {
          const before = ctx.things.has(at);
          try {
            await first.send();
          } finally {
            if (!before && ctx.things.has(at)) mint(ctx, write.address.name);
          }
          return { id: ctx.ids.get(write.address.name) };
        },
        ...(answers ? { mints: (answer: unknown) => answer as Record<string, string> } : {}),
      };
      yield* rest;
    },
    *update(ctx, change) {
      yield* base.update(ctx, change) as Iterable<Call>;
      if (remints && change.changed.has("value")) mint(ctx, change.address.name);
    },
  });
}

const kindsOf = (world: Mint, options: Options = {}): AnyKind<Mint>[] => [
  keyKind(world, options),
  fakeKind(world) as unknown as AnyKind<Mint>,
];

const key = (more: Partial<ThingProps> = {}): Desired => thing("k", more, { Project: "p" }, "fake.key");
const user = (value = `key/${ID}`, more: Partial<ThingProps> = {}): Desired => thing("u", { value, ...more });

const plan = (world: Mint, desired: readonly Desired[], more: Partial<PlanInput<Mint>> = {}): Promise<Plan> =>
  makePlan({
    ctx: world,
    kinds: kindsOf(world),
    desired,
    marks: MARKS,
    classify,
    clock: new VirtualClock(),
    ...more,
  });

async function carryOut(
  world: Mint,
  made: Pick<Plan, "steps" | "mode">,
  kinds = kindsOf(world),
): Promise<ApplyEvent[]> {
  const events: ApplyEvent[] = [];
  const input = { ctx: world, kinds, marks: MARKS, clock: new VirtualClock(), classify };
  for await (const event of apply<Mint>({ ...input, plan: made })) events.push(event);
  return events;
}

const converge = async (world: Mint, desired: readonly Desired[]): Promise<ApplyEvent[]> =>
  carryOut(world, await plan(world, desired));

const valueOf = (world: Mint, id = "u"): unknown => world.things.get(thingKey(id))?.props.value;
const failures = (events: readonly ApplyEvent[]): unknown[] =>
  events.flatMap((event) =>
    event.type === "step-failed" ? [[event.address.id, event.error.code, event.error.text]] : [],
  );
const actions = (made: Plan): unknown[] => made.steps.map(({ action, address }) => `${action} ${address.id}`);

describe("a reference to what AWS mints", () => {
  test("is found and settled wherever it stands: in texts, maps, keys of maps, lists and JSON text", () => {
    const value = { a: [`x${ID}y`, 1, null], [ID]: { b: JSON.stringify({ c: ID }) }, d: undefined };
    expect(references(value)).toHaveLength(3);
    expect(settled(value, () => "42")).toEqual({ a: ["x42y", 1, null], "42": { b: '{"c":"42"}' }, d: undefined });
    expect(settled(value, () => undefined)).toEqual(value);
    expect(shownValue(`key/${ID}`)).toBe(`key/${KNOWN_AFTER_APPLY}`);
  });

  test("is none in what a config can say", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => settled(value, () => "!") === value));
    expect(references("fake.key/k#id ${minted}")).toEqual([]);
  });
});

describe("a plan", () => {
  test("shows what is not there yet as known after apply, and the real value once it is", async () => {
    const world = new Mint();
    await converge(world, [user("plain")]);
    const before = await plan(world, [key(), user()]);
    expect(actions(before)).toEqual(["create k", "update u"]);
    expect(before.steps[1]?.attributes).toEqual([
      { path: "value", before: "plain", after: `key/${KNOWN_AFTER_APPLY}`, knownAfterApply: true },
    ]);
    await carryOut(world, { ...before, steps: before.steps.slice(0, 1) });
    const after = await plan(world, [key(), user()]);
    expect(after.steps.find(({ address }) => address.id === "u")?.attributes).toEqual([
      { path: "value", before: "plain", after: "key/id-1", cause: "config" },
    ]);
  });

  test("of new resources makes the minter first, hands its value on, and the second plan is empty", async () => {
    const world = new Mint();
    const desired = [user(), key(), thing("w", { value: ID, needs: ["u"] })];
    expect(failures(await converge(world, desired))).toEqual([]);
    expect(world.log.filter((call) => call.startsWith("create"))).toEqual(["create k", "create u", "create w"]);
    expect([valueOf(world), valueOf(world, "w")]).toEqual(["key/id-1", "id-1"]);
    const second = await plan(world, desired);
    expect(second.steps.map(({ action }) => action)).toEqual(["keep", "keep", "keep"]);
    const there = world.things.get(thingKey("u"));
    if (there) there.props = { ...there.props, value: "clicked" };
    expect((await plan(world, desired)).steps.flatMap(({ attributes }) => attributes)).toEqual([
      { path: "value", before: "clicked", after: "key/id-1", cause: "outside" },
    ]);
  });

  test("that replaces the minter does not know its next value", async () => {
    const world = new Mint();
    await converge(world, [key(), user()]);
    const made = await plan(world, [key({ fixed: "other" }), user()]);
    expect(actions(made)).toEqual(["replace k", "update u"]);
    expect(made.steps[1]?.attributes).toMatchObject([{ before: "key/id-1", after: `key/${KNOWN_AFTER_APPLY}` }]);
    await carryOut(world, made);
    expect(valueOf(world)).toBe("key/id-2");
    expect(actions(await plan(world, [key({ fixed: "other" }), user()]))).toEqual(["keep k", "keep u"]);
  });

  test("with an update that mints anew does not either; another update leaves it", async () => {
    const world = new Mint();
    const kinds = kindsOf(world, { remints: true });
    await converge(world, [key(), user()]);
    const same = await plan(world, [key({ map: { a: "9" } }), user()], { kinds });
    expect(actions(same)).toEqual(["update k", "keep u"]);
    const anew = await plan(world, [key({ value: "other" }), user()], { kinds });
    expect(actions(anew)).toEqual(["update k", "update u"]);
    expect(failures(await carryOut(world, anew, kinds))).toEqual([]);
    expect(valueOf(world)).toBe("key/id-2");
  });

  test("compares no unknown value by its meaning, and replaces where an unknown one forces it", async () => {
    const world = new Mint();
    await converge(world, [user("plain")]);
    const equal = (): boolean => {
      throw new Error("asked");
    };
    const kinds = [keyKind(world), { ...kindsOf(world)[1], fields: { value: { equal, onChange: "replace" } } }];
    const made = await plan(world, [key(), user()], { kinds: kinds as AnyKind<Mint>[] });
    expect(made.steps[1]).toMatchObject({ action: "replace", attributes: [{ forcesReplace: true }] });
  });

  test("of one resource takes along who mints for it", async () => {
    expect(actions(await plan(new Mint(), [user(), key(), thing("x")], { only: ["fake.thing/u"] }))).toEqual([
      "create k",
      "create u",
    ]);
  });

  test("refuses what nobody mints, and what waits for itself", async () => {
    const of = async (...desired: Desired[]) => (await plan(new Mint(), desired)).findings.map(({ code }) => code);
    expect(await of(user())).toEqual(["minted_unknown"]);
    expect(await of(key(), user(minted({ kind: "fake.key", id: "k" }, "nothing")))).toEqual(["minted_unknown"]);
    expect(
      await of(key({ value: minted({ kind: "fake.key", id: "l" }, "id") }), thing("l", { value: ID }, {}, "fake.key")),
    ).toEqual(["cycle"]);
  });

  test("looks at a value with the kind's own eyes once it is known", async () => {
    const world = new Mint();
    const seen: unknown[] = [];
    const lint: Kind<ThingProps, Mint>["lint"] = (_address, { value }) => (seen.push(value), []);
    const kinds = [keyKind(world), anyKind({ ...kindsOf(world)[1], lint } as Kind<ThingProps, Mint>)];
    await plan(world, [key(), user()], { kinds });
    expect(seen).toEqual([]);
    await converge(world, [key()]);
    await plan(world, [key(), user()], { kinds });
    expect(seen).toEqual(["key/id-1"]);
  });
});

describe("an apply", () => {
  test("takes the value from the answer of the call where that tells it, without a reading", async () => {
    const world = new Mint();
    const kinds = kindsOf(world, { answers: true });
    const made = await plan(world, [key(), user()], { kinds });
    world.reads = 0;
    await carryOut(world, made, kinds);
    expect([valueOf(world), world.reads]).toEqual(["key/id-1", 0]);
  });

  test("reads again while AWS does not tell the value yet", async () => {
    const world = new Mint();
    const made = await plan(world, [key(), user()]);
    world.late = 3;
    const events = await carryOut(world, made);
    expect(valueOf(world)).toBe("key/id-1");
    expect(events.filter(({ type }) => type === "step-waiting")).toHaveLength(3);
  });

  test("reads nothing for a value that nobody waits for", async () => {
    const world = new Mint();
    const made = await plan(world, [key(), user("plain")]);
    world.reads = 0;
    await carryOut(world, made);
    expect(world.reads).toBe(0);
  });

  test("that never learns the value says so, and the next one goes on", async () => {
    const world = new Mint();
    const kinds = kindsOf(world, { untold: true });
    const events = await carryOut(world, await plan(world, [key(), user()], { kinds }), kinds);
    expect(failures(events)).toEqual([["k", "not_ready", "AWS does not tell id of fake.key/k yet, still after 120 s"]]);
    // It is there by now, and still tells nothing.
    const again = await carryOut(world, await plan(world, [key(), user()], { kinds }), kinds);
    expect(failures(again)).toEqual([["u", "minted_missing", "it needs id of fake.key/k, which AWS has not told"]]);
    expect(failures(await converge(world, [key(), user()]))).toEqual([]);
    expect(valueOf(world)).toBe("key/id-1");
  });

  test.each(["before", "after"] as const)(
    "that is cut %s any of its calls is finished by the next one",
    async (moment) => {
      for (let at = 1; at <= 4; at += 1) {
        const world = new Mint();
        let calls = 0;
        world.hook = (when) => {
          if (when === moment && ++calls === at) throw new Failure("denied");
        };
        expect(failures(await converge(world, [key(), user()]))).toHaveLength(1);
        world.hook = () => undefined;
        expect(failures(await converge(world, [key(), user()]))).toEqual([]);
        expect([valueOf(world), world.made]).toEqual(["key/id-1", 1]);
        expect(actions(await plan(world, [key(), user()]))).toEqual(["keep k", "keep u"]);
      }
    },
  );

  test("whose creating call's answer is lost reads what was minted", async () => {
    const world = new Mint();
    let lost = false;
    world.hook = (when, call) => {
      if (when === "after" && call === "create k" && !lost) {
        lost = true;
        throw new Failure("ambiguous");
      }
    };
    const kinds = kindsOf(world, { answers: true });
    const events = await carryOut(world, await plan(world, [key(), user()], { kinds }), kinds);
    expect(failures(events)).toEqual([]);
    expect([valueOf(world), world.made]).toEqual(["key/id-1", 1]);
  });

  test("skips who waits when the minter fails", async () => {
    const world = new Mint();
    world.hook = (_when, call) => {
      if (call === "create k") throw new Failure("denied");
    };
    const events = await converge(world, [key(), user()]);
    expect(events.filter(({ type }) => type === "step-skipped")).toMatchObject([{ address: { id: "u" } }]);
  });
});

describe("a saved plan", () => {
  const desired = [key(), user()];

  test("carries the reference: the value comes from the apply", async () => {
    const world = new Mint();
    await converge(world, [user("plain")]);
    const kinds = kindsOf(world);
    const saved = JSON.parse(JSON.stringify(saveSteps(kinds, await plan(world, desired))));
    expect(failures(await carryOut(world, restrict(saved, await plan(world, desired), kinds)))).toEqual([]);
    expect(valueOf(world)).toBe("key/id-1");
  });

  test("does not change what it was not agreed to, when somebody made the minter anew since", async () => {
    const world = new Mint();
    const kinds = kindsOf(world);
    await converge(world, desired);
    const saved = saveSteps(kinds, await plan(world, [...desired, thing("x")]));
    world.things.delete("fake.key|n-k");
    await carryOut(world, await plan(world, desired, { only: ["fake.key"] }));
    expect(world.made).toBe(2);
    const events = await carryOut(world, restrict(saved, await plan(world, [...desired, thing("x")]), kinds));
    expect(failures(events)).toEqual([]);
    expect(valueOf(world)).toBe("key/id-1");
  });
});

describe("a destroy", () => {
  test("takes who uses a minted value before who minted it, and the other way round when making", async () => {
    const world = new Mint();
    // Named so that the order of names alone would be wrong.
    const desired = [key(), user(), thing("z", { value: ID })];
    await converge(world, desired);
    world.log.length = 0;
    await carryOut(world, await plan(world, desired, { mode: "destroy" }));
    expect(world.log.at(-1)).toBe("delete k");
    expect(world.things.size).toBe(0);
  });

  test("of the minter alone takes who uses it along", async () => {
    const world = new Mint();
    await converge(world, [key(), user(), thing("x")]);
    const made = await plan(world, [key(), user(), thing("x")], { mode: "destroy", only: ["fake.key/k"] });
    expect(actions(made)).toEqual(["delete u", "delete k"]);
  });
});
