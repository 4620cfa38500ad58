import type { CallCode } from "../codes/index.ts";
import { type Clock, leaveFirst } from "../clock/index.ts";
import { writeTags } from "./decide.ts";
import { concerns, selected } from "./select.ts";
import {
  addressText,
  type Address,
  type AnyKind,
  type Classify,
  type Desired,
  type Fault,
  type Live,
  type Marks,
  type Wanted,
  isGuarded,
} from "./types.ts";

/** What the engine could not do, with what the error means. `at` is a kind (while reading) or an address. */
export class EngineError extends Error {
  readonly code: CallCode;
  constructor(
    readonly fault: Fault,
    readonly at: string,
    options?: { cause?: unknown },
  ) {
    super(fault.text, options);
    this.name = "EngineError";
    this.code = fault.code;
  }
}

export interface Observed {
  /** Live state of what was asked for, by `liveKey`. */
  readonly live: ReadonlyMap<string, Live>;
  /** `Live.around`, also of what is not there, by `liveKey`. */
  readonly around: ReadonlyMap<string, unknown>;
  /** What carries our mark and is not among what was asked for. */
  readonly leftovers: readonly { readonly address: Address; readonly live: Live }[];
  /** What its reader is denied and what is no error for that: guarded things, and what may be a leftover. */
  readonly beyond: readonly Beyond[];
}

/** Something that is asked for, or that may be a leftover of ours, and that its user may not look at. */
export interface Beyond {
  readonly address: Address;
  readonly declared: boolean;
  /** AWS's words. */
  readonly text: string;
}

export const liveKey = (address: Pick<Address, "kind" | "name">): string => `${address.kind}|${address.name}`;

export interface ObserveInput<C> {
  readonly ctx: C;
  readonly kinds: readonly AnyKind<C>[];
  readonly wanted: readonly Desired[];
  readonly marks: Marks;
  readonly only?: readonly string[];
  readonly classify?: Classify;
  readonly clock?: Clock;
  /** What may stand for reading what is declared, and what it is read for. */
  readonly told?: Pick<Wanted, "searched" | "recorded" | "going" | "there" | "alone">;
}

const AGAIN: ReadonlySet<Fault["class"]> = new Set(["throttle", "ambiguous", "conflict", "unreachable"]);
const PAUSES = [500, 1000, 2000, 4000];

/** One wave: all kinds side by side. A kind takes a second step only where tag search named something undeclared. */
export async function observe<C>(input: ObserveInput<C>): Promise<Observed> {
  const begun = new Map<AnyKind<C>, Promise<Observed>>();
  const begin = (asksOn: boolean): void => {
    for (const kind of input.kinds.filter((one) => (one.asksOn ?? false) === asksOn)) {
      const reading = observeKind(input, kind);
      // Told below; until then nobody listens.
      reading.catch(() => undefined);
      begun.set(kind, reading);
    }
  };
  begin(true);
  // What many answers wait for is on its way before the others take their time to be made.
  await leaveFirst();
  begin(false);
  const found = await Promise.all(input.kinds.flatMap((kind) => begun.get(kind) ?? []));
  return {
    live: new Map(found.flatMap((kind) => [...kind.live])),
    around: new Map(found.flatMap((kind) => [...kind.around])),
    leftovers: found.flatMap((kind) => kind.leftovers),
    beyond: found.flatMap((kind) => kind.beyond),
  };
}

async function observeKind<C>(input: ObserveInput<C>, kind: AnyKind<C>): Promise<Observed> {
  const wanted = input.wanted
    .filter(({ address }) => address.kind === kind.name)
    .map((desired) => wantedOf(desired, input, kind));
  const names = new Set(wanted.map(({ name }) => name));
  const read = (addresses: readonly Wanted[]): Promise<ReadonlyMap<string, Live>> =>
    addresses.length === 0
      ? Promise.resolve(new Map())
      : patiently(input, kind.name, () => kind.read(input.ctx, addresses));
  const guarded = wanted.filter((address) => isGuarded(kind, address));
  const [spared, plain, candidates] = await Promise.all([
    guarded.length > 0 ? readable(read, guarded, true) : NONE,
    read(wanted.filter((address) => !guarded.includes(address))),
    owned(input, kind, wanted),
  ]);
  const live = new Map([...plain, ...spared.live]);
  const undeclared = new Map<string, Address>();
  for (const address of candidates) {
    if (!names.has(address.name) && selected(input.only, address)) undeclared.set(address.name, address);
  }
  // A former name is looked up by itself: tag search may be late.
  for (const { address, formerly = [] } of input.wanted.filter(({ address: { kind: of } }) => of === kind.name)) {
    for (const name of formerly)
      if (!names.has(name) && !undeclared.has(name)) undeclared.set(name, { kind: address.kind, id: name, name });
  }
  // Tag search is late and also names what was tagged once: nothing is believed before it is read.
  const going = { ...(input.told?.going ? { going: true } : {}), ...(input.told?.alone ? { alone: true } : {}) };
  const confirmed = await readable(
    read,
    [...undeclared.values()].map((address) => ({ ...address, ...going })),
    false,
  );
  const leftovers = [...undeclared.values()].flatMap((address) => {
    const state = confirmed.live.get(address.name);
    return state && !state.absent && state.owner === input.marks.owner ? [{ address, live: state }] : [];
  });
  const keyed = [...live].map(([name, state]) => [liveKey({ kind: kind.name, name }), state] as const);
  return {
    live: new Map(keyed.filter(([, state]) => !state.absent)),
    around: new Map(keyed.flatMap(([key, { around }]) => (around === undefined ? [] : [[key, around] as const]))),
    leftovers,
    beyond: [...spared.beyond, ...confirmed.beyond],
  };
}

