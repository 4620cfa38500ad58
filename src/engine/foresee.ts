import type { AnyKind, Calls, Sent, Step } from "./types.ts";

type Way = AsyncIterator<Sent> | Iterator<Sent>;

/** The calls of a sequence that has begun: what comes before its first call (a listing) is looked up already. */
function begun(calls: Calls): Calls {
  const way: Way = Symbol.asyncIterator in calls ? calls[Symbol.asyncIterator]() : calls[Symbol.iterator]();
  let first: Promise<IteratorResult<Sent>> | undefined = Promise.resolve(way.next());
  // Told to whoever takes the sequence up; where nobody does, nobody needs to know.
  first.catch(() => undefined);
  const next = async (): Promise<IteratorResult<Sent>> => {
    const known = first;
    first = undefined;
    return known ?? way.next();
  };
  const fail = async (error: unknown): Promise<IteratorResult<Sent>> => {
    if (way.throw) return way.throw(error);
    throw error;
  };
  return { [Symbol.asyncIterator]: () => ({ next, throw: fail }) };
}

/**
 * What deleting looks up before its first call, looked up while what must go before it is under way: the list of what a bucket
 * holds. It may be old when its turn comes; whoever empties looks again where something is left.
 */
export class Foreseen<C> {
  readonly #calls = new Map<string, Calls>();

  constructor(
    readonly ctx: C,
    readonly kinds: ReadonlyMap<string, AnyKind<C>>,
  ) {}

  look({ key, step }: { readonly key: string; readonly step: Step }): void {
    const { action, address, empty, live, with: taker } = step;
    if (action !== "delete" || !empty || !live || taker !== undefined) return;
    const calls = this.kinds.get(address.kind)?.empty?.(this.ctx, address, live);
    if (calls) this.#calls.set(key, begun(calls));
  }

  /** The emptying that has begun; once. */
  take(key: string): Calls | undefined {
    const calls = this.#calls.get(key);
    this.#calls.delete(key);
    return calls;
  }
}
