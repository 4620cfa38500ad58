import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { TriggerDef } from "../../../src/local/front/glue/state.ts";
import { engineHarness } from "./engine-harness.ts";
import { settle } from "./harness.ts";

const JOBS = ["A", "B", "C", "D", "E", "F"];
const OUTCOMES = ["SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"] as const;
type Outcome = (typeof OUTCOMES)[number];

interface Plan {
  outcomes: Record<string, Outcome>;
  start: string[];
  triggers: { any: boolean; active: boolean; conditions: { job: string; state: Outcome }[]; actions: string[] }[];
  order: number[];
}

const plan: fc.Arbitrary<Plan> = fc.record({
  outcomes: fc.record(Object.fromEntries(JOBS.map((job) => [job, fc.constantFrom(...OUTCOMES)]))),
  start: fc.uniqueArray(fc.constantFrom(...JOBS), { minLength: 1, maxLength: 2 }),
  triggers: fc.array(
    fc.record({
      any: fc.boolean(),
      active: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
      // Mostly the common case, so that chains grow long enough to be interesting.
      conditions: fc.array(
        fc.record({
          job: fc.constantFrom(...JOBS),
          state: fc.oneof(fc.constant("SUCCEEDED" as const), fc.constantFrom(...OUTCOMES)),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      actions: fc.uniqueArray(fc.constantFrom(...JOBS), { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 7 },
  ),
  order: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
});

/** What must have run at the end, worked out without states or time: the least set that the rules allow. */
function expected({ outcomes, start, triggers }: Plan): Record<string, number> {
  const runs: Record<string, number> = {};
  const begin = (jobs: string[]): void => {
    for (const job of jobs) runs[job] = (runs[job] ?? 0) + 1;
  };
  begin(start);
  const fired = new Set<number>();
  for (let changed = true; changed;) {
    changed = false;
    triggers.forEach((trigger, i) => {
      if (fired.has(i) || !trigger.active) return;
      const holds = (c: { job: string; state: Outcome }): boolean =>
        runs[c.job] !== undefined && outcomes[c.job] === c.state;
      if (!(trigger.any ? trigger.conditions.some(holds) : trigger.conditions.every(holds))) return;
      fired.add(i);
      begin(trigger.actions);
      changed = true;
    });
  }
  return runs;
}

it("random graphs, cycles among them, run what the rules say, whatever the order of ends", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (p) => {
      const h = engineHarness();
      for (const job of JOBS) h.job(job, { ExecutionProperty: { MaxConcurrentRuns: 100 } });
      h.state.workflows.set("w", { Name: "w", CreatedOn: 0 });
      const trigger = (name: string, more: Partial<TriggerDef>): void =>
        h.trigger(name, { WorkflowName: "w", ...more });
      trigger("start", { Actions: p.start.map((JobName) => ({ JobName })) });
      p.triggers.forEach((t, i) => {
        const when = h.when(t.conditions.map((c) => `${c.job}=${c.state}`).join(" "), t.any ? "ANY" : "AND");
        trigger(`t${i}`, {
          ...when,
          State: t.active ? "ACTIVATED" : "CREATED",
          Actions: t.actions.map((JobName) => ({ JobName })),
        });
      });
      const id = h.engine.workflows.start("w");
      await settle();
      const open = new Set<number>();
      for (let step = 0; ; step += 1) {
        h.runner.started.forEach((_, i) => i >= open.size && open.add(i));
        const left = [...open].filter((i) => !ended.has(h.runner.started[i] ?? h));
        if (left.length === 0) break;
        expect(h.run(id).Status).toBe("RUNNING");
        const next = h.runner.started[left[(p.order[step % p.order.length] ?? 0) % left.length] ?? 0];
        if (!next) break;
        ended.add(next);
        await next.end(p.outcomes[next.launch.jobName] ?? "FAILED");
      }
      const counts: Record<string, number> = {};
      for (const name of h.runner.names()) counts[name] = (counts[name] ?? 0) + 1;
      expect(counts).toEqual(expected(p));
      expect(h.run(id).Status).toBe("COMPLETED");
      expect(h.engine.workflows.runsOf(h.run(id))).toHaveLength(h.runner.started.length);
      await h.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

const ended = new WeakSet<object>();
