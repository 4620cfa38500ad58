import type { Path } from "./problem.ts";
import type { Located } from "./source.ts";
import { nearest } from "./suggest.ts";

/** An entry as it is written, its texts already told. Reading one that is being told right now is a circle. */
export type Entry = Readonly<Record<string, unknown>>;

/** Reads a text or a number of the config; undefined where there is none. */
export type Read = (path: Path) => string | undefined;

export interface NamedSection {
  /** What may be asked of its entries: `name`, `arn`. */
  readonly attributes: readonly string[];
  /** Where the entry of each id stands, or would, in the config as it is written. Default: under the section's own key. */
  readonly places?: (config: unknown) => ReadonlyMap<string, Path>;
  /** The one id of a section that has one: `${workflow.name}` is short for `${workflow.etl_workflow.name}`. */
  readonly only?: string;
}

export interface TextNames {
  readonly words: Readonly<Record<string, (read: Read) => string | undefined>>;
  readonly sections: Readonly<Record<string, NamedSection>>;
  /** The value behind `${section.id.attribute}`; undefined where it has none. */
  lookup(section: string, id: string, attribute: string, entry: Entry, read: Read): string | undefined;
}

/** What is wrong with a name, and what else could be meant. */
export interface Wrong {
  readonly message: string;
  readonly suggestion?: string;
  /** The name that was meant, where it is near. */
  readonly guess?: string;
  /** What it names and what stands nowhere. */
  readonly lacks?: Path;
}

/** What texts of a config may name, and what to say of a name that names nothing. */
export class Nameable {
  readonly #known = new Map<string, ReadonlyMap<string, Path>>();
  constructor(
    readonly root: Located,
    readonly names: TextNames,
  ) {}

  /** The nearest name that there is, of a section that there is not. */
  near(typed: string, rest: readonly string[]): string | undefined {
    const section = nearest(typed, Object.keys(this.names.sections));
    const known = section === undefined ? undefined : this.names.sections[section];
    if (section === undefined || !known) return undefined;
    const attribute = nearest(rest.at(-1) ?? "", known.attributes);
    const ids = known.only !== undefined && rest.length === 1 ? [] : [nearest(rest[0] ?? "", this.ids(section))];
    if (attribute === undefined || ids.includes(undefined)) return undefined;
    return [section, ...ids, attribute].join(".");
  }

  unknown(inner: string, guesses: readonly (string | undefined)[]): Wrong {
    const [guess] = guesses.filter((one) => one !== undefined);
    const message = inner === "" ? "`${}` names nothing" : `\${${inner}} names nothing`;
    if (guess !== undefined) return { message, suggestion: `Did you mean \`\${${guess}}\`?`, guess };
    return {
      message,
      suggestion: `Known: ${Object.keys(this.names.words).join(", ")}, and names such as ${this.example()}. A literal \`\${\` is \`$\${\`.`,
    };
  }

  example(section = Object.keys(this.names.sections)[0] ?? "section"): string {
    const known = this.names.sections[section];
    const id = (known && this.ids(section)[0]) ?? "<id>";
    return `\`\${${section}.${id}.${known?.attributes[0] ?? "name"}}\``;
  }

  /** Where the entries of a section stand, by id. */
  places(section: string): ReadonlyMap<string, Path> {
    const own = (): ReadonlyMap<string, Path> =>
      new Map([...(this.root.entries?.get(section)?.entries?.keys() ?? [])].map((id) => [id, [section, id]]));
    const found = this.#known.get(section) ?? this.names.sections[section]?.places?.(this.root.value) ?? own();
    this.#known.set(section, found);
    return found;
  }

  ids(section: string): string[] {
    return [...this.places(section).keys()];
  }
}
