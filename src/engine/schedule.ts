import type { FaultClass, Waits } from "./types.ts";

/** How one class of fault is retried: pause before the next attempt (milliseconds), and how long pauses may sum up to. */
interface Schedule {
  readonly budgetMs: number;
  pause(attempt: number, spentMs: number, random: () => number): number;
}

const steps = (list: readonly number[], then: number) => (attempt: number) => list[attempt] ?? then;
/** Doubling with jitter over the upper half, so that parallel calls do not come back together. */
const exponential = (first: number, most: number) => (attempt: number, _spent: number, random: () => number) =>
  Math.round(Math.min(most, first * 2 ** attempt) * (0.5 + random() / 2));

const SCHEDULES: Partial<Record<FaultClass, Schedule>> = {
  // Measured on AWS: a role becomes assumable within some 12 s, rarely later. Dense first, then patient.
  propagation: {
    budgetMs: 120_000,
    pause: (attempt, spent) => (spent < 20_000 ? steps([250, 500, 1000], 2000)(attempt) : 4000),
  },
  throttle: { budgetMs: 300_000, pause: exponential(500, 20_000) },
  conflict: { budgetMs: 120_000, pause: steps([500, 1000, 2000, 3000], 5000) },
  ambiguous: { budgetMs: 60_000, pause: exponential(500, 8000) },
  unreachable: { budgetMs: 20_000, pause: steps([500, 1000, 2000], 4000) },
};

/** Pause before `ready` is asked again. */
export const readyPause: (attempt: number) => number = steps([500, 1000, 1000, 2000], 3000);

/** Pauses of one call, each class with a count and a budget of its own: a throttle in between does not use up patience for a role. */
export class Patience {
  readonly #spent = new Map<FaultClass, { times: number; ms: number }>();
  constructor(readonly random: () => number) {}

  /** The next pause for this class with what was spent, or undefined when it is not retried or the budget is used up. */
  next(kind: FaultClass, budget?: number): { pauseMs: number; spentMs: number; budgetMs: number } | undefined {
    const schedule = SCHEDULES[kind];
    if (!schedule) return undefined;
    const budgetMs = budget ?? schedule.budgetMs;
    const { times, ms } = this.#spent.get(kind) ?? { times: 0, ms: 0 };
    const pauseMs = Math.min(schedule.pause(times, ms, this.random), budgetMs - ms);
    if (pauseMs <= 0) return undefined;
    this.#spent.set(kind, { times: times + 1, ms: ms + pauseMs });
    return { pauseMs, spentMs: ms, budgetMs };
  }

  spent(kind: FaultClass): number {
    return this.#spent.get(kind)?.ms ?? 0;
  }
}

/** Sums up all waiting of an apply. */
export class WaitLog {
  readonly #sums = new Map<FaultClass | "ready", { times: number; ms: number }>();

  add(kind: FaultClass | "ready", ms: number): void {
    const sum = this.#sums.get(kind) ?? { times: 0, ms: 0 };
    this.#sums.set(kind, { times: sum.times + 1, ms: sum.ms + ms });
  }

  get totals(): Waits {
    return Object.fromEntries(this.#sums);
  }
}
