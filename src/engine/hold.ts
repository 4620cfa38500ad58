import type { RunInput } from "./run-input.ts";
import { LEASE_LOST, leaseError } from "./lease.ts";

/** How long giving the lease back may take after the second Ctrl-C. */
const AT_ONCE_MS = 2000;

/** The lease while it is held: renewed on a timer; losing it starts nothing new. */
export class Hold<C> {
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  readonly drain: AbortSignal;
  /** Something that was there has other tags now, or is gone. */
  changed = false;
  #held: boolean;
  #renewing: Promise<void> | undefined;

  constructor(
    readonly input: RunInput<C>,
    held: boolean,
  ) {
    this.#held = held;
    this.drain = input.drain ? AbortSignal.any([input.drain, this.#lost.signal]) : this.#lost.signal;
  }

  begin(): void {
    if (this.#held) this.#renewing ??= this.#renew();
  }

  async #renew(): Promise<void> {
    const { clock, lease } = this.input;
    while (this.#held) {
      const ended = await clock.sleep(lease.renewEveryMs ?? 20_000, this.#over.signal).then(
        () => false,
        () => true,
      );
      if (ended || !this.#held) return;
      try {
        await lease.renew();
      } catch (error) {
        this.#held = false;
        this.#lost.abort(
          leaseError(error) ?? {
            code: LEASE_LOST,
            text: `the lease could not be renewed: ${String(error)}`,
            fix: "Run the same command again.",
          },
        );
      }
    }
  }

  /** Before its place goes, the lease with it: it is not renewed any more, and nobody else takes it meanwhile. */
  async letGo(): Promise<void> {
    if (!this.#held) return;
    await this.#stopRenewing();
    this.#held = true;
  }

  /** Its place has gone, and it with that. */
  gone(): void {
    this.#held = false;
  }

  async #stopRenewing(): Promise<void> {
    this.#held = false;
    this.#over.abort();
    await this.#renewing;
  }

  /** Gives the lease back. A failure to do so must not hide how the apply went: it expires by itself. */
  async end(leaveNothing = false): Promise<void> {
    if (!this.#held) return;
    await this.#stopRenewing();
    const { lease, clock, stop } = this.input;
    const given = (leaveNothing && lease.remove ? lease.remove() : lease.release(this.changed)).catch(() => undefined);
    // Who pressed Ctrl-C twice, before or meanwhile, does not wait for a line that may be dead.
    await (stop
      ? Promise.race([given, aborted(stop, given).then((now) => (now ? clock.sleep(AT_ONCE_MS) : given))])
      : given);
  }
}

/** True once the signal comes, false when `work` is over first. */
function aborted(signal: AbortSignal, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = (): void => resolve(true);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    void work.finally(() => {
      signal.removeEventListener("abort", abort);
      resolve(false);
    });
  });
}
