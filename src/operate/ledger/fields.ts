import schema from "../../../glue-scripts/metriccare_ledger/ledger.json" with { type: "json" };

/** Names alone: what the help says of the ledger, read before a command is chosen. All else is in `lakehouse/ledger.ts`. */

type Rules = typeof schema.attributes;
type Attribute = keyof Rules;
export type FileStatus = keyof typeof schema.states;
/** Attributes that `ledger list` has, and those that `ledger show` adds. */
export type Listed = { [K in Attribute]: Rules[K] extends { list: boolean } ? K : never }[Attribute];
export type Shown = { [K in Attribute]: Rules[K] extends { show: boolean | string } ? K : never }[Attribute];
/** What `ledger import` may be told of a file. */
export type Imported = { [K in Attribute]: Rules[K] extends { import: boolean } ? K : never }[Attribute];
export type Summed = { [K in Attribute]: Rules[K] extends { sum: boolean } ? K : never }[Attribute];

interface Told {
  readonly doc: string;
  readonly list?: boolean;
  readonly show?: boolean | string;
  readonly sum?: boolean;
  readonly import?: boolean;
}
const RULES = Object.entries<Told>(schema.attributes);

export const isStatus = (value: string): value is FileStatus => Object.hasOwn(schema.states, value);

/** Every state of a generation. */
export const FILE_STATUSES: readonly FileStatus[] = Object.keys(schema.states).filter(isStatus);
/** Fields of `ledger list --json`, and those that `ledger show --json` adds, by the name that they have there. */
export const LIST_FIELDS: readonly string[] = [
  schema.key.attribute,
  ...RULES.filter(([, { list }]) => list).map(([name]) => name),
];
export const SHOW_FIELDS: readonly string[] = RULES.flatMap(([name, { show }]) =>
  show === undefined || show === false ? [] : [show === true ? name : show],
);
/** What `ledger stats` adds up. */
export const SUM_FIELDS: readonly string[] = RULES.filter(([, { sum }]) => sum).map(([name]) => name);
/** What `ledger import --map` takes. */
export const IMPORT_FIELDS: readonly string[] = RULES.filter(([, told]) => told.import).map(([name]) => name);
