import { apply, makePlan } from "../src/engine/index.ts";
import { classify, fakeKind, MARKS, thing, World } from "../test/engine/fake.ts";
import { systemClock } from "../src/clock/index.ts";

const SHAPES: Readonly<Record<string, (at: number) => readonly number[]>> = {
  chain: (at) => (at > 0 ? [at - 1] : []),
  star: (at) => (at > 0 ? [0] : []),
  layers: (at) => (at >= 200 ? [at - 200] : []),
};

/** What the engine itself costs, with an AWS that answers at once: planning and carrying out many steps. */
export async function scheduler(o: { steps: number; say(text: string): void }): Promise<void> {
  o.say(`scheduler: ${o.steps} steps, an AWS that answers at once`);
  for (const [shape, needs] of Object.entries(SHAPES)) {
    const world = new World();
    const kinds = [fakeKind(world)];
    const desired = Array.from({ length: o.steps }, (_, at) =>
      thing(`t${at}`, { needs: needs(at).map((other) => `t${other}`) }),
    );
    const began = performance.now();
    const plan = await makePlan({ ctx: world, kinds, marks: MARKS, desired });
    const planned = performance.now();
    let events = 0;
    for await (const _ of apply({ ctx: world, kinds, plan, marks: MARKS, clock: systemClock, classify })) events += 1;
    const ms = (from: number, to: number): string => `${Math.round(to - from)} ms`;
    o.say(
      `  ${shape.padEnd(8)} plan ${ms(began, planned)}, apply ${ms(planned, performance.now())} (${events} events)`,
    );
  }
}
