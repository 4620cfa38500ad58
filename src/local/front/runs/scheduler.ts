import type { Clock } from "../../../clock/index.ts";
import { nextTime, parseCron } from "../../../aws/cron.ts";

/** A trigger with a schedule, as the scheduler sees it. */
export interface Scheduled {
  readonly name: string;
  readonly schedule: string;
}

/** Never asleep for longer: definitions change, and a laptop that slept must catch up. */
const LONGEST_SLEEP = 60_000;

/** Fires schedules at their minute. What was due while nobody ran is not made up for, as on AWS. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #list: () => Scheduled[];
  readonly #fire: (name: string) => void;
  readonly #closed = new AbortController();
  #alarm = new AbortController();

  constructor(clock: Clock, list: () => Scheduled[], fire: (name: string) => void) {
    this.#clock = clock;
    this.#list = list;
    this.#fire = fire;
  }

  start(): void {
    void this.#run();
  }

  /** Definitions changed: look again. */
  wake(): void {
    this.#alarm.abort();
  }

  close(): void {
    this.#closed.abort();
    this.wake();
  }

  async #run(): Promise<void> {
    let seen = this.#clock.now();
    while (!this.#closed.signal.aborted) {
      const due = this.#list().map(({ name, schedule }) => ({
        name,
        at: nextTime(parseCron(schedule), seen) ?? Infinity,
      }));
      const now = this.#clock.now();
      seen = now;
      for (const { name, at } of due) if (at <= now) this.#fire(name);
      const next = Math.min(...due.filter(({ at }) => at > now).map(({ at }) => at), now + LONGEST_SLEEP);
      this.#alarm = new AbortController();
      await this.#clock.sleep(Math.max(1, next - now), this.#alarm.signal).catch(() => undefined);
    }
  }
}
