import { z } from "zod";
import { writtenSchema } from "../../src/lakehouse/written.ts";
import { sections, services } from "../../src/services/index.ts";
import { referenceOf } from "../../src/services/reference.ts";
import { argumentsByKey } from "./coverage.ts";
import { EXAMPLES } from "./examples.ts";
import { type Document, GENERATED, table } from "./kit.ts";
import { TEXTS } from "./texts.ts";

/** What the JSON schema of a key says, as far as the page shows it. */
interface Json {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json | boolean;
  readonly items?: Json;
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  /** The section whose ids it takes. */
  readonly refersTo?: string;
}

const whole = z.toJSONSchema(writtenSchema, {
  io: "input",
  target: "draft-7",
  unrepresentable: "any",
  override: ({ zodSchema, jsonSchema }) => {
    const refers = referenceOf(zodSchema);
    if (refers) Object.assign(jsonSchema, { refersTo: refers.section });
  },
}) as Json;

const code = (text: string): string => `\`${text}\``;
const formsOf = ({ anyOf, oneOf }: Json): readonly Json[] => anyOf ?? oneOf ?? [];
const valuesOf = (one: Json): readonly unknown[] => one.enum ?? (one.const === undefined ? [] : [one.const]);

/** `1 to 10`, `at least 1`. AWS's largest numbers are no limits of ours. */
function rangeOf({ minimum, maximum }: Json): string {
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined && most !== undefined) return ` ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}`;
  return most === undefined ? "" : ` of at most ${most}`;
}

const WORDS: Readonly<Record<string, string>> = { string: "text", boolean: "true or false", integer: "whole number" };

/** What a key takes, in words. */
function typeText(one: Json): string {
  const forms = formsOf(one);
  if (forms.length > 0) return [...new Set(forms.map(typeText))].join(" or ");
  const values = valuesOf(one);
  if (values.length > 0) return values.map((value) => code(String(value))).join(", ");
  if (one.refersTo) return `id in \`${one.refersTo}\`, or ARN`;
  if (one.properties) return "map";
  if (one.items) return `list of: ${typeText(one.items)}`;
  if (typeof one.additionalProperties === "object") {
    const each = typeText(one.additionalProperties);
    return each === "map" ? "map by id" : each === "anything" ? "map" : `map by name of: ${each}`;
  }
  const types = one.type === undefined ? [] : [one.type].flat();
  return types.length === 0 ? "anything" : `${types.map((type) => WORDS[type] ?? type).join(" or ")}${rangeOf(one)}`;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** What holds when a key is left out. */
function defaultText(one: Json, required: boolean): string {
  if (one.default !== undefined)
    return isEmpty(one.default) || one.default === "" ? "empty" : code(JSON.stringify(one.default));
  return required ? "must be given" : "";
}

/** Every field that AWS's types have, by the kind's service: a key of ours in capitals is one of them, or it is not AWS's. */
const fields = new Map(
  services.map(({ name, coverage }) => [
    name,
    new Set(Object.values(coverage.fields).flatMap((all) => Object.keys(all))),
  ]),
);

/** Sections that take the words of others, with some more. */
const LIKE: Readonly<Record<string, string>> = {
  workflow: "workflows",
  function: "functions",
  ledger: "tables",
  alerts: "topics",
  logs: "logGroups",
};
/** `function.timeout` as the service's section has it: `functions.<id>.timeout`. */
function plain(path: string): string {
  const [top = "", ...rest] = path.split(".");
  const like = LIKE[top];
  return like === undefined ? path : [like, "<id>", ...rest].join(".");
}

const NAMED = /^(?:…|\.\.\.)?([A-Z]\w*[A-Z]\w*(?:\.[A-Z]\w*)*)(?=[:,]| \()/;

/** AWS's name of a key: the description's own word, or the same word among the fields of AWS's types. */
function awsName(path: string, { description = "" }: Json): string {
  const said = NAMED.exec(description)?.[1];
  if (said) return said;
  const [top = "", ...rest] = plain(path).split(".");
  const key = rest.at(-1) ?? "";
  const field = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
  const service = sections[top]?.kind.split(".")[0] ?? "";
  return fields.get(service)?.has(field) ? field : "";
}

/** What Terraform's provider calls it, the nearest resource first. */
const terraformName = (path: string): string =>
  (argumentsByKey.get(path) ?? argumentsByKey.get(plain(path)) ?? []).slice(0, 2).map(code).join(", ");

type Row = readonly [path: string, one: Json, required: boolean];

/** Keys below one, each once, with the path from the top of the config. */
function rowsBelow(path: string, one: Json): Row[] {
  const forms = formsOf(one);
  if (forms.length > 0) {
    const rows = forms.flatMap((form) => rowsBelow(path, form));
    return rows.filter(([key], i) => rows.findIndex(([other]) => other === key) === i);
  }
  if (one.items) return rowsBelow(`${path}[]`, one.items);
  if (one.properties)
    return Object.entries(one.properties).flatMap(([key, inner]): Row[] => [
      [`${path}.${key}`, inner, one.required?.includes(key) ?? false],
      ...rowsBelow(`${path}.${key}`, inner),
    ]);
  const each = one.additionalProperties;
  return typeof each === "object" ? rowsBelow(`${path}.<id>`, each) : [];
}

const row = ([path, one, required]: Row): string[] => [
  code(path),
  typeText(one),
  defaultText(one, required),
  [awsName(path, one)]
    .filter((name) => name !== "")
    .map(code)
    .join(""),
  terraformName(path),
  one.description ?? "",
];

/** Keys of the top of the config, in its order. */
const tops: readonly Row[] = Object.entries(whole.properties ?? {}).map(([key, one]) => [
  key,
  one,
  whole.required?.includes(key) ?? false,
]);

function part([key, one, required]: Row): string {
  const rows = rowsBelow(key, one);
  return [
    `## ${key}`,
    `${one.description ?? ""} Type: ${typeText(one)}.${required ? " It must be given." : ""}`.trim(),
    `\`\`\`yaml\n${(EXAMPLES[key] ?? "").trim()}\n\`\`\``,
    ...(rows.length === 0 ? [] : [table(["key", "type", "default", "AWS's name", "Terraform's", ""], rows.map(row))]),
  ].join("\n\n");
}

const page = (): string =>
  [
    "# The config",
    `${GENERATED} The keys are the schema's (\`src/lakehouse/written.ts\` and the sections of \`src/services\`).`,
    TEXTS.trim(),
    "## All sections",
    table(
      ["section", "type", "default", ""],
      tops.map(([key, one, required]) => [
        `[\`${key}\`](#${key.toLowerCase()})`,
        typeText(one),
        defaultText(one, required),
        one.description ?? "",
      ]),
    ),
    ...tops.map(part),
  ].join("\n\n") + "\n";

export const configDocuments: readonly Document[] = [{ path: "docs/config.md", text: page }];

/** For tests: the keys of the top of the config. */
export const sectionKeys: readonly string[] = tops.map(([key]) => key);
