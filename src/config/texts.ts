import type { Draft, Path } from "./problem.ts";
import { pathText } from "./problem.ts";
import { type Located, nodeAt } from "./source.ts";
import { nearest } from "./suggest.ts";
import { type Entry, Nameable, type NamedSection, type Read, type TextNames, type Wrong } from "./text-names.ts";

/**
 * `${…}` in the texts of a config: words (`${env}`), and names of what other entries describe (`${buckets.raw.arn}`).
 * Works on the merged tree before any schema sees it, so that a text may stand wherever one is taken. What a word or a
 * section is, the caller says: nothing here knows AWS. `$${` is a literal `${`.
 */

export type TextProblem = Draft & { readonly on: "key" | "value" };

export interface Told {
  readonly root: Located;
  readonly problems: readonly TextProblem[];
  /** What stood between the braces, as it is told: `env`, `buckets.raw.arn`. */
  readonly used: ReadonlySet<string>;
}

/** Names may hold names; past this length they were built to grow. */
const LONGEST = 65_536;
/** A chain of names longer than this is no config of anybody. */
const DEEPEST = 100;
const PART = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;

/** Tells every text of a merged config. */
export function tellTexts(root: Located, names: TextNames): Told {
  return new Teller(root, names).tell();
}

/** Written so that a text comes out as it is. */
export const literal = (text: string): string => text.replaceAll("${", () => "$${");

/** A config that is told, written so that telling it again gives the same: every text and key of it literal. */
export function literalTexts(value: unknown): unknown {
  if (typeof value === "string") return literal(value);
  if (Array.isArray(value)) return value.map(literalTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [literal(key), literalTexts(inner)]));
}

/** The text depends on one with a mistake, which is told there. */
class Untellable extends Error {}

class Teller {
  readonly #problems: TextProblem[] = [];
  readonly #used = new Set<string>();
  /** By path: the text as it is told, undefined where it cannot be. */
  readonly #told = new Map<string, string | undefined>();
  /** Paths of the texts that are being told, outermost first. */
  readonly #open = new Map<string, Path>();
  readonly #there: Nameable;
  constructor(
    readonly root: Located,
    readonly names: TextNames,
  ) {
    this.#there = new Nameable(root, names);
  }

  tell(): Told {
    return { root: this.#tree(this.root, []), problems: this.#problems, used: this.#used };
  }

  #tree(node: Located, path: Path): Located {
    if (node.entries) {
      const entries = new Map<string, Located>();
      for (const [key, item] of node.entries) {
        const told = this.#key(key, path);
        if (entries.has(told))
          this.#wrong([...path, key], "key", { message: `\`${told}\` stands twice in its section` });
        entries.set(told, this.#tree(item, [...path, key]));
      }
      return { ...node, entries, value: Object.fromEntries([...entries].map(([key, { value }]) => [key, value])) };
    }
    if (node.items) {
      const items = node.items.map((item, i) => this.#tree(item, [...path, i]));
      return { ...node, items, value: items.map(({ value }) => value) };
    }
    if (typeof node.value !== "string") return node;
    return { ...node, value: this.#text(node.value, path) ?? node.value };
  }

  #key(key: string, above: Path): string {
    if (!key.includes("${")) return key;
    try {
      return this.#parts(key, [...above, key], "key");
    } catch (error) {
      if (error instanceof Untellable) return key;
      throw error;
    }
  }

  #wrong(path: Path, on: "key" | "value", wrong: Pick<Draft, "message" | "suggestion" | "meant" | "lacks">): void {
    const twice = this.#problems.some((one) => one.path === path && one.message === wrong.message);
    if (!twice) this.#problems.push({ path, on, ...wrong });
  }

  /** The text at a path, or undefined when it, or one that it names, has a mistake. */
  #text(text: string, path: Path): string | undefined {
    if (!text.includes("${")) return text;
    const at = JSON.stringify(path);
    if (this.#told.has(at)) return this.#told.get(at);
    if (this.#open.has(at)) return this.#circle(at);
    if (this.#open.size === DEEPEST) {
      this.#wrong(path, "value", { message: `names stand in names more than ${DEEPEST} deep` });
      return undefined;
    }
    this.#open.set(at, path);
    try {
      this.#told.set(at, this.#parts(text, path, "value"));
    } catch (error) {
      if (!(error instanceof Untellable)) throw error;
      this.#told.set(at, undefined);
    } finally {
      this.#open.delete(at);
    }
    return this.#told.get(at);
  }

  #circle(at: string): undefined {
    const way = [...this.#open.values()].slice([...this.#open.keys()].indexOf(at));
    const [first = []] = way;
    const itself = way.length === 1;
    const texts = [...way, first].map(pathText).join(" -> ");
    this.#wrong(first, "value", {
      message: itself ? "this text names itself" : `these texts name each other in a circle: ${texts}`,
      suggestion: itself ? "Write out what it stands for." : "Write out one of them.",
    });
    return undefined;
  }

