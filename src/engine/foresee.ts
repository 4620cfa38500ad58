import type { AnyKind, Calls, Sent, Step } from "./types.ts";

type Way = AsyncIterator<Sent> | Iterator<Sent>;

const wayOf = (calls: Calls): Way =>
  Symbol.asyncIterator in calls ? calls[Symbol.asyncIterator]() : calls[Symbol.iterator]();

/** The calls of a sequence that has begun: what comes before its first call (a listing) is looked up already. */
function begun(make: () => Calls): Calls {
  let way: Way | undefined;
  const first = (async () => {
    way = wayOf(make());
    return way.next();
  })();
  // A look that failed before anybody needed it says nothing of now: whoever takes the sequence up begins it anew.
  const known = first.catch(() => undefined);
  let taken = false;
  const next = async (): Promise<IteratorResult<Sent>> => {
    if (taken && way) return way.next();
    taken = true;
    const found = await known;
    if (found) return found;
    way = wayOf(make());
    return way.next();
  };
  const fail = async (error: unknown): Promise<IteratorResult<Sent>> => {
    if (way?.throw) return way.throw(error);
    throw error;
  };
  return { [Symbol.asyncIterator]: () => ({ next, throw: fail }) };
}

/** Lists that are held at a time: what comes next is one bucket, or a few; each list may be of thousands. */
const MOST = 4;

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
    const kind = this.kinds.get(address.kind);
    if (action !== "delete" || !empty || !live || taker !== undefined || !kind?.empty) return;
    if (this.#calls.size < MOST)
      this.#calls.set(
        key,
        begun(() => kind.empty?.(this.ctx, address, live) ?? []),
      );
  }

  /** The emptying that has begun; once. Of a step that will not come either. */
  take(key: string): Calls | undefined {
    const calls = this.#calls.get(key);
    this.#calls.delete(key);
    return calls;
  }
}
