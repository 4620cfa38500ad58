import { createHash } from "node:crypto";
import { type FieldRules, isPlain } from "./diff.ts";
import type { AttributeChange } from "./types.ts";

/**
 * What was last applied, small enough for one tag value (256 characters): for every attribute a short hash of its name
 * and one of its value. Lets a later diff tell "the config changed" from "somebody changed it in AWS", and which tags
 * were ours. Base64 letters only: every service's tags take them.
 *
 * Maps are hashed by key (`arguments.--conf`) where that fits, else as a whole.
 */
interface Format {
  readonly mark: string;
  readonly name: number;
  readonly value: number;
  readonly byKey: boolean;
}

const LIMIT = 256;
const FORMATS: readonly Format[] = [
  { mark: "1", name: 3, value: 3, byKey: true },
  { mark: "2", name: 3, value: 2, byKey: true },
  { mark: "3", name: 3, value: 2, byKey: false },
];

const short = (text: string, length: number): string =>
  createHash("sha256").update(text).digest("base64").slice(0, length);

/** JSON with sorted keys; absent and undefined are one, bytes are their hash. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (value instanceof Uint8Array) return createHash("sha256").update(value).digest("hex");
  if (!isPlain(value)) return JSON.stringify(value) ?? "null";
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stable(value[key])}`)
    .join(",")}}`;
}

/** Name under which a path is hashed: the first two segments of a map's entry, else the attribute. */
const entryName = (top: string, key?: string): string => (key === undefined ? top : `${top}\n${key}`);

/** What goes into a fingerprint: declared tags first, for they decide what is removed. */
function entries(
  props: object,
  tags: Readonly<Record<string, string>>,
  rules: FieldRules,
  byKey: boolean,
): [string, unknown][] {
  const tagged = Object.entries(tags).map(([key, value]): [string, unknown] => [entryName("tags", key), value]);
  const own = Object.entries(props)
    // A hash of a secret, however short, helps whoever guesses at it.
    .filter(([top, value]) => value !== undefined && !rules[top]?.sensitive)
    .flatMap(([top, value]): [string, unknown][] =>
      byKey && isPlain(value) && !rules[top]?.equal && Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([key, v]): [string, unknown][] =>
            v === undefined ? [] : [[entryName(top, key), v]],
          )
        : [[top, value]],
    );
  return [...tagged.sort(byName), ...own.sort(byName)];
}

const byName = (a: [string, unknown], b: [string, unknown]): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** The value of the `metriccare:applied` tag for what is about to be applied. */
export function fingerprint(props: object, tags: Readonly<Record<string, string>>, rules: FieldRules): string {
  let text = "";
  for (const format of FORMATS) {
    const parts = entries(props, tags, rules, format.byKey).map(
      ([name, value]) => short(name, format.name) + short(stable(value), format.value),
    );
    text = format.mark + parts.join("");
    if (text.length <= LIMIT) return text;
  }
  // More attributes than fit even so: the last ones have no known cause.
  const width = 5;
  return text.slice(0, 1 + Math.floor((LIMIT - 1) / width) * width);
}

/** The config since the last apply, somebody in AWS, or one after the other. */
type Cause = NonNullable<AttributeChange["cause"]>;

/** A fingerprint read back from a resource. */
export class Applied {
  readonly #known = new Map<string, string>();
  /** Names of which two share a short hash: of these nothing is known. */
  readonly #shared = new Set<string>();
  private constructor(
    readonly format: Format,
    text: string,
  ) {
    const width = format.name + format.value;
    for (let at = 1; at + width <= text.length; at += width) {
      const name = text.slice(at, at + format.name);
      if (this.#known.has(name)) this.#shared.add(name);
      this.#known.set(name, text.slice(at + format.name, at + width));
    }
  }

  /** Undefined for an absent value and for one that this version cannot read. */
  static parse(text: string | undefined): Applied | undefined {
    const format = FORMATS.find(({ mark }) => text?.startsWith(mark));
    return text !== undefined && format ? new Applied(format, text) : undefined;
  }

  #was(name: string): string | undefined {
    return this.#known.get(short(name, this.format.name));
  }

  #isShared(name: string): boolean {
    return this.#shared.has(short(name, this.format.name));
  }

  #now(value: unknown): string | undefined {
    return value === undefined ? undefined : short(stable(value), this.format.value);
  }

  hadTag(key: string): boolean {
    return this.#was(entryName("tags", key)) !== undefined;
  }

  tagCause(key: string, declared: string | undefined, live?: string): Cause {
    const name = entryName("tags", key);
    return this.#verdict(name, declared, live, true) ?? "config";
  }

  /** Who moved the attribute at `segments`, given what the config says now and what is live. */
  cause(segments: readonly string[], desired: object, rules: FieldRules, live?: object): Cause | undefined {
    const [top = "", key] = segments;
    if (rules[top]?.sensitive) return undefined;
    const of = (props: object | undefined): unknown => (props as Readonly<Record<string, unknown>> | undefined)?.[top];
    const value = of(desired);
    const byKey = this.format.byKey && key !== undefined && isPlain(value) && !rules[top]?.equal;
    const pick = (whole: unknown): unknown => (byKey && isPlain(whole) ? whole[key] : byKey ? undefined : whole);
    // Equal by meaning is not equal by hash: of such a field's live side nothing can be said.
    const known = live !== undefined && !rules[top]?.equal;
    return this.#verdict(byKey ? entryName(top, key) : top, pick(value), pick(of(live)), known);
  }

  #verdict(name: string, declared: unknown, live: unknown, liveKnown: boolean): Cause | undefined {
    const was = this.#was(name);
    // Cut off for want of room: then it is not known what was applied.
    if ((was === undefined && this.#cut) || this.#isShared(name)) return undefined;
    if (was === this.#now(declared)) return "outside";
    return liveKnown && was !== this.#now(live) ? "both" : "config";
  }

  get #cut(): boolean {
    const { mark, name, value } = this.format;
    return mark === FORMATS.at(-1)?.mark && this.#known.size >= Math.floor((LIMIT - 1) / (name + value));
  }

  /** True when what is recorded is not what the config says: a mark that an interrupted update left behind. */
  stale(props: object, tags: Readonly<Record<string, string>>, rules: FieldRules): boolean {
    return entries(props, tags, rules, this.format.byKey).some(([name, value]) => {
      // Equal by meaning is not equal by hash: such a field says nothing.
      if (rules[name]?.equal || this.#isShared(name)) return false;
      const was = this.#was(name);
      return was !== undefined && was !== this.#now(value);
    });
  }
}