  #parts(text: string, path: Path, on: "key" | "value"): string {
    let failed = false;
    const told = text.replace(PART, (whole, inner: string | undefined) => {
      if (whole === "$${") return "${";
      const value = inner === undefined ? UNCLOSED : this.#value(inner.trim());
      if (typeof value === "string") return value;
      failed = true;
      if (value) {
        const { guess, ...wrong } = value;
        const other = (name: string) => ({ value: text.replace(whole, () => `\${${name}}`), instead: text });
        this.#wrong(path, on, guess === undefined ? wrong : { ...wrong, meant: other(guess) });
      }
      return whole;
    });
    if (told.length > LONGEST) {
      failed = true;
      this.#wrong(path, on, { message: `it grows past ${LONGEST.toLocaleString("en")} characters` });
    }
    if (failed) throw new Untellable();
    return told;
  }

  /** What a reference stands for, what is wrong with it, or undefined when what it names has a mistake of its own. */
  #value(inner: string): string | Wrong | undefined {
    this.#used.add(inner);
    try {
      const parts = inner.split(".");
      return parts.length === 1 ? this.#word(inner) : this.#name(inner, parts);
    } catch (error) {
      if (error instanceof Untellable) return undefined;
      throw error;
    }
  }

  #word(word: string): string | Wrong {
    const { words, sections } = this.names;
    const known = Object.hasOwn(words, word) ? words[word] : undefined;
    if (!known)
      return Object.hasOwn(sections, word)
        ? {
            message: `\${${word}} names a whole section`,
            suggestion: `Name one of its entries: ${this.#there.example(word)}.`,
          }
        : this.#there.unknown(word, [
            nearest(word, Object.keys(words)),
            Object.keys(words).find((one) => word.startsWith(one)),
          ]);
    return known(this.#read) ?? { message: `\${${word}} stands for nothing here`, lacks: [word] };
  }

  #name(inner: string, parts: readonly string[]): string | Wrong {
    const [section = "", ...rest] = parts;
    const known = Object.hasOwn(this.names.sections, section) ? this.names.sections[section] : undefined;
    if (!known) {
      return this.#there.unknown(inner, [this.#there.near(section, rest)]);
    }
    const [id = "", attribute = "", ...more] =
      known.only !== undefined && rest.length === 1 ? [known.only, ...rest] : rest;
    if (attribute === "" || more.length > 0)
      return { message: `\${${inner}} names nothing`, suggestion: `Write ${this.#there.example(section)}.` };
    return this.#attribute(inner, known, { section, id, attribute });
  }

  #attribute(
    inner: string,
    known: NamedSection,
    { section, id, attribute }: { section: string; id: string; attribute: string },
  ): string | Wrong {
    if (!this.#there.places(section).has(id)) {
      const ids = this.#there.ids(section);
      const guess = nearest(id, ids);
      const lacks = ids.length > 0 ? [section, id] : [section];
      const said = { message: `\${${inner}} names nothing: ${section} has no \`${id}\``, lacks };
      const asked = nearest(attribute, known.attributes);
      if (guess !== undefined && asked !== undefined)
        return {
          ...said,
          suggestion: `Did you mean \`\${${section}.${guess}.${asked}}\`?`,
          guess: [section, guess, asked].join("."),
        };
      return { ...said, suggestion: ids.length > 0 ? `Known there: ${ids.join(", ")}.` : "Nothing is there." };
    }
    if (!known.attributes.includes(attribute)) {
      const guess = nearest(attribute, known.attributes);
      const meant = guess ? { guess: [section, id, guess].join(".") } : {};
      const hint = guess ? `Did you mean \`\${${section}.${id}.${guess}}\`?` : `Known: ${known.attributes.join(", ")}.`;
      return {
        message: `\${${inner}} names nothing: \`${attribute}\` is not known of ${section}`,
        suggestion: hint,
        ...meant,
      };
    }
    const entry = this.#entry(this.#there.places(section).get(id) ?? []);
    const value = this.names.lookup(section, id, attribute, entry, this.#read);
    return value ?? { message: `\${${inner}} names nothing: ${section}.${id} has no ${attribute}` };
  }

  readonly #read: Read = (path) => {
    const value = nodeAt(this.root, path)?.value;
    if (typeof value === "number") return String(value);
    return typeof value === "string" ? this.#needed(value, path) : undefined;
  };

  #needed(text: string, path: Path): string {
    const told = this.#text(text, path);
    if (told === undefined) throw new Untellable();
    return told;
  }

  /** An entry whose texts are told when they are looked at, and only then: a policy may name its own bucket. */
  #entry(path: Path): Entry {
    const entry: Record<string, unknown> = {};
    for (const [key, { value }] of nodeAt(this.root, path)?.entries ?? []) {
      const get = (): unknown => (typeof value === "string" ? this.#needed(value, [...path, key]) : value);
      Object.defineProperty(entry, key, { enumerable: true, get });
    }
    return entry;
  }
}

const UNCLOSED: Wrong = { message: "`${` is not closed by `}`", suggestion: "A literal `${` is written `$${`." };
