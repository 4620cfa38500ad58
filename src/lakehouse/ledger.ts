import schema from "../../glue-scripts/metriccare_ledger/ledger.json" with { type: "json" };

/** What the jobs, the function and the command line know of the ledger's items: `ledger.json`, the one place where they are spelt. */

export type Attribute = keyof typeof schema.attributes;
export type FileStatus = keyof typeof schema.states;
export type ItemKind = keyof typeof schema.items;
export type WriteName = keyof typeof schema.writes;

export interface AttributeRule {
  readonly type: string;
  readonly items: readonly string[];
  readonly doc: string;
  /** `ledger list` and its exports have it. */
  readonly list?: boolean;
  /** `ledger show` has it, maybe by a name of its own. */
  readonly show?: boolean | string;
  /** `ledger stats` adds it up. */
  readonly sum?: boolean;
  readonly unit?: string;
}

/** One write: an update, or (`put`) a whole item. Texts are DynamoDB's, with attributes by their names. */
export interface Write {
  /** The function, a job, or the command that writes it. */
  readonly by: readonly string[];
  readonly item: string;
  readonly from?: readonly string[];
  readonly to?: string;
  readonly put?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly optional?: readonly string[];
  /** Where items expire: true, it will (`ttlDays` from now); false, it will not any more. */
  readonly expires?: boolean;
  readonly if?: string;
  readonly delete?: boolean;
  readonly doc: string;
}

interface Part {
  readonly pattern: string;
  readonly width?: number;
  readonly side?: string;
  readonly doc: string;
}

export const ATTRIBUTES: Readonly<Record<Attribute, AttributeRule>> = schema.attributes;
export const STATES: Readonly<Record<FileStatus, { readonly waits: boolean; readonly doc: string }>> = schema.states;
export const WRITES: Readonly<Record<WriteName, Write>> = schema.writes;
export const ITEMS: Readonly<Record<ItemKind, { readonly id: string; readonly doc: string }>> = schema.items;
export const INDEXES = schema.indexes;
export const DATASETS = schema.datasets;
/** What an attribute is called unless the config says otherwise. */
export const HASH_KEY = schema.key.attribute;
export const EXPIRY = schema.expiry.attribute;
export const PARTS: Readonly<Record<string, Part>> = schema.parts;
export const IDS: Readonly<Record<keyof typeof schema.ids, string>> = schema.ids;

/** The type of an attribute that is a key, of the table or of an index. */
export const keyTypeOf = (name: string): "S" | "N" => {
  const rules: Readonly<Record<string, AttributeRule | undefined>> = ATTRIBUTES;
  return (name === HASH_KEY ? schema.key.type : rules[name]?.type) === "N" ? "N" : "S";
};

/** A first guess at what a file holds, from its name; Bronze corrects it from the content. */
export function guessDataset(key: string): string {
  const name = (key.split("/").at(-1) ?? "").toLowerCase();
  return schema.first_guesses.find((word) => name.includes(word)) ?? "unknown";
}

/** Names that the config's key and time-to-live may not have: their values would stand in one another's places. */
export const isAttribute = (name: string): boolean => Object.hasOwn(ATTRIBUTES, name) || isSlot(name);

/** Where a task of a Bronze job says which file it reads: one attribute a task. */
const isSlot = (name: string): boolean =>
  DATASETS.some((dataset) => new RegExp(`^${filled(schema.slots.attribute, { dataset, number: "\\d+" })}$`).test(name));

/** A text with its `{parts}` put in. */
export const filled = (template: string, parts: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, part: string) => parts[part] ?? "");

/** The key of an item, or another id of the schema: `idOf("run", {run_id: …})`. */
export const idOf = (kind: keyof typeof schema.ids, parts: Readonly<Record<string, string>>): string =>
  filled(IDS[kind], parts);

/** A part of an id at its full width. */
export function padded(part: keyof typeof schema.parts, value: string | number): string {
  const { width = 0, side } = PARTS[part] ?? {};
  return side === "left" ? String(value).padStart(width, "0") : String(value).padEnd(width, "0");
}

