import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressText,
  apply,
  type ApplyEvent,
  type Desired,
  makePlan,
  type Plan,
  summarize,
} from "../../src/engine/index.ts";
import { classify, Failure, fakeKind, MARKS, thing, thingKey, type ThingProps, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Two configs over one set of ids: what is there, and what is wanted. Ids only need ids before them, so both are acyclic. */
interface Case {
  readonly before: readonly Desired<ThingProps>[];
  readonly after: readonly Desired<ThingProps>[];
  readonly drift: readonly string[];
  readonly vanished: readonly string[];
}

const IDS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const config = fc.tuple(
  ...IDS.map((_, i) =>
    fc.record({
      there: fc.boolean(),
      needs: fc.subarray(IDS.slice(0, i), { maxLength: Math.min(3, i) }),
      value: fc.constantFrom("1", "2"),
      fixed: fc.constantFrom("x", "x", "y"),
      team: fc.option(fc.constantFrom("t1", "t2"), { nil: undefined }),
    }),
  ),
);
const declared = config.map((nodes): Desired<ThingProps>[] => {
  const present = new Set(IDS.filter((_, i) => nodes[i]?.there));
  return IDS.flatMap((id, i) => {
    const node = nodes[i];
    if (!node?.there) return [];
    const tags = { Project: "p", ...(node.team ? { Team: node.team } : {}) };
    return [
      thing(id, { value: node.value, fixed: node.fixed, needs: node.needs.filter((need) => present.has(need)) }, tags),
    ];
  });
});
const cases: fc.Arbitrary<Case> = fc.record({
  before: declared,
  after: declared,
  drift: fc.subarray(IDS),
  vanished: fc.subarray(IDS, { maxLength: 2 }),
});

const plan = (world: World, desired: readonly Desired[], mode: "apply" | "destroy" = "apply"): Promise<Plan> =>
  makePlan({ ctx: world, kinds: [fakeKind(world)], desired, marks: MARKS, mode, classify, clock: new VirtualClock() });

interface Signals {
  readonly drain?: AbortSignal;
  readonly stop?: AbortSignal;
}

async function run(world: World, steps: Plan, signals: Signals = {}): Promise<ApplyEvent[]> {
  const events: ApplyEvent[] = [];
  for await (const event of apply<World>({
    ctx: world,
    kinds: [fakeKind(world)],
    plan: steps,
    marks: MARKS,
    clock: new VirtualClock(),
    classify,
    calls: () => world.log.length,
    random: () => 0.5,
    ...signals,
  })) {
    events.push(event);
  }
  return events;
}

async function prepared({ before, drift, vanished }: Case): Promise<World> {
  const world = new World();
  await run(world, await plan(world, before));
  for (const id of drift) {
    const there = world.things.get(thingKey(id));
    if (there) there.props = { ...there.props, value: "drifted" };
  }
  for (const id of vanished) world.things.delete(thingKey(id));
  world.log.length = 0;
  return world;
}

/** What must hold of any apply, however it went. */
function checkEvents(steps: Plan, events: readonly ApplyEvent[]): void {
  const visible = steps.steps.filter((step) => step.action !== "keep");
  const of = (type: ApplyEvent["type"]): string[] =>
    events.flatMap((event) => (event.type === type && "address" in event ? [addressText(event.address)] : []));
  const [started, done, failed, skipped] = [of("step-started"), of("step-done"), of("step-failed"), of("step-skipped")];
  // Every step ends exactly once, and only what started is done or failed.
  expect([...done, ...failed, ...skipped].sort()).toEqual(visible.map((step) => addressText(step.address)).sort());
  expect([...started].sort()).toEqual([...done, ...failed].sort());
  // Nothing starts before what it needs is done, so nothing runs that depends on a failure.
  const at = (type: ApplyEvent["type"], key: string): number =>
    events.findIndex((event) => event.type === type && "address" in event && addressText(event.address) === key);
  const kept = new Set(steps.steps.filter((step) => step.action === "keep").map((step) => addressText(step.address)));
  for (const step of visible) {
    const key = addressText(step.address);
    if (!started.includes(key)) continue;
    for (const before of step.after.filter((other) => !kept.has(other))) {
      expect(at("step-done", before), `${before} before ${key}`).toBeGreaterThanOrEqual(0);
      expect(at("step-done", before)).toBeLessThan(at("step-started", key));
    }
  }
  const last = events.at(-1);
  expect(last).toMatchObject({ type: "finished", done: done.length, failed: failed.length, skipped: skipped.length });
}

/** What the world must look like at the moment of each call. */
function guard(world: World): void {
  const users = (id: string): string[] =>
    [...world.things].filter(([, other]) => other.props.needs.includes(id)).map(([key]) => key);
  const inner = world.hook;
  world.hook = async (moment, call) => {
    const [verb, id = ""] = call.split(" ");
    if (moment === "before" && verb === "delete" && !world.replacing.has(id))
      expect(users(id), `${id} is deleted`).toEqual([]);
    await inner(moment, call);
  };
}

async function converges(
  world: World,
  desired: readonly Desired<ThingProps>[],
  mode: "apply" | "destroy" = "apply",
): Promise<void> {
  const steps = await plan(world, desired, mode);
  const events = await run(world, steps);
  checkEvents(steps, events);
  const last = events.at(-1);
  expect(last?.type === "finished" ? last.error : "no end").toBeUndefined();
  const again = await plan(world, desired, mode);
  expect(summarize(again)).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  const expected = mode === "apply" ? desired.map((d) => [`fake.thing|${d.address.name}`, d.props]) : [];
  expect([...world.things].map(([key, { props }]) => [key, props]).sort()).toEqual(expected.sort());
}

/** More of them: METRICCARE_RUNS=1000. */
const RUNS = { numRuns: Number(process.env.METRICCARE_RUNS ?? 60) };

describe("random graphs, live states and failures", () => {
  test("one apply converges, and deletes nothing that is in use", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const world = await prepared(c);
        for (const step of (await plan(world, c.after)).steps)
          if (step.action === "replace") world.replacing.add(step.address.id);
        guard(world);
        await converges(world, c.after);
      }),
      RUNS,
    );
  });

  test("needs exist at the moment of a creation", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const world = await prepared({ ...c, vanished: [] });
        world.hook = (moment, call) => {
          const [verb, id] = call.split(" ");
          const needs = c.after.find((d) => d.address.id === id)?.props.needs ?? [];
          if (moment === "before" && verb === "create")
            for (const need of needs) expect(world.things.has(thingKey(need)), `${need} for ${id}`).toBe(true);
        };
        await converges(world, c.after);
      }),
      RUNS,
    );
  });

  test("with resources that fail for good: only what depends on them is skipped, and the next run converges", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.subarray(IDS, { minLength: 1, maxLength: 2 }), async (c, broken) => {
        const world = await prepared(c);
        world.hook = (moment, call) => {
          if (moment === "before" && broken.includes(call.split(" ")[1] ?? ""))
            throw new Failure("denied", `not allowed: ${call}`);
        };
        const steps = await plan(world, c.after);
        const events = await run(world, steps);
        checkEvents(steps, events);
        for (const event of events) {
          if (event.type === "step-failed") expect(broken).toContain(event.address.id);
        }
        world.hook = () => undefined;
        await converges(world, c.after);
      }),
      RUNS,
    );
  });

  test("with throttles, 500s, lost answers and conflicts in between: one command converges", async () => {
    const faults = fc.array(
      fc.tuple(
        fc.constantFrom("before" as const, "after" as const),
        fc.constantFrom(
          "throttle" as const,
          "ambiguous" as const,
          "conflict" as const,
          "propagation" as const,
          "none" as const,
          "none" as const,
        ),
      ),
      { minLength: 5, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(cases, faults, async (c, script) => {
        const world = await prepared(c);
        let at = 0;
        world.hook = (moment, _call) => {
          const [when, kind] = script[at] ?? ["before", "none"];
          if (moment !== when) return;
          at += 1;
          // Only an ambiguous answer may come after the effect.
          if (kind !== "none" && (moment === "before" || kind === "ambiguous")) throw new Failure(kind);
        };
        await converges(world, c.after);
      }),
      RUNS,
    );
  });

  test.each(["drain", "stop"] as const)(
    "interrupted (%s) at any call, also with its answer lost: the next run converges, twice over",
    async (how) => {
      await fc.assert(
        fc.asyncProperty(
          cases,
          fc.nat({ max: 20 }),
          fc.constantFrom("before" as const, "after" as const),
          fc.constantFrom("apply" as const, "destroy" as const),
          async (c, k, when, mode) => {
            const world = await prepared(c);
            const abort = new AbortController();
            let calls = 0;
            world.hook = (moment) => {
              if (moment !== when || (calls += 1) <= k) return;
              abort.abort();
              if (how === "stop") throw new Failure("ambiguous", "socket hang up");
            };
            const steps = await plan(world, c.after, mode);
            const events = await run(world, steps, { [how]: abort.signal });
            checkEvents(steps, events);
            const last = events.at(-1);
            if (last?.type === "finished" && last.failed + last.skipped > 0)
              expect(last.error?.code).toBe("interrupted");
            await new Promise(setImmediate);
            world.hook = () => undefined;
            await converges(world, c.after, mode);
            await converges(world, c.after, mode);
          },
        ),
        RUNS,
      );
    },
  );

  test("destroy leaves nothing, in reverse order", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (c) => {
        const world = await prepared(c);
        guard(world);
        await converges(world, c.after, "destroy");
      }),
      RUNS,
    );
  });

  test("one changed value is one changed attribute, caused by whoever changed it", async () => {
    await fc.assert(
      fc.asyncProperty(declared, fc.nat(), fc.boolean(), async (before, pick, outside) => {
        fc.pre(before.length > 0);
        const world = new World();
        await run(world, await plan(world, before));
        const chosen = before[pick % before.length];
        if (!chosen) return;
        const there = world.things.get(`fake.thing|${chosen.address.name}`);
        if (outside && there) there.props = { ...there.props, map: { ...there.props.map, a: "moved" } };
        const desired = outside
          ? before
          : before.map((d) =>
              d === chosen ? { ...d, props: { ...d.props, map: { ...d.props.map, a: "moved" } } } : d,
            );
        const steps = (await plan(world, desired)).steps.filter((step) => step.action !== "keep");
        expect(steps).toHaveLength(1);
        expect(steps[0]?.attributes).toMatchObject([{ path: "map.a", cause: outside ? "outside" : "config" }]);
      }),
      RUNS,
    );
  });
});
