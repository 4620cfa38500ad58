import type { Clock } from "../clock/index.ts";

/** Calls of a service under way at one time: as many as its client has sockets. More would be made up, signed, and wait. */
const WIDTH = 50;
/** Calls a second: no throttle takes a service below the first, and above the second nobody counts. */
const LEAST = 5;
const MOST = 200;
/** What is left of the rate after a throttle, and how much a second without one adds to it. */
const LEFT = 0.7;
const GAIN = 2;
const SECOND = 1000;

/**
 * How fast one service is asked. As fast as calls come, until it throttles: then at a rate, which falls with a throttle and
 * rises with answers until nobody need count any more. All that one process asks of a service is counted together, so that a
 * large lakehouse does not throttle itself for as long as it is large.
 */
export class Pace {
  #rate: number | undefined;
  /** When the last call was sent that had to wait for its turn. */
  #last = 0;
  /** Whoever waits for a turn. */
  readonly #turns: (() => void)[] = [];
  #giving = false;
  /** When it was last told to be slower: what had been sent before says nothing new. */
  #slowedAt = Number.NEGATIVE_INFINITY;
  /** When the last calls were sent. */
  readonly #sent: number[] = [];
  #open = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly clock: Clock,
    readonly width = WIDTH,
  ) {}

  /** Calls a second; undefined as long as nobody need count. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** Does the work when there is a place for it, in the order in which it came. */
  async place<T>(work: () => Promise<T>): Promise<T> {
    if (this.#open < this.width) this.#open += 1;
    // Whoever leaves hands its place on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#open -= 1;
    }
  }

  /** Sends one attempt when its turn has come. `isThrottle` judges what it ends with. */
  async attempt<T>(send: () => Promise<T>, isThrottle: (error: unknown) => boolean): Promise<T> {
    await this.#turn();
    const sentAt = this.clock.now();
    this.#sent.push(sentAt);
    if (this.#sent.length > MOST) this.#sent.shift();
    try {
      const answer = await send();
      this.#faster();
      return answer;
    } catch (error) {
      if (isThrottle(error)) this.#slower(sentAt);
      else this.#faster();
      throw error;
    }
  }

  #turn(): Promise<void> {
    if (this.#rate === undefined) return Promise.resolve();
    const turn = new Promise<void>((resolve) => this.#turns.push(resolve));
    if (!this.#giving) void this.#give();
    return turn;
  }

  /** One turn after the other. The rate is asked again after each pause: it may have fallen meanwhile. */
  async #give(): Promise<void> {
    this.#giving = true;
    while (this.#turns.length > 0) {
      const rest = this.#rate === undefined ? 0 : this.#last + SECOND / this.#rate - this.clock.now();
      if (rest > 0) await this.clock.sleep(rest);
      else {
        this.#last = this.clock.now();
        this.#turns.shift()?.();
      }
    }
    this.#giving = false;
  }

  #faster(): void {
    if (this.#rate === undefined) return;
    this.#rate += GAIN / this.#rate;
    if (this.#rate > MOST) this.#rate = undefined;
  }

  #slower(sentAt: number): void {
    if (sentAt < this.#slowedAt) return;
    const now = this.clock.now();
    const measured = this.#sent.filter((at) => at > now - SECOND).length;
    this.#rate = Math.max(LEAST, Math.min(this.#rate ?? MOST, measured) * LEFT);
    this.#slowedAt = now;
  }
}