/** The parts of an id of this kind; undefined for what is none. */
export const partsOf = (kind: keyof typeof schema.ids, id: string): Readonly<Record<string, string>> | undefined =>
  patternOf(IDS[kind]).exec(id)?.groups;

/** `{a}/{b}` as a pattern with a group for each part. */
const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split(/\{(\w+)\}/)
      .map((piece, at) =>
        at % 2 === 1 ? `(?<${piece}>${PARTS[piece]?.pattern})` : piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
      )
      .join("")}$`,
    "s",
  );

/** The expressions of a write as DynamoDB takes them. Every attribute stands behind a `#name`: many are reserved words. */
export interface Expressions {
  readonly update: string;
  readonly condition: string | undefined;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string | number>>;
}

export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Literals, parameters, numbers, and names that are neither functions nor operators. */
const TOKEN = /'([^']*)'|(:\w+)|\b(\d+)\b|\b([a-z]\w*)\b(?!\()/g;

/** Collects what stands behind the placeholders of a text. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, string | number> = {};
  readonly #hashKey: string;
  readonly #parameters: Parameters;
  constructor(hashKey: string, parameters: Parameters) {
    this.#hashKey = hashKey;
    this.#parameters = parameters;
  }

  text(plain: string): string {
    return plain.replace(TOKEN, (_, literal?: string, parameter?: string, number?: string, name?: string) => {
      if (name !== undefined) return this.name(name);
      if (parameter !== undefined) return this.value(parameter.slice(1), this.#parameters[parameter.slice(1)] ?? "");
      return this.value(`is_${literal ?? number ?? ""}`, number === undefined ? (literal ?? "") : Number(number));
    });
  }

  name(attribute: string): string {
    this.names[`#${attribute}`] = attribute === HASH_KEY ? this.#hashKey : attribute;
    return `#${attribute}`;
  }

  value(name: string, value: string | number): string {
    this.values[`:${name}`] = value;
    return `:${name}`;
  }
}

/** An optional parameter that is not given takes the clause with it that names it. */
function conditionOf({ if: text, optional = [] }: Write, parameters: Parameters): string | undefined {
  const absent = optional.filter((name) => parameters[name] === undefined);
  return text
    ?.split(" AND ")
    .filter((clause) => !absent.some((name) => clause.includes(`:${name}`)))
    .join(" AND ");
}

/** Whether a write takes its item away. */
export const isRemoval = (name: WriteName): boolean => {
  const write: Write = WRITES[name];
  return write.delete === true;
};

/** An update of the schema. `ttlAttribute` is the name where items expire. */
export function updateOf(
  name: WriteName,
  parameters: Parameters,
  ledger: { readonly hashKey: string; readonly ttlAttribute?: string | undefined },
): Expressions {
  const write: Write = WRITES[name];
  const made = new Placeholders(ledger.hashKey, parameters);
  const set = Object.entries(write.set ?? {}).map(([key, text]) => `${made.name(key)} = ${made.text(text)}`);
  const remove = (write.remove ?? []).map((key) => made.name(key));
  if (write.expires === false && ledger.ttlAttribute) {
    made.names["#expiry"] = ledger.ttlAttribute;
    remove.push("#expiry");
  }
  const condition = conditionOf(write, parameters);
  return {
    update: [set.length > 0 ? `SET ${set.join(", ")}` : "", remove.length > 0 ? `REMOVE ${remove.join(", ")}` : ""]
      .filter(Boolean)
      .join(" "),
    condition: condition && made.text(condition),
    names: made.names,
    values: made.values,
  };
}

/** The condition of a write that changes no item: of a whole one, or of one that goes. */
export function guardOf(name: WriteName, hashKey: string, parameters: Parameters = {}): Omit<Expressions, "update"> {
  const made = new Placeholders(hashKey, parameters);
  const condition = made.text(WRITES[name].if ?? "");
  return { condition, names: made.names, values: made.values };
}

/** What a whole item holds beside the values that its writer gives: the same in every one. */
export const fixedOf = (name: WriteName): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.entries(WRITES[name].set ?? {}).map(([key, text]) => [
      key,
      /^\d+$/.test(text) ? Number(text) : text.slice(1, -1),
    ]),
  );
