import type { Clock } from "../../../clock/index.ts";
import type { Collection, Store } from "../store.ts";
import type { FrontOptions } from "../types.ts";

interface Letter {
  readonly detailType: string;
  readonly detail: object;
}

const TRIES = 8;

/**
 * Events leave through here: written in the transaction of the state change that they tell of, removed when the emulator
 * has taken them. A kill in between sends one twice, as EventBridge may; it does not lose one.
 */
export class Outbox {
  readonly #letters: Collection<Letter>;
  readonly #emit: FrontOptions["emitGlueEvent"];
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #closed = new AbortController();
  #pumping: Promise<void> | undefined;
  #last = 0;

  constructor(store: Store, options: Pick<FrontOptions, "emitGlueEvent" | "clock" | "log">) {
    this.#letters = store.collection("outbox");
    this.#emit = (...letter) => options.emitGlueEvent(...letter);
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Inside a transaction; call `pump` after it. */
  put(detailType: string, detail: object): void {
    this.#last = Math.max(this.#last + 1, Math.round(this.#clock.now() * 1000));
    this.#letters.set(String(this.#last).padStart(20, "0"), { detailType, detail });
  }

  pump(): void {
    if (this.#letters.size === 0 || this.#closed.signal.aborted) return;
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = undefined;
      this.pump();
    });
  }

  /** Resolves when nothing waits any more (or everything was given up). */
  async drained(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#pumping;
  }

  async #run(): Promise<void> {
    const keys = [...this.#letters.entries()].map(([key]) => key).sort();
    for (const key of keys) {
      const letter = this.#letters.get(key);
      if (!letter) continue;
      if (await this.#deliver(letter)) this.#letters.delete(key);
    }
  }

  /** False when it has to wait for the next start. */
  async #deliver(letter: Letter): Promise<boolean> {
    for (let attempt = 1; !this.#closed.signal.aborted; attempt += 1) {
      try {
        await this.#emit(letter.detailType, letter.detail, []);
        return true;
      } catch (error) {
        this.#log(`event ${letter.detailType} not taken (${attempt} of ${TRIES}): ${String(error)}`);
        if (attempt === TRIES) return true;
        await this.#clock.sleep(Math.min(250 * 2 ** attempt, 10_000), this.#closed.signal).catch(() => undefined);
      }
    }
    return false;
  }
}
