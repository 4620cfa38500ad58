import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
  type YAMLWarning,
} from "yaml";
import type { ConfigProblem, Path } from "./problem.ts";
import { pathText } from "./problem.ts";

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A YAML value with the position of every key and value under it. */
export interface Located {
  readonly value: unknown;
  readonly at: Position;
  /** Where the key that holds it stands (for "unknown key"). */
  readonly keyAt: Position;
  readonly entries?: ReadonlyMap<string, Located>;
  readonly items?: readonly Located[];
}

/** Aliases may nest; past this many expansions the file is an attack or an accident. */
const MAX_ALIASES = 200;
const MAX_DEPTH = 40;
/** YAML's merge key: what several entries have in common is said once (`<<: *common`). */
const MERGE = "<<";

/** Parses one YAML file. `file` is the name shown in messages. */
export function parseYaml(file: string, text: string): { root: Located; problems: ConfigProblem[] } {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.max(0, offset));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: ConfigProblem[] = withoutEchoes(doc).map((error) => ({
    ...place(error.pos[0]),
    path: "",
    message: error.code === "DUPLICATE_KEY" ? "this key stands twice in its section" : oneLine(error.message),
  }));
  const start: Position = { file, line: 1, column: 1 };
  if (problems.length > 0) return { root: { value: {}, at: start, keyAt: start, entries: new Map() }, problems };

  let aliases = 0;
  const problem = (at: Position, path: Path, message: string): void => {
    problems.push({ ...at, path: pathText(path), message });
  };

  function walk(node: Node | null | undefined, keyAt: Position, path: Path, depth: number): Located {
    const at = node?.range ? place(node.range[0]) : keyAt;
    if (depth > MAX_DEPTH) {
      problem(at, path.slice(0, 4), `nested deeper than ${MAX_DEPTH} levels`);
      return { value: null, at, keyAt };
    }
    if (isAlias(node)) {
      aliases += 1;
      if (aliases > MAX_ALIASES) {
        if (aliases === MAX_ALIASES + 1) problem(at, path, `more than ${MAX_ALIASES} aliases`);
        return { value: null, at, keyAt };
      }
      return walk(node.resolve(doc), keyAt, path, depth + 1);
    }
    if (isMap(node)) return walkMap(node.items, at, keyAt, path, depth);
    if (isSeq(node)) {
      const items = node.items.map((item, i) => walk(item as Node | null, at, [...path, i], depth + 1));
      return { value: items.map((item) => item.value), at, keyAt, items };
    }
    return { value: isScalar(node) ? node.value : null, at, keyAt };
  }

  function walkMap(
    pairs: readonly { key: unknown; value: unknown }[],
    at: Position,
    keyAt: Position,
    path: Path,
    depth: number,
  ): Located {
    const entries = new Map<string, Located>();
    const merges: Located[] = [];
    for (const pair of pairs) {
      if (!isScalar(pair.key)) {
        problem(at, path, "a key must be plain text");
        continue;
      }
      const key = String(pair.key.value);
      const where = pair.key.range ? place(pair.key.range[0]) : at;
      if (key === "__proto__") problem(where, path, "`__proto__` cannot be a key");
      else if (key === MERGE) merges.push(walk(pair.value as Node | null, where, path, depth + 1));
      else entries.set(key, walk(pair.value as Node | null, where, [...path, key], depth + 1));
    }
    for (const merged of merges.flatMap((one) => one.items ?? [one])) {
      if (!merged.entries) problem(merged.at, path, `\`${MERGE}\` takes a map, or a list of maps`);
      // What stands here itself has the last word.
      for (const [key, value] of merged.entries ?? []) if (!entries.has(key)) entries.set(key, value);
    }
    return { value: valueOf(entries), at, keyAt, entries };
  }

  const top = doc.contents as Node | null;
  const empty = top === null || (isScalar(top) && top.value === null);
  const root = empty ? { value: {}, at: start, keyAt: start, entries: new Map() } : walk(top, start, [], 0);
  if (!root.entries) problem(root.at, [], "the file must be a map of sections (project, buckets, jobs, …)");
  return { root, problems };
}

/** One bracket left open makes an error of every line after it: the first is told, and keys that stand twice, which stand alone. */
function withoutEchoes(doc: ReturnType<typeof parseDocument>): (YAMLParseError | YAMLWarning)[] {
  const all = [...doc.errors, ...doc.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const first = all.find((error) => error.code !== "DUPLICATE_KEY");
  return all.filter((error) => error === first || error.code === "DUPLICATE_KEY");
}

export const valueOf = (entries: ReadonlyMap<string, Located>): Record<string, unknown> =>
  Object.fromEntries([...entries].map(([key, located]) => [key, located.value]));

/** The parser's messages may span lines and quote the file: keep the first line. */
const oneLine = (message: string): string => (message.split("\n")[0] ?? "").replace(/[.:]?\s*$/, "");

/** Objects merge, lists and scalars replace. Positions come from the file that had the last word. */
export function overlay(base: Located, over: Located): Located {
  if (!base.entries || !over.entries) return over;
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below ? overlay(below, value) : value);
  }
  return { value: valueOf(entries), at: over.at, keyAt: over.keyAt, entries };
}

/** Position of a value (or of a key), or of the nearest thing above it that exists. */
export function locate(root: Located, path: Path, what: "key" | "value"): Position {
  let node = root;
  for (const [depth, part] of path.entries()) {
    const next = typeof part === "number" ? node.items?.[part] : node.entries?.get(part);
    // A missing key: point at the key of the section that lacks it.
    if (!next) return depth === 0 ? node.at : node.keyAt;
    node = next;
  }
  return what === "key" ? node.keyAt : node.at;
}

/** What stands at a path; undefined where nothing does. */
export function nodeAt(root: Located, path: Path): Located | undefined {
  let node: Located | undefined = root;
  for (const part of path) node = typeof part === "number" ? node?.items?.[part] : node?.entries?.get(part);
  return node;
}
