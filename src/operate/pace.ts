import type { Clock } from "../clock/index.ts";
import { isPassing, messageOf, OperateProblem } from "./problem.ts";

/** Adaptive polling: dense after a change, ever slower while nothing moves. Few calls for long runs, quick answers for short ones. */
export class Pace {
  #ms: number;
  constructor(
    readonly clock: Clock,
    readonly options: { readonly minMs: number; readonly maxMs: number; readonly factor?: number },
  ) {
    this.#ms = options.minMs;
  }

  /** Call when something changed: the next looks come quickly again. */
  changed(): void {
    this.#ms = this.options.minMs;
  }

  /** Sleeps until the next look, never beyond `deadline` (epoch ms). */
  async rest(signal?: AbortSignal, deadline = Number.POSITIVE_INFINITY): Promise<void> {
    const ms = Math.max(0, Math.min(this.#ms, deadline - this.clock.now()));
    this.#ms = Math.min(this.options.maxMs, Math.round(this.#ms * (this.options.factor ?? 1.4)));
    await this.clock.sleep(ms, signal);
  }
}

export interface Reconnecting {
  readonly type: "reconnecting";
  readonly reason: "network" | "busy";
  readonly text: string;
  /** Seconds since the last answer, and until the tool gives up. */
  readonly lostSeconds: number;
  readonly leftSeconds: number;
}

interface Patience {
  readonly clock: Clock;
  /** Epoch ms; a read that still fails then throws. */
  readonly deadline: number;
  /** What to type once the network is back. */
  readonly fix: string;
  readonly signal?: AbortSignal | undefined;
}

/** Longest time without one answer before a command gives up, when no deadline is nearer. */
const LOST_BUDGET_MS = 10 * 60_000;

/** Does an idempotent read until it answers: lost networks, throttles and faults of the service are waited out, visibly. */
export async function* persist<T>(patience: Patience, read: () => Promise<T>): AsyncGenerator<Reconnecting, T> {
  const { clock, signal } = patience;
  const since = clock.now();
  const until = Math.min(patience.deadline, since + LOST_BUDGET_MS);
  for (let pause = 1000; ; pause = Math.min(pause * 2, 30_000)) {
    try {
      return await read();
    } catch (error) {
      const reason = isPassing(error);
      if (!reason) throw error;
      const left = until - clock.now();
      if (left <= 0)
        throw new OperateProblem(
          "unreachable",
          `AWS gave no answer for ${Math.round((clock.now() - since) / 1000)} s: ${messageOf(error)}`,
          patience.fix,
          "aws",
        );
      yield {
        type: "reconnecting",
        reason,
        text: messageOf(error),
        lostSeconds: Math.round((clock.now() - since) / 1000),
        leftSeconds: Math.round(left / 1000),
      };
      await clock.sleep(Math.min(pause, left), signal);
    }
  }
}
