/** The only file that touches a timer. Tests hand in a virtual clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

/** Turns of the loop that a request takes from its signature to the wire, where no name has to be looked up. */
const ON_ITS_WAY = 3;

/** Lets requests that were just made leave, before there is more to do than that. */
export async function leaveFirst(): Promise<void> {
  for (let at = 0; at < ON_ITS_WAY; at += 1) await turn();
}

/** Lets the loop see to the network once. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
