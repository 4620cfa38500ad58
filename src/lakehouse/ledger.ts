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
  readonly unit?: string;
}

/** One write: an update, or (`put`) a whole item. Texts are DynamoDB's, with attributes by their names. */
export interface Write {
  readonly by: string;
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
const PARTS: Readonly<Record<string, Part>> = schema.parts;
const IDS: Readonly<Record<keyof typeof schema.ids, string>> = schema.ids;

/** The type of an attribute that is a key, of the table or of an index. */
export const keyTypeOf = (name: string): "S" | "N" => {
  const rules: Readonly<Record<string, AttributeRule | undefined>> = ATTRIBUTES;
  return (name === HASH_KEY ? schema.key.type : rules[name]?.type) === "N" ? "N" : "S";
};

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
