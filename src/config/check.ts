import type { z } from "zod";
import type { ConfigProblem, Draft, Path } from "./problem.ts";
import { pathText } from "./problem.ts";
import { type Located, locate, nodeAt } from "./source.ts";
import { nearest, slipOf } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** The parts of a zod schema's definition that a path can lead through. */
interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly keyType?: z.core.$ZodType;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

const definition = (schema: z.core.$ZodType): Definition => schema._zod.def as unknown as Definition;

/** All schemas that a path may lead to (a union leads to several). */
function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  const def = definition(schema);
  if (def.innerType) return schemasAt(def.innerType, path);
  if (def.type === "pipe" && def.in) return schemasAt(def.in, path);
  if (def.options) return def.options.flatMap((option) => schemasAt(option, path));
  const [head, ...rest] = path;
  if (head === undefined) return [schema];
  const next = def.shape?.[String(head)] ?? def.valueType ?? def.element;
  return next ? schemasAt(next, rest) : [];
}

const keysAt = (schema: z.core.$ZodType, path: Path): string[] => [
  ...new Set(schemasAt(schema, path).flatMap((found) => keysOf(definition(found)))),
];

/** Keys of a map that has its own, or of one whose keys are words of a list. */
const keysOf = ({ shape = {}, keyType }: Definition): string[] => [
  ...Object.keys(shape),
  ...Object.values((keyType && definition(keyType).entries) ?? {}).map(String),
];

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "nothing (the key is there, its value is missing)";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const TYPE_WORDS: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

function valueAt(root: Located, path: Path): unknown {
  let value: unknown = root.value;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

const listed = (values: readonly unknown[]): string => values.map((value) => String(value)).join(", ");

function draftsOf(issue: Issue, schema: z.core.$ZodType, root: Located, above: Path): Draft[] {
  const path: Path = [...above, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
  const found = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => unknownKey([...path, key], key, known, found));
    }
    case "invalid_type": {
      const wanted = TYPE_WORDS[issue.expected] ?? issue.expected;
      if (found === undefined) return [{ path, on: "key", message: `missing; expected ${wanted}` }];
      return [{ path, on: "value", message: `expected ${wanted}, got ${show(found)}` }];
    }
    case "invalid_value": {
      const guess = typeof found === "string" ? nearest(found, issue.values.map(String)) : undefined;
      const message = found === undefined ? "missing" : `got ${show(found)}`;
      return [
        {
          path,
          on: found === undefined ? "key" : "value",
          message: `expected ${issue.values.length > 1 ? "one of " : ""}${listed(issue.values)}, ${message}`,
          suggestion: guess ? `Did you mean \`${guess}\`?` : undefined,
          ...meantBy(found, issue.values.map(String)),
        },
      ];
    }
    case "invalid_union":
      return unionDrafts(issue, schema, root, path, found);
    case "invalid_key":
      return [{ path, on: "key", message: issue.issues[0]?.message ?? "this key is not allowed here" }];
    default:
      return [
        {
          path,
          on: "value",
          message: `${lower(issue.message)} (got ${show(found)})`,
          // A rule of the schema's own looks at more than what stands there.
          ...(issue.code === "custom" ? { because: [path.slice(0, 2)] } : {}),
        },
      ];
  }
}

function meantBy(found: unknown, known: readonly string[]): Pick<Draft, "meant"> {
  const slip = typeof found === "string" ? slipOf(found, known) : undefined;
  return slip === undefined ? {} : { meant: { value: slip, instead: String(found) } };
}

/** A key that nobody knows; one that is near to it and not there as well is taken for what was meant. */
function unknownKey(path: Path, key: string, known: readonly string[], holder: unknown): Draft {
  // One that is there already is hardly what was meant.
  const isThere = (one: string): boolean => typeof holder === "object" && holder !== null && Object.hasOwn(holder, one);
  const absent = known.filter((one) => !isThere(one));
  const guess = nearest(key, absent) ?? nearest(key, known);
  const more = guess ? `Did you mean \`${guess}\`?` : known.length > 0 ? `Known here: ${listed(known)}.` : undefined;
  const slip = slipOf(key, absent);
  return {
    path,
    on: "key",
    message: "unknown key",
    suggestion: more,
    ...(slip === undefined ? {} : { meant: { key: slip } }),
  };
}

/** A union says what is wrong with each of its forms: report the form that came nearest to what is written. */
function unionDrafts(
  issue: Extract<Issue, { code: "invalid_union" }>,
  schema: z.core.$ZodType,
  root: Located,
  path: Path,
  found: unknown,
): Draft[] {
  const branches = (issue.errors ?? []).map((issues) => issues.flatMap((inner) => draftsOf(inner, schema, root, path)));
  const deepest = branches.filter((drafts) => drafts.some((draft) => draft.path.length > path.length));
  const best = deepest.sort((a, b) => a.length - b.length)[0];
  if (best && typeof found === "object" && found !== null) return best;
  const wants = branches.flatMap((drafts) =>
    drafts.map((draft) => draft.message.match(/expected (.*?)(?:, got|$)/)?.[1] ?? ""),
  );
  const words = [...new Set(wants.filter(Boolean))];
  // A word of one of the forms, nearly.
  const near = branches.flat().find(({ meant, path: at }) => meant !== undefined && at.length === path.length);
  return [
    {
      path,
      on: found === undefined ? "key" : "value",
      message: `expected ${words.length > 0 ? words.join(" or ") : "another form"}, got ${show(found)}`,
      ...(near ? { suggestion: near.suggestion, meant: near.meant } : {}),
    },
  ];
}

/** The beginning of a sentence; `ARN` and `S3` stay as they are. */
const lower = (message: string): string =>
  message.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase()).replace(/\.$/, "");

/** A merged config as the schema it is handed takes it, or every mistake that the schema sees. */
export function checkSchema<T>(schema: z.ZodType<T>, root: Located): { value: T } | { drafts: Draft[] } {
  const parsed = schema.safeParse(root.value);
  if (parsed.success) return { value: parsed.data };
  const drafts = parsed.error.issues.flatMap((issue) => draftsOf(issue, schema, root, []));
  // Of what is said of one place the first is what it is: a list in place of a text is no text that is too long.
  const places = drafts.map(({ path }) => pathText(path));
  return { drafts: drafts.filter((_, i) => places.indexOf(places[i] ?? "") === i) };
}

/** Gives a mistake its place in the files. */
export function place(root: Located, draft: Draft): ConfigProblem {
  const { path, seenAt, on = "value" } = draft;
  // What is written nowhere is seen where somebody asks for it.
  const elsewhere = seenAt !== undefined && nodeAt(root, path.slice(0, 1)) === undefined;
  const at = elsewhere ? locate(root, seenAt, "key") : locate(root, path, on);
  return { ...at, path: pathText(path), message: draft.message.replace(/\.$/, ""), suggestion: draft.suggestion };
}
