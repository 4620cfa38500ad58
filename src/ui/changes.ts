/** One place inside a changed attribute where the two sides differ. Absent sides are `undefined`. */
export interface LeafChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What people call an entry of a list: the statement's `Sid`, a target's `id`, a name. */
function nameOf(value: unknown): string | undefined {
  if (!isPlain(value)) return undefined;
  const name = value["Sid"] ?? value["id"] ?? value["Id"] ?? value["name"] ?? value["Name"];
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** Entries by name where every one has its own, so that one put in front does not make all the others look changed. */
function byName(list: readonly unknown[]): Map<string, unknown> | undefined {
  const named = new Map<string, unknown>();
  for (const entry of list) {
    const name = nameOf(entry);
    if (name === undefined || named.has(name)) return undefined;
    named.set(name, entry);
  }
  return named;
}

/**
 * The places where two values of one attribute differ, so that a person sees which statement of a policy changed and
 * not two long lines that begin alike. Lists of plain values are compared as sets, lists of named entries by name.
 */
export function leafChanges(path: string, before: unknown, after: unknown): LeafChange[] {
  if (same(before, after)) return [];
  if (isPlain(before) && isPlain(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const changes = keys.flatMap((key) => leafChanges(`${path}.${key}`, before[key], after[key]));
    return changes.length > 0 ? changes : [{ path, before, after }];
  }
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(path, before, after);
  return [{ path, before, after }];
}

function listChanges(path: string, before: readonly unknown[], after: readonly unknown[]): LeafChange[] {
  const [was, is] = [byName(before), byName(after)];
  if (was && is) {
    const names = [...new Set([...was.keys(), ...is.keys()])];
    const changes = names.flatMap((name) => leafChanges(`${path}[${name}]`, was.get(name), is.get(name)));
    return changes.length > 0 ? changes : [{ path, before, after }];
  }
  const gone = before.filter((entry) => !after.some((other) => same(entry, other)));
  const come = after.filter((entry) => !before.some((other) => same(entry, other)));
  if (gone.length === 0 && come.length === 0) return [{ path, before, after }];
  if (gone.length === 1 && come.length === 1 && isPlain(gone[0]) && isPlain(come[0]))
    return leafChanges(`${path}[${before.indexOf(gone[0])}]`, gone[0], come[0]);
  return [
    ...gone.map((entry) => ({ path: `${path}[]`, before: entry, after: undefined })),
    ...come.map((entry) => ({ path: `${path}[]`, before: undefined, after: entry })),
  ];
}
