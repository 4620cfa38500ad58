import { createHash } from "node:crypto";
import { type FieldRules } from "./diff.ts";
import { isPlain } from "./plain.ts";
import type { AttributeChange } from "./types.ts";

/**
 * What was last applied, small enough for one tag value (256 characters): for every attribute a short hash of its name
 * and one of its value. Lets a later diff tell "the config changed" from "somebody changed it in AWS", and which tags
 * were ours. Base64 letters only: every service's tags take them.
 *
 * Maps are hashed by key (`arguments.--conf`) where that fits, else as a whole. Behind a dot stand the names, without a
 * value, of what has no entry of its own (maps by key, secrets): every format tells which attributes were applied at all.
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
  { mark: "4", name: 3, value: 1, byKey: false },
  // Names alone: nobody can be said to have moved a value, but what was named is known still.
  { mark: "5", name: 3, value: 0, byKey: false },
];
const NAMES = ".";

/** Names and values that many things have alike are hashed once; so many of them are remembered. */
const KNOWN = 5000;
const known = new Map<string, string>();

function hashed(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const hash = createHash("sha256").update(text).digest("base64");
  if (known.size >= KNOWN) known.clear();
  known.set(text, hash);
  return hash;
}

const short = (text: string, length: number): string => hashed(text).slice(0, length);

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

/** Attributes without an entry of their own. */
const unlisted = (props: object, listed: ReadonlySet<string>): string[] =>
  Object.entries(props)
    .filter(([top, value]) => value !== undefined && !listed.has(top))
    .map(([top]) => top)
    .sort();

const byName = (a: [string, unknown], b: [string, unknown]): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** The value of the `metriccare:applied` tag for what is about to be applied. */
export function fingerprint(props: object, tags: Readonly<Record<string, string>>, rules: FieldRules): string {
  let text = "";
  for (const format of FORMATS) {
    const own = entries(props, tags, rules, format.byKey);
    const names = unlisted(props, new Set(own.map(([name]) => name)));
    const size =
      1 + own.length * (format.name + format.value) + (names.length > 0 ? 1 + names.length * format.name : 0);
    // How long it gets is known before anything is hashed. The last one is taken as it is.
    if (size > LIMIT && format !== FORMATS.at(-1)) continue;
    text = [
      format.mark,
      ...own.map(([name, value]) => short(name, format.name) + short(stable(value), format.value)),
      ...(names.length > 0 ? [NAMES, ...names.map((name) => short(name, format.name))] : []),
    ].join("");
    if (size <= LIMIT) return text;
  }
  // More attributes than fit even so: of the last ones nothing is known.
  const width = 3;
  return text.slice(0, 1 + Math.floor((LIMIT - 1) / width) * width);
}

/** The config since the last apply, somebody in AWS, or one after the other. */
type Cause = NonNullable<AttributeChange["cause"]>;

/** A fingerprint read back from a resource. */
export class Applied {
  readonly #known = new Map<string, string>();
  /** Names of which two share a short hash: of these nothing is known. */
  readonly #shared = new Set<string>();
  /** Names of attributes that have no entry of their own. */
  readonly #named = new Set<string>();
  private constructor(
    readonly format: Format,
    whole: string,
  ) {
    const width = format.name + format.value;
    const [text = "", names = ""] = whole.split(NAMES);
    for (let at = 0; at < names.length; at += format.name) this.#named.add(names.slice(at, at + format.name));
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

  /** True when the last apply named this attribute: what is absent from the config since then is to be taken back. */
  named(top: string): boolean {
    return this.#was(top) !== undefined || this.#named.has(short(top, this.format.name));
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
    if (this.format.value === 0 || (was === undefined && this.#cut) || this.#isShared(name)) return undefined;
    // A map by key that is declared no more as a whole.
    if (was === undefined && declared === undefined && this.named(name)) return "config";
    if (was === this.#now(declared)) return "outside";
    return liveKnown && was !== this.#now(live) ? "both" : "config";
  }

  get #cut(): boolean {
    const { mark, name, value } = this.format;
    return mark === FORMATS.at(-1)?.mark && this.#known.size >= Math.floor((LIMIT - 1) / (name + value));
  }

  /** True when what is recorded is not what the config says: a mark that an interrupted update left behind. */
  stale(props: object, tags: Readonly<Record<string, string>>, rules: FieldRules): boolean {
    if (this.format.value === 0) return false;
    return entries(props, tags, rules, this.format.byKey).some(([name, value]) => {
      // Equal by meaning is not equal by hash: such a field says nothing.
      if (rules[name]?.equal || this.#isShared(name)) return false;
      const was = this.#was(name);
      return was !== undefined && was !== this.#now(value);
    });
  }
}

/** What `Kind.read` asks of the tag that an apply leaves (`metriccare:applied`): did the last apply name this attribute? */
export const wasApplied = (tag: string | undefined, top: string): boolean => Applied.parse(tag)?.named(top) ?? false;
