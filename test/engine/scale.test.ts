import { describe, expect, test } from "vitest";
import { Agenda } from "../../src/engine/agenda.ts";
import { apply } from "../../src/engine/apply.ts";
import { acyclic, closure, findCycle, type Graph } from "../../src/engine/graph.ts";
import { makePlan } from "../../src/engine/plan.ts";
import type { ApplyEvent, Desired, Plan, Step } from "../../src/engine/types.ts";
import { planLines } from "../../src/ui/plan.ts";
import { classify, fakeKind, MARKS, thing, World } from "./fake.ts";
import { VirtualClock } from "./virtual-clock.ts";

const LARGE = 20_000;
const SMALL = 5000;
const id = (at: number): string => `t${at}`;
const address = (at: number): string => `fake.thing/${id(at)}`;

/** What needs what, in plans that ask most of whoever goes along them. */
const SHAPES: Readonly<Record<string, (at: number, count: number) => readonly number[]>> = {
  "a chain": (at) => (at > 0 ? [at - 1] : []),
  "a star: all need one": (at) => (at > 0 ? [0] : []),
  "a star: one needs all": (at, count) => (at === count - 1 ? Array.from({ length: at }, (_, other) => other) : []),
  "a hundred layers": (at) => (at >= 200 ? [at - 200, at - (at % 200) - 1] : []),
  "nothing in common": () => [],
};

/** The chain is declared in the wrong order: the deepest first. */
function desired(shape: string, count: number): Desired[] {
  const needs = SHAPES[shape] ?? (() => []);
  const all = Array.from({ length: count }, (_, at) => thing(id(at), { needs: needs(at, count).map(id) }));
  return shape === "a chain" ? all.reverse() : all;
}

const step = (at: number, after: readonly number[], lane?: string): Step => ({
  action: "create",
  address: { kind: "fake.thing", id: id(at), name: id(at) },
  attributes: [],
  after: after.map(address),
  ...(lane === undefined ? {} : { lane }),
});

/** Takes and ends all steps, ten at a time, and counts what was looked at. */
function visitsOf(steps: readonly Step[]): number {
  const agenda = new Agenda(steps);
  const running: { key: string; step: Step }[] = [];
  let done = 0;
  for (;;) {
    for (let next = running.length < 10 ? agenda.take() : undefined; next;) {
      running.push(next);
      next = running.length < 10 ? agenda.take() : undefined;
    }
    const over = running.shift();
    if (!over) break;
    done += 1;
    agenda.free(over.step);
    agenda.done(over.key);
  }
  expect(done).toBe(steps.length);
  return agenda.visits;
}

describe("a plan costs what its steps and edges do", () => {
  test.each(Object.keys(SHAPES))("the agenda of %s", (shape) => {
    const visits = (count: number): number =>
      visitsOf(Array.from({ length: count }, (_, at) => step(at, SHAPES[shape]?.(at, count) ?? [])));
    expect(visits(LARGE) / visits(SMALL)).toBeLessThanOrEqual(4.2);
    expect(visits(LARGE)).toBeLessThan(8 * LARGE);
  });

  test.each([1, 20, LARGE])("the agenda of %i lanes", (lanes) => {
    const visits = (count: number): number =>
      visitsOf(Array.from({ length: count }, (_, at) => step(at, [], `lane ${at % lanes}`)));
    expect(visits(LARGE) / visits(SMALL)).toBeLessThanOrEqual(4.2);
    expect(visits(LARGE)).toBeLessThan(4 * LARGE);
  });

  test("what a failure takes with it", () => {
    const agenda = new Agenda(Array.from({ length: LARGE }, (_, at) => step(at, at > 0 ? [at - 1] : [])));
    const first = agenda.take();
    const dropped = agenda.dropUsers(first?.key ?? "");
    expect(dropped).toHaveLength(LARGE - 1);
    expect(dropped[0]?.key).toBe(address(1));
    expect(agenda.visits).toBeLessThan(3 * LARGE);
  });
});

describe("the graph is walked without calling itself, each edge once", () => {
  const ring = (count: number): Graph =>
    new Map(Array.from({ length: count }, (_, at) => [id(at), new Set([id((at + 1) % count)])]));

  test("a ring of 20,000", () => {
    expect(findCycle(ring(LARGE))).toHaveLength(LARGE);
    const cut = acyclic(ring(LARGE));
    expect(findCycle(cut)).toBeUndefined();
    expect(closure(cut, [id(1)]).size).toBe(LARGE);
  });

  test("10,000 pairs that need each other", () => {
    let asked = 0;
    class Counting extends Map<string, Set<string>> {
      override get(key: string): Set<string> | undefined {
        asked += 1;
        return super.get(key);
      }
    }
    const pairs = new Counting(
      Array.from({ length: LARGE }, (_, at): [string, Set<string>] => [
        id(at),
        new Set([id(at % 2 === 0 ? at + 1 : at - 1)]),
      ]),
    );
    expect(findCycle(acyclic(pairs))).toBeUndefined();
    expect(findCycle(pairs)).toEqual([id(0), id(1)]);
    expect(asked).toBeLessThan(3 * LARGE);
  });
});

/** Before, a chain was deeper than the stack, and a star took minutes. */
describe.each(Object.keys(SHAPES))("20,000 steps, planned, shown and carried out: %s", (shape) => {
  test("all of them, in an order that holds", { timeout: 60_000 }, async () => {
    const world = new World();
    const kinds = [fakeKind(world)];
    const clock = new VirtualClock();
    const plan: Plan = await makePlan({ ctx: world, kinds, marks: MARKS, desired: desired(shape, LARGE) });
    expect(plan.findings).toEqual([]);
    const paint = (text: string): string => text;
    const term = {
      width: 80,
      paint: { bold: paint, dim: paint, red: paint, green: paint, yellow: paint, cyan: paint },
    };
    expect(planLines(plan, term as unknown as Parameters<typeof planLines>[1])).toHaveLength(LARGE);
    const place = new Map(plan.steps.map(({ address: { id: name } }, at) => [`fake.thing/${name}`, at]));
    expect(plan.steps.every(({ after }, at) => after.every((other) => (place.get(other) ?? 0) < at))).toBe(true);
    const events: ApplyEvent[] = [];
    for await (const event of apply({ ctx: world, kinds, plan, marks: MARKS, clock, classify })) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: "finished", done: LARGE, failed: 0, skipped: 0 });
    expect(world.mostInFlight).toBeLessThanOrEqual(40);
  });
});