function wantedOf<C>(desired: Desired, input: ObserveInput<C>, kind: AnyKind<C>): Wanted {
  const { searched = false, recorded = false, going = false, there = false, alone = false } = input.told ?? {};
  return {
    ...bareWanted(desired),
    ...(searched ? { searched } : {}),
    ...(recorded && kind.record ? { recorded, tags: writeTags(kind, desired, input.marks) } : {}),
    ...(going ? { going } : {}),
    ...(there ? { there } : {}),
    ...(alone ? { alone } : {}),
  };
}

const bareWanted = ({ address, props, content }: Desired): Wanted => ({
  ...address,
  props,
  ...(content ? { content } : {}),
});

/** Reads some of what was asked for once more, each thing with its own tags. */
export async function observeAgain<C>(
  input: ObserveInput<C>,
  seen: Pick<Observed, "live" | "around">,
  wanted: readonly Desired[],
): Promise<Pick<Observed, "live" | "around">> {
  const [live, around] = [new Map(seen.live), new Map(seen.around)];
  await Promise.all(
    input.kinds.map(async (kind) => {
      const own = wanted.filter(({ address }) => address.kind === kind.name);
      if (own.length === 0) return;
      const all = own.map(bareWanted);
      const found = await patiently(input, kind.name, () => kind.read(input.ctx, all));
      for (const { address } of own) {
        const [key, state] = [liveKey(address), found.get(address.name)];
        live.delete(key);
        around.delete(key);
        if (state && !state.absent) live.set(key, state);
        if (state?.around !== undefined) around.set(key, state.around);
      }
    }),
  );
  return { live, around };
}

const NONE: { live: ReadonlyMap<string, Live>; beyond: readonly Beyond[] } = { live: new Map(), beyond: [] };

type Read = (addresses: readonly Wanted[]) => Promise<ReadonlyMap<string, Live>>;

/** What may be read of these. Where the batch is denied each is asked for by itself, so that one hides no other. */
async function readable(
  read: Read,
  addresses: readonly Wanted[],
  declared: boolean,
): Promise<{ live: ReadonlyMap<string, Live>; beyond: readonly Beyond[] }> {
  try {
    return { live: await read(addresses), beyond: [] };
  } catch (error) {
    if (!(error instanceof EngineError) || error.fault.class !== "denied") throw error;
    const [only] = addresses;
    const address: Address | undefined = only && { kind: only.kind, id: only.id, name: only.name };
    if (addresses.length === 1 && address)
      return { live: new Map(), beyond: [{ address, declared, text: error.fault.text }] };
    const each = await Promise.all(addresses.map((one) => readable(read, [one], declared)));
    return {
      live: new Map(each.flatMap(({ live }) => [...live])),
      beyond: each.flatMap(({ beyond }) => beyond),
    };
  }
}

/** A selection of single addresses or other services spares the search for leftovers of this kind. */
function owned<C>(input: ObserveInput<C>, kind: AnyKind<C>, declared: readonly Wanted[]): Promise<readonly Address[]> {
  const concerned = !input.only?.length || input.only.some((selector) => concerns(selector, kind.name));
  return concerned ? patiently(input, kind.name, () => kind.owned(input.ctx, declared)) : Promise.resolve([]);
}

/** One resource read by itself; undefined where it is not there. */
export async function readOne<C>(kind: AnyKind<C>, ctx: C, { kind: of, id, name }: Address): Promise<Live | undefined> {
  const live = (await kind.read(ctx, [{ kind: of, id, name }])).get(name);
  return live?.absent ? undefined : live;
}

/** Reads again after a passing fault; every other error says which kind could not be read. */
async function patiently<C, T>(
  input: Pick<ObserveInput<C>, "classify" | "clock">,
  at: string,
  read: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const fault = input.classify?.(error, { name: `${at.split(".")[0]}:Read`, touched: new Set() });
      if (!fault) throw error;
      const pause = PAUSES[attempt];
      if (!input.clock || pause === undefined || !AGAIN.has(fault.class))
        throw new EngineError(fault, at, { cause: error });
      await input.clock.sleep(pause);
    }
  }
}

/** Makes ids unique: a leftover whose id is declared too (under another name) goes by its name. */
export function withoutClashes(
  leftovers: Observed["leftovers"],
  declared: ReadonlySet<string>,
): readonly { readonly address: Address; readonly live: Live; readonly renamed?: string }[] {
  const taken = new Set(declared);
  return leftovers.map(({ address, live }) => {
    const text = addressText(address);
    if (!taken.has(text)) {
      taken.add(text);
      return { address, live };
    }
    return { address: { ...address, id: address.name }, live, ...(declared.has(text) ? { renamed: text } : {}) };
  });
}
