import type { z } from "zod";
import type { ConfigProblem, Path } from "./problem.ts";
import { pathText } from "./problem.ts";
import { type Located, locate } from "./source.ts";
import { nearest } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** The parts of a zod schema's definition that a path can lead through. */
interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.core.$ZodType>;
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
  ...new Set(schemasAt(schema, path).flatMap((found) => Object.keys(definition(found).shape ?? {}))),
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

interface Draft {
  readonly path: Path;
  readonly on: "key" | "value";
  readonly message: string;
  readonly suggestion?: string;
}

function draftsOf(issue: Issue, schema: z.core.$ZodType, root: Located, above: Path): Draft[] {
  const path: Path = [...above, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
  const found = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => {
        const guess = nearest(key, known);
        return {
          path: [...path, key],
          on: "key" as const,
          message: "unknown key",
          suggestion: guess
            ? `Did you mean \`${guess}\`?`
            : known.length > 0
              ? `Known here: ${listed(known)}.`
              : undefined,
        };
      });
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
        },
      ];
    }
    case "invalid_union":
      return unionDrafts(issue, schema, root, path, found);
    case "invalid_key":
      return [{ path, on: "key", message: issue.issues[0]?.message ?? "this key is not allowed here" }];
    default:
      return [{ path, on: "value", message: `${lower(issue.message)} (got ${show(found)})` }];
  }
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
  return [
    {
      path,
      on: found === undefined ? "key" : "value",
      message: `expected ${words.length > 0 ? words.join(" or ") : "another form"}, got ${show(found)}`,
    },
  ];
}

/** The beginning of a sentence; `ARN` and `S3` stay as they are. */
const lower = (message: string): string =>
  message.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase()).replace(/\.$/, "");

/** Checks a merged config against the schema it is handed; every problem with its place. */
export function checkSchema<T>(schema: z.ZodType<T>, root: Located): { value: T } | { problems: ConfigProblem[] } {
  const parsed = schema.safeParse(root.value);
  if (parsed.success) return { value: parsed.data };
  const drafts = parsed.error.issues.flatMap((issue) => draftsOf(issue, schema, root, []));
  return { problems: drafts.map((draft) => place(root, draft)) };
}

/** Takes away what an issue is about, so that the default stands in its place. */
function remove(value: unknown, issue: Issue): void {
  const path = issue.path.map(String);
  const doomed = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
  for (const target of doomed) {
    const last = target.at(-1);
    const holder = target.slice(0, -1).reduce<unknown>((at, part) => (isMap(at) ? at[part] : undefined), value);
    if (last !== undefined && isMap(holder)) Reflect.deleteProperty(holder, last);
  }
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/**
 * The config without its mistakes, where what is left is whole: only good for looking for more mistakes. A person then
 * learns of wrong types and of wrong references in one go.
 */
export function withoutMistakes<T>(schema: z.ZodType<T>, root: Located): T | undefined {
  const value = structuredClone(root.value);
  for (let round = 0; round < 3; round += 1) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) remove(value, issue);
  }
  return undefined;
}

/** Gives a problem found by cross-checks (references, cycles) its place in the files. */
export function place(
  root: Located,
  draft: { path: Path; message: string; suggestion?: string; on?: "key" | "value" },
): ConfigProblem {
  const at = locate(root, draft.path, draft.on ?? "value");
  return { ...at, path: pathText(draft.path), message: draft.message.replace(/\.$/, ""), suggestion: draft.suggestion };
}
