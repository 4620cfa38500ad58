import {
  ATTRIBUTES,
  EXPIRY,
  HASH_KEY,
  IDS,
  INDEXES,
  ITEMS,
  PARTS,
  STATES,
  type Write,
  WRITES,
} from "../../src/lakehouse/ledger.ts";
import { between, type Document, table } from "./kit.ts";

const writes: readonly (readonly [string, Write])[] = Object.entries<Write>(WRITES);

/** Every change of a file's state, with the writes that make it. `[*]` is where a file comes from. */
function picture(): string {
  const moves = new Map<string, string[]>();
  for (const [name, { from, to }] of writes)
    for (const state of from?.length === 0 ? ["[*]"] : (from ?? [])) {
      const move = `${state} --> ${to}`;
      moves.set(move, [...(moves.get(move) ?? []), name]);
    }
  const lines = [...moves].map(([move, names]) => `    ${move}: ${names.join(", ")}`);
  return ["```mermaid", "stateDiagram-v2", ...lines, "```"].join("\n");
}

const code = (text: string): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(", ");

const states = (): string =>
  table(
    ["state", "what it means", "waits"],
    Object.entries(STATES).map(([name, { doc, waits }]) => [code(name), doc, waits ? "yes" : "no"]),
  );

const items = (): string =>
  table(
    ["item", "key", "what it is", "written by"],
    Object.entries(ITEMS).map(([name, { id, doc }]) => [
      name,
      code(Object.entries(IDS).find(([kind]) => kind === id)?.[1] ?? ""),
      doc,
      [...new Set(writes.filter(([, { item }]) => item === name).flatMap(([, { by }]) => by))].join(", "),
    ]),
  );

const ids = (): string =>
  table(
    ["part", "spelt", "what it is"],
    Object.entries(PARTS).map(([name, { pattern, width, side, doc }]) => [
      code(name),
      `${code(pattern)}${width ? `, ${width} wide, zeros on the ${side}` : ""}`,
      doc,
    ]),
  );

/** Writes that give an attribute a value. */
const writersOf = (attribute: string): string[] =>
  writes
    .filter(([, { put = [], set = {}, add = {}, optional = [] }]) =>
      [...put, ...optional, ...Object.keys(set), ...Object.keys(add)].some(
        (key) =>
          key === attribute || key.replace(/\{\w+\}/, "").concat(attribute.split("_").at(-1) ?? "") === attribute,
      ),
    )
    .map(([name]) => name);

const attributes = (): string =>
  table(
    ["attribute", "type", "in", "what it is", "written by"],
    Object.entries(ATTRIBUTES).map(([name, { type, items: of, doc }]) => [
      code(name),
      type,
      of.join(", "),
      doc,
      codes(writersOf(name)),
    ]),
  );

const indexes = (): string =>
  table(
    ["index", "hash", "range", "what it is for"],
    Object.entries(INDEXES).map(([name, { hash, range, doc }]) => [code(name), code(hash), code(range), doc]),
  );

const conditions = (): string =>
  table(
    ["write", "by", "states", "only if", "what it says"],
    writes.map(([name, { by, from, to, if: condition, doc }]) => [
      code(name),
      by.join(", "),
      to === undefined ? "" : `${from?.length ? from.join(", ") : "none"} → ${to}`,
      condition === undefined ? "always" : code(condition),
      doc,
    ]),
  );

/** `docs/ledger.md`: its prose is written by hand, its tables and its picture are made from `ledger.json`. */
export const ledgerDocuments: readonly Document[] = [
  {
    path: "docs/ledger.md",
    text: (current) =>
      [
        ["picture", picture()],
        ["states", states()],
        ["items", items()],
        ["ids", ids()],
        ["attributes", attributes()],
        ["indexes", indexes()],
        ["writes", conditions()],
        [
          "names",
          `The key is ${code(HASH_KEY)} and the expiry ${code(EXPIRY)} unless \`ledger.hashKey\` and \`ledger.ttlAttribute\` say otherwise. Neither may be one of the attributes above: their values would stand in one another's places.`,
        ],
      ].reduce((text, [name = "", part = ""]) => between(text, name, part), current),
  },
];
