import { isPlain } from "./plain.ts";
import { type Address, addressText, type AnyKind, type Desired, type Finding, type Step } from "./types.ts";

/**
 * Values that AWS mints (the id of a key, the number of a version) and that nobody knows before. A prop that holds one is
 * a text with a reference in it, alone or among other words (`arn:…:key/<reference>`), also inside of JSON text: so kinds
 * see texts as ever. The engine puts the value in as soon as the one who mints it is there, and waits for it in between.
 */

/** Characters of the private use area: JSON writes them as they are, and no config holds them. */
const [OPEN, CLOSE] = ["\uE000", "\uE001"];
const REFERENCE = /\uE000([^\uE000\uE001]+)#(\w+)\uE001/g;

/** Stands in a plan for what is not there yet. */
export const KNOWN_AFTER_APPLY = "(known after apply)";

/** A reference to what `of` mints under the name `what` (`Kind.mints`), for use in any prop of another resource. */
export const minted = (of: Pick<Address, "kind" | "id">, what: string): string =>
  `${OPEN}${addressText(of)}#${what}${CLOSE}`;

export interface Reference {
  /** Address in text form. */
  readonly of: string;
  readonly what: string;
}

/** What a resource mints, by name. */
export type Mint = Readonly<Record<string, string>>;

/** All references in a value, however deep. */
export function references(value: unknown): readonly Reference[] {
  const found: Reference[] = [];
  const look = (text: string): boolean => {
    for (const [, of = "", what = ""] of text.matchAll(REFERENCE)) found.push({ of, what });
    return false;
  };
  someText(value, look);
  return found;
}

/** Whether one of the texts that may hold references is such a one. Nearly none does: each costs a look, and no list is made. */
function someText(value: unknown, is: (text: string) => boolean): boolean {
  if (typeof value === "string") return value.includes(OPEN) && is(value);
  if (Array.isArray(value)) return value.some((item) => someText(item, is));
  if (!isPlain(value)) return false;
  for (const key of Object.keys(value)) if (someText(key, is) || someText(value[key], is)) return true;
  return false;
}

/** The handle under which whoever mints is known to those who wait for it. */
export const mintHandle = (of: string): string => `${OPEN}${of}${CLOSE}`;

/** References to what nobody mints. */
export function unminted(
  kinds: ReadonlyMap<string, Pick<AnyKind<never>, "mints">>,
  desired: readonly Desired[],
): Finding[] {
  const declared = new Map(desired.map(({ address }) => [addressText(address), address]));
  return desired.flatMap(({ address, props }) =>
    references(props).flatMap(({ of, what }): Finding[] => {
      const minter = declared.get(of);
      if (minter && kinds.get(minter.kind)?.mints?.includes(what)) return [];
      return [
        {
          code: "minted_unknown",
          level: "error",
          at: addressText(address),
          text: minter
            ? `refers to ${what} of ${of}, which AWS mints no such value for`
            : `refers to ${what} of ${of}, which the config does not declare`,
          fix: minter ? "This is a bug: please report it." : `Declare ${of}, or take the reference out.`,
        },
      ];
    }),
  );
}

export const waits = (value: unknown): boolean => someText(value, (text) => text.search(REFERENCE) >= 0);

type Known = (reference: Reference) => string | undefined;

const inText = (text: string, known: Known): string =>
  text.replace(REFERENCE, (whole, of: string, what: string) => known({ of, what }) ?? whole);

/** The value with everything put in that is known. What is not stays a reference. */
export function settled<T>(value: T, known: Known): T {
  return waits(value) ? (put(value, known) as T) : value;
}

function put(value: unknown, known: Known): unknown {
  if (typeof value === "string") return inText(value, known);
  if (Array.isArray(value)) return value.map((item) => put(item, known));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [inText(key, known), put(item, known)]));
}

/** As people see it in a plan. */
export const shownValue = <T>(value: T): T => settled(value, () => KNOWN_AFTER_APPLY);

/** What is minted while a plan is carried out: known from what stays, learnt from what is made. */
export class Mints {
  readonly #known = new Map<string, Mint>();
  readonly #awaited = new Map<string, Set<string>>();

  constructor(steps: readonly Step[]) {
    for (const { address, action, live, desired } of steps) {
      if (live?.minted && action !== "create" && action !== "replace") this.learn(addressText(address), live.minted);
      for (const { of, what } of references(desired?.props)) {
        const names = this.#awaited.get(of);
        if (names) names.add(what);
        else this.#awaited.set(of, new Set([what]));
        // Waited for although it is there: an update mints it anew.
        this.forget(of, what);
      }
    }
  }

  forget(of: string, what: string): void {
    const { [what]: _, ...rest } = this.#known.get(of) ?? {};
    this.#known.set(of, rest);
  }

  learn(of: string, mint: Mint): void {
    this.#known.set(of, { ...this.#known.get(of), ...mint });
  }

  readonly of: Known = ({ of, what }) => this.#known.get(of)?.[what];

  /** What somebody in this plan waits for, and that nobody has told yet. */
  missing(of: string): readonly string[] {
    return [...(this.#awaited.get(of) ?? [])].filter((what) => this.of({ of, what }) === undefined);
  }
}
